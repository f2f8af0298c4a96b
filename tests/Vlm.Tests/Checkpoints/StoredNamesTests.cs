using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Testing;

namespace Vlm.Tests.Checkpoints;

/// <summary>Weights whose names wrappers changed, or that are no weights as they should be.</summary>
public sealed class StoredNamesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-names-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // torch.compile, DDP, PEFT, a trainer's own module; compiled layers alone; and one prefix of the hub's too many.
    [Theory]
    [InlineData("tiny_qwen2_5_vl", "", "_orig_mod.")]
    [InlineData("tiny_qwen2_5_vl", "", "module.")]
    [InlineData("tiny_qwen2_5_vl", "", "base_model.model.")]
    [InlineData("tiny_qwen3_vl", "", "module._orig_mod.")]
    [InlineData("tiny_smolvlm", "", "student.policy.")]
    [InlineData("tiny_smolvlm", "", "model.")]
    [InlineData("tiny_qwen2_vl", "layers.0.", "layers.0._orig_mod.")]
    [InlineData("tiny_qwen2_vl", "layers.1.mlp.", "layers.1._checkpoint_wrapped_module.mlp.")]
    [InlineData("tiny_qwen2_vl", "visual.", "model.visual.")]
    [InlineData("tiny_qwen2_5_vl", "model.", "language_model.model.")]
    [InlineData("tiny_qwen3_vl", "model.visual.", "visual.")]
    [InlineData("tiny_qwen3_vl", "model.language_model.", "model.")]
    public void The_model_is_the_same(string fixture, string part, string written)
    {
        Copy(fixture, name => part.Length == 0 ? written + name : name.Replace(part, written, StringComparison.Ordinal));

        VlmCheckpoint plain = VlmCheckpoint.Load(Fixtures.PathOf(fixture), torch.CPU), wrapped = VlmCheckpoint.Load(_folder, torch.CPU);

        Assert.Equal(WeightChecksum.Of(plain.Model.Parameters), WeightChecksum.Of(wrapped.Model.Parameters));
        plain.Model.Dispose();
        wrapped.Model.Dispose();
    }

    // Of the whole model the part under "model" alone, saved from within: there is no output layer to lose.
    [Fact]
    public void A_part_that_lost_its_prefix_is_found()
    {
        HashSet<string> wanted = ["model.text.a", "model.vision.b"];

        Func<string, string> own = StoredNames.Translation(["text.a", "vision.b"], wanted, name => name);

        Assert.Equal("model.text.a", own("text.a"));
    }

    // Names that fit as they are stay, whatever they have in common.
    [Fact]
    public void What_fits_is_left_alone()
    {
        HashSet<string> wanted = ["model.a", "model.b"];

        Assert.Equal("model.a", StoredNames.Translation(["model.a", "model.b"], wanted, name => name)("model.a"));
    }

    [Theory]
    [InlineData("""{ "quantization_config": { "quant_method": "gptq", "bits": 4 } }""", "quant_method gptq, in config.json")]
    [InlineData("""{ "text_config": { "quantization_config": { "quant_method": "compressed-tensors" } } }""", "quant_method compressed-tensors")]
    [InlineData("""{ "compression_config": { "format": "pack-quantized" } }""", "compression_config, in config.json")]
    [InlineData("""{ "quantization": { "bits": 4, "group_size": 64 } }""", "quantization, in config.json")]
    public void Quantized_folders_say_so(string fields, string told)
    {
        Copy("tiny_qwen3_vl", name => name);
        Edit(json =>
        {
            foreach ((string name, JsonNode? value) in (JsonObject)JsonNode.Parse(fields)!)
                if (name == "text_config")
                    json[name]!["quantization_config"] = value!["quantization_config"]!.DeepClone();
                else
                    json[name] = value!.DeepClone();
        });

        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, torch.CPU));

        Assert.StartsWith("these weights are quantized (", error.Message, StringComparison.Ordinal);
        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.StartsWith("the full-precision folder", error.Fix, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.layers.0.mlp.up_proj.qweight")]
    [InlineData("model.layers.0.mlp.up_proj.weight.absmax")]
    [InlineData("model.layers.0.mlp.up_proj.weight_scale")]
    [InlineData("model.layers.0.mlp.up_proj.weight_packed")]
    public void Scales_alone_say_so_too(string scale)
    {
        Copy("tiny_qwen2_5_vl", name => name == "model.layers.0.mlp.up_proj.weight" ? scale : name);

        var error = Assert.Throws<UsageException>(() => ModelFacts.Of(_folder));

        Assert.Equal($"these weights are quantized (the scales {scale}): they are neither computed nor trained here", error.Message);
    }

    [Fact]
    public void A_missing_output_layer_is_explained()
    {
        Copy("tiny_smolvlm", name => name, name => name != "lm_head.weight");

        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, torch.CPU));
        Edit(json => json["tie_word_embeddings"] = true);
        VlmCheckpoint tied = VlmCheckpoint.Load(_folder, torch.CPU);

        Assert.Equal("the weights have no lm_head.weight, and \"tie_word_embeddings\" is not true in config.json", error.Message);
        Assert.StartsWith("\"tie_word_embeddings\": true", error.Fix, StringComparison.Ordinal);
        tied.Model.Dispose();
    }

    [Theory]
    [InlineData("model.norm.weight", "model.layers.0.mlp.up_proj.lora_A.weight")]
    [InlineData("model.layers.0.mlp.up_proj.weight", "model.layers.0.mlp.up_proj.base_layer.weight")]
    public void Adapters_that_were_not_merged_are_named(string weight, string written)
    {
        Copy("tiny_qwen2_5_vl", name => name == weight ? written : name);

        var error = Assert.Throws<UsageException>(() => VlmCheckpoint.Load(_folder, torch.CPU));

        Assert.Equal($"the weights hold adapters that were not merged: {written}", error.Message);
    }

    // The embedding has 512 rows: the last token of the tokenizer would have none.
    [Fact]
    public void Tokens_beyond_the_embedding_are_refused()
    {
        Copy("tiny_qwen2_5_vl", name => name);
        string file = Path.Combine(_folder, "tokenizer.json");
        JsonObject tokenizer = HubFolder.ReadJson(file);
        tokenizer["added_tokens"]!.AsArray().Add(new JsonObject { ["id"] = 512, ["content"] = "<SEG>", ["special"] = true });
        File.WriteAllText(file, tokenizer.ToJsonString());

        var error = Assert.Throws<UsageException>(() => ModelFacts.Of(_folder));

        Assert.Equal("the tokenizer has 513 ids, the last of them <SEG>, and the embedding 512 rows", error.Message);
    }

    private void Copy(string fixture, Func<string, string> rename, Func<string, bool>? kept = null)
    {
        using HubFolder folder = HubFolder.Open(Fixtures.PathOf(fixture));
        HubFolder.Write(_folder, folder.Config, folder.SmallFiles(), folder.Names.Where(kept ?? (_ => true))
            .Select(name => (rename(name), folder.Load(name, torch.CPU))));
    }

    private void Edit(Action<JsonObject> change)
    {
        string file = Path.Combine(_folder, "config.json");
        JsonObject json = HubFolder.ReadJson(file);
        change(json);
        File.WriteAllText(file, json.ToJsonString());
    }
}
