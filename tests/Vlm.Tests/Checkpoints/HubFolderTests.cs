using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Models.SmolVlm;

namespace Vlm.Tests.Checkpoints;

/// <summary>A tiny folder made by the project itself: it loads as it was saved, and says what is wrong when damaged.</summary>
public sealed class HubFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-hub-").FullName;

    public HubFolderTests() => SmolVlmNew.Write(_folder, Sizes, ["What color is the red circle?", " red", " red circle"], seed: 5);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static SmolVlmConfig Sizes => new()
    {
        Text = new SmolVlmTextConfig
        {
            Width = 16,
            Inner = 24,
            Layers = 1,
            Heads = 2,
            KvHeads = 1,
            HeadWidth = 8,
            Vocabulary = 320,
            Context = 64,
        },
        Vision = new SmolVlmVisionConfig { Width = 8, Inner = 16, Layers = 1, Heads = 1, ImageSize = 8, PatchSize = 4 },
        ScaleFactor = 2,
        ImageToken = 0,
    };

    [Fact]
    public void A_saved_folder_loads_bit_equal_under_the_hubs_names()
    {
        VlmCheckpoint first = VlmCheckpoint.Load(_folder);
        string copy = Path.Combine(_folder, "copy");
        Directory.CreateDirectory(copy);
        first.Write(copy);
        VlmCheckpoint second = VlmCheckpoint.Load(copy);

        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "model.safetensors")),
            File.ReadAllBytes(Path.Combine(copy, "model.safetensors")));
        foreach ((var a, var b) in first.Model.Parameters.Zip(second.Model.Parameters))
        {
            Assert.Equal(a.Name, b.Name);
            Assert.True(a.Value.allclose(b.Value, rtol: 0, atol: 0), a.Name);
        }
        Assert.Contains("model.text_model.layers.0.self_attn.q_proj.weight", first.Model.Parameters.Select(item => item.Name));
        Assert.True(JsonNode.DeepEquals(first.Config, second.Config));
        Assert.Equal(first.SmallFiles.Keys, second.SmallFiles.Keys);
    }

    [Fact]
    public void The_same_seed_makes_the_same_weights_and_another_seed_others()
    {
        byte[] made = File.ReadAllBytes(Path.Combine(_folder, "model.safetensors"));
        Assert.Equal(made, Made(5));
        Assert.NotEqual(made, Made(6));

        static byte[] Made(long seed)
        {
            string folder = Directory.CreateTempSubdirectory("vlm-hub-").FullName;
            SmolVlmNew.Write(folder, Sizes, ["What color is the red circle?", " red", " red circle"], seed);
            byte[] bytes = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
            Directory.Delete(folder, recursive: true);
            return bytes;
        }
    }

    [Fact]
    public void A_folder_that_is_not_there() => Says("""
        error: there is no folder "nowhere/at/all"
           at: --model
          try: give the folder that holds config.json and model.safetensors
        """, "nowhere/at/all");

    [Fact]
    public void A_folder_without_weights()
    {
        File.Delete(Path.Combine(_folder, "model.safetensors"));

        Says($"""
            error: the model folder has no weights: neither model.safetensors nor model.safetensors.index.json
               at: {_folder}
              try: give the folder that holds model.safetensors
            """);
    }

    [Fact]
    public void A_missing_shard()
    {
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        File.WriteAllText(Path.Combine(_folder, "model.safetensors.index.json"),
            """{"weight_map": {"lm_head.weight": "model-00001-of-00002.safetensors"}}""");

        string shard = Path.Combine(_folder, "model-00001-of-00002.safetensors");
        Says($"""
            error: the shard model-00001-of-00002.safetensors is missing
               at: {shard}
              try: download the shard
            """);
    }

    [Theory]
    [InlineData("""{"lm_head.weight": "../other.safetensors"}""", "the index names \"../other.safetensors\", which is outside the folder")]
    [InlineData("""{"lm_head.weight": "/etc/hosts"}""", "the index names \"/etc/hosts\", which is outside the folder")]
    [InlineData("""{"lm_head.weight": ""}""", "the index names \"\", which is outside the folder")]
    [InlineData("""{"lm_head.weight": 1}""", "the index names no file for lm_head.weight")]
    [InlineData("""{"lm_head.weight": null}""", "the index names no file for lm_head.weight")]
    [InlineData("""["lm_head.weight"]""", "the index has no weight_map from tensors to files")]
    [InlineData("null", "the index has no weight_map from tensors to files")]
    public void An_index_that_leads_nowhere(string map, string problem)
    {
        File.Delete(Path.Combine(_folder, "model.safetensors"));
        string index = Path.Combine(_folder, "model.safetensors.index.json");
        File.WriteAllText(index, $$"""{"weight_map": {{map}}}""");

        Says($"""
            error: {problem}
               at: {index}
              try: download the index again
            """);
    }

    [Fact]
    public void An_index_that_names_a_file_without_the_tensor()
    {
        string index = Path.Combine(_folder, "model.safetensors.index.json");
        File.Move(Path.Combine(_folder, "model.safetensors"), Path.Combine(_folder, "part.safetensors"));
        File.WriteAllText(index, """{"weight_map": {"lm_head.bias": "part.safetensors"}}""");

        Says($"""
            error: the index places lm_head.bias in part.safetensors, which has no such tensor
               at: {index}
              try: download the shard again
            """);
    }

    [Fact]
    public void A_configuration_that_says_a_thing_twice()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), """{"model_type": "smolvlm", "model_type": "idefics3"}""");

        Assert.StartsWith("the file is not JSON: ",
            Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model_type": "\ud800"}""")]
    [InlineData("""{"model_type": "smolvlm", "\ud800": 1}""")]
    [InlineData("""{"model_type": "smolvlm", "text_config": {"x": ["\ud800"]}}""")]
    public void A_configuration_of_escapes_that_are_no_text(string config)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), config);

        Says($"""
            error: the file holds text that is not Unicode
               at: {Path.Combine(_folder, "config.json")}
              try: download the file again
            """);
    }

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
            error: the weights do not fit the model: they lack 1 of its 34 tensors: model.text_model.norm.weight [16] (nearest: model.text_model.layers.0.input_layernorm.weight, model.text_model.layers.0.post_attention_layernorm.weight, model.text_model.embed_tokens.weight)
               at: {_folder}
              try: use the config.json the weights came with, or download the missing file
            """);
    }

    [Fact]
    public void A_tensor_too_many()
    {
        Edit(tensors => tensors["model.text_model.norm.bias"] = torch.ones(16));

        Says($"""
            error: the weights do not fit the model: they hold 1 that it has no place for: model.text_model.norm.bias [16] (nearest: model.text_model.norm.weight, model.text_model.embed_tokens.weight, model.text_model.layers.0.input_layernorm.weight)
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

        string problem = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder)).Message;
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

    // A skeleton of these would take for ever, or more bytes than can be counted.
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
            error: "{name}" is {size}; no model has more than {most}
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

    private void Edit(Action<Dictionary<string, torch.Tensor>> change)
    {
        using var scope = torch.NewDisposeScope();
        Dictionary<string, torch.Tensor> tensors;
        string file = Path.Combine(_folder, "model.safetensors");
        using (SafetensorsFile open = SafetensorsFile.Open(file))
            tensors = open.Entries.Keys.ToDictionary(name => name, name => open.Load(name));
        change(tensors);
        SafetensorsWriter.Write(file, tensors.Select(item => (item.Key, item.Value)));
    }

    private void Says(string message, string? folder = null)
    {
        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(folder ?? _folder));
        Assert.Equal(message.ReplaceLineEndings("\n"), error.Render());
    }
}
