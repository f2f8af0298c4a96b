using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Models;

namespace Vlm.Tests.Checkpoints;

/// <summary>Weights that do not fit their configuration, and configurations that no model has.</summary>
public sealed partial class HubFolderTests
{
    [Fact]
    public void Quantized_weights_are_refused()
    {
        Edit(tensors => tensors["model.text_model.norm.weight"] = torch.ones(16, torch.ScalarType.Int8));

        Says($"""
            error: model.text_model.norm.weight is stored as I8, and weights are read as BF16, F16, F32 or F64
               at: {Path.Combine(_folder, "model.safetensors")}
              try: use the model's own weights: these of model.text_model.norm.weight are quantized
            """);
    }

    [Fact]
    public void A_tensor_of_the_wrong_shape()
    {
        Edit(tensors => tensors["model.text_model.norm.weight"] = torch.ones(17));

        Says($"""
            error: model.text_model.norm.weight is [17] in the weights, the configuration asks for [16]
               at: {Path.Combine(_folder, "model.safetensors")}
              try: use the config.json the weights came with
            """);
    }

    [Fact]
    public void A_tensor_that_is_missing()
    {
        Edit(tensors => tensors.Remove("model.text_model.norm.weight"));

        Says($"""
            error: the weights do not fit the model: they lack 1 of its 34 tensors: model.text_model.norm.weight [16] (nearest: model.text_model.embed_tokens.weight, model.vision_model.post_layernorm.weight, lm_head.weight)
               at: {_folder}
              try: use the config.json the weights came with, or download the missing file
            """);
    }

    [Fact]
    public void A_tensor_too_many()
    {
        Edit(tensors => tensors["model.text_model.norm.bias"] = torch.ones(16));

        Says($"""
            error: the weights do not fit the model: they hold 1 that it has no place for: model.text_model.norm.bias [16] (nearest: model.text_model.norm.weight, model.text_model.embed_tokens.weight, model.vision_model.post_layernorm.bias)
               at: {_folder}
              try: use the config.json the weights came with
            """);
    }

    // Under another name a tensor is missing and unexpected, and each is the other's nearest.
    [Fact]
    public void A_tensor_under_another_name()
    {
        Edit(tensors =>
        {
            tensors["model.text_model.final.weight"] = tensors["model.text_model.norm.weight"];
            tensors.Remove("model.text_model.norm.weight");
        });

        Says($"""
            error: the weights do not fit the model: they lack 1 of its 34 tensors: model.text_model.norm.weight [16] (nearest: model.text_model.final.weight); they hold 1 that it has no place for: model.text_model.final.weight [16] (nearest: model.text_model.norm.weight)
               at: {_folder}
              try: use the config.json the weights came with, or download the missing file
            """);
    }

    // 34 tensors: 21 of the tower, 1 of the connector, 9 of the decoder's layer, its embedding, norm and head.
    [Fact]
    public void Many_tensors_that_are_missing_are_counted()
    {
        Edit(tensors =>
        {
            foreach (string name in tensors.Keys.Where(name => name.StartsWith("model.text_model.layers.0.", StringComparison.Ordinal)).ToArray())
                tensors.Remove(name);
        });

        string problem = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, torch.CPU)).Message;
        Assert.StartsWith("the weights do not fit the model: they lack 9 of its 34 tensors: ", problem, StringComparison.Ordinal);
        Assert.EndsWith(" and 4 more", problem, StringComparison.Ordinal);
        Assert.Equal(5, problem.Split("(nearest: ").Length - 1);
    }

    [Fact]
    public void Another_family()
    {
        JsonObject config = HubFolder.ReadJson(Path.Combine(_folder, "config.json"));
        config["model_type"] = "resnet";
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.ToJsonString());

        Says($"""
            error: the model type "resnet" is not known (known: smolvlm, idefics3, qwen2_vl, qwen2_5_vl, qwen3_vl)
               at: {Path.Combine(_folder, "config.json")}
              try: give a folder of one of these families: SmolVLM2, SmolVLM and Idefics3, Qwen2-VL, Qwen2.5-VL, Qwen3-VL
            """);
    }

    // A meta model of these would take for ever, or more bytes than can be counted.
    [Theory]
    [InlineData("text_config", "num_hidden_layers", 1_000_000_000, 1000)]
    [InlineData("vision_config", "num_hidden_layers", 1001, 1000)]
    [InlineData("text_config", "vocab_size", 2_147_483_647, 67_108_864)]
    [InlineData("vision_config", "intermediate_size", 67_108_865, 67_108_864)]
    public void Sizes_that_no_model_has(string part, string name, int size, int most)
    {
        string file = Path.Combine(_folder, "config.json");
        JsonObject config = HubFolder.ReadJson(file);
        config[part]![name] = size;
        File.WriteAllText(file, config.ToJsonString());

        Says($"""
            error: "{part}.{name}" is {size} and must be a whole number from 1 to {most}
               at: {file}
              try: use the config.json the weights came with
            """);
    }

    // 2^26 x 16 numbers in each of three matrices: they have shapes, which are compared, and no memory.
    [Fact]
    public void Sizes_that_no_memory_holds_are_compared_with_the_file()
    {
        string file = Path.Combine(_folder, "config.json");
        JsonObject config = HubFolder.ReadJson(file);
        config["text_config"]!["intermediate_size"] = 67_108_864;
        File.WriteAllText(file, config.ToJsonString());

        Says($"""
            error: model.text_model.layers.0.mlp.gate_proj.weight is [24, 16] in the weights, the configuration asks for [67108864, 16]
               at: {Path.Combine(_folder, "model.safetensors")}
              try: use the config.json the weights came with
            """);
    }

    [Fact]
    public void Sizes_that_do_not_fit()
    {
        JsonObject config = HubFolder.ReadJson(Path.Combine(_folder, "config.json"));
        config["scale_factor"] = 3;
        File.WriteAllText(Path.Combine(_folder, "config.json"), config.ToJsonString());

        Says($"""
            error: scale_factor (3) must divide the patches on a side (2)
               at: {Path.Combine(_folder, "config.json")}
              try: use the config.json the weights came with
            """);
    }
}
