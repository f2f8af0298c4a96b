using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Vlm.Tests.Models;

/// <summary>What a config.json says of activations, positions and sizes: computed, or refused by name.</summary>
public class FamilyConfigTests
{
    // 2^20 heads of 2^20 numbers: their product is no size.
    [Theory]
    [InlineData("tiny_qwen3_vl")]
    [InlineData("tiny_smolvlm")]
    public void Heads_that_are_too_wide_together_are_refused(string folder)
    {
        JsonObject config = HubFolder.ReadJson(Fixtures.PathOf(folder, "config.json"));
        foreach (string name in (string[])["num_attention_heads", "num_key_value_heads", "head_dim"])
            config["text_config"]![name] = 1 << 20;

        var error = Assert.Throws<UsageException>(() => ModelConfig.Of(config, "folder").MetaModel());

        Assert.Equal("1048576 heads of 1048576 numbers are more than 16777216 together", error.Message);
    }

    // Each family's text and vision activations, the same under another of transformers' names, and others.
    [Theory]
    [InlineData("tiny_smolvlm", "text_config", "silu", "swish", "gelu")]
    [InlineData("tiny_smolvlm", "vision_config", "gelu_pytorch_tanh", "gelu_new", "gelu")]
    [InlineData("tiny_idefics3_sharded", "vision_config", "gelu_pytorch_tanh", "gelu_fast", "quick_gelu")]
    [InlineData("tiny_qwen2_vl", "", "silu", "swish", "relu")]
    [InlineData("tiny_qwen2_vl", "vision_config", "quick_gelu", null, "gelu")]
    [InlineData("tiny_qwen2_5_vl", "vision_config", "silu", "swish", "quick_gelu")]
    [InlineData("tiny_qwen3_vl", "text_config", "silu", "swish", "gelu")]
    [InlineData("tiny_qwen3_vl", "vision_config", "gelu_pytorch_tanh", "gelu_accurate", "silu")]
    public void Activations_other_than_the_familys_are_refused(string folder, string part, string own, string? alias, string other)
    {
        foreach (string? same in (string?[])[own, alias])
            if (same is not null)
                With(same).Dispose();
        var error = Assert.Throws<UsageException>(() => With(other));

        string name = part.Length == 0 ? "hidden_act" : $"{part}.hidden_act";
        Assert.Equal($"\"{name}\" is \"{other}\" and must be \"{own}\", with which this family is computed", error.Message);
        Assert.StartsWith($"a checkpoint trained with {own}; ", error.Fix, StringComparison.Ordinal);

        IVisionLanguageModel With(string activation)
        {
            JsonObject config = HubFolder.ReadJson(Fixtures.PathOf(folder, "config.json"));
            ((JsonObject)(part.Length == 0 ? config : config[part]!))["hidden_act"] = activation;
            return ModelConfig.Of(config, "folder").MetaModel();
        }
    }

    // Stretched waves are heard in every answer, whatever the family: on prompts, and token by token.
    [Theory]
    [InlineData("tiny_smolvlm", """{ "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64 }""")]
    [InlineData("tiny_qwen2_5_vl", """{ "type": "yarn", "factor": 4, "original_max_position_embeddings": 64, "mrope_section": [2, 3, 3] }""")]
    [InlineData("tiny_qwen3_vl", """{ "rope_type": "linear", "factor": 4, "mrope_section": [4, 2, 2], "mrope_interleaved": true }""")]
    public void Stretched_positions_are_read_alike_at_once_and_one_by_one(string folder, string rope)
    {
        string place = Directory.CreateTempSubdirectory("vlm-rope-").FullName;
        using (HubFolder fixture = HubFolder.Open(Fixtures.PathOf(folder)))
        {
            ((JsonObject)(fixture.Config["text_config"] ?? fixture.Config))["rope_scaling"] = JsonNode.Parse(rope);
            HubFolder.Write(place, fixture.Config, fixture.SmallFiles(), fixture.Names.Select(name => (name, fixture.Load(name, CPU))));
        }
        VlmCheckpoint plain = VlmCheckpoint.Load(Fixtures.PathOf(folder), CPU), stretched = VlmCheckpoint.Load(place, CPU);
        Prompt prompt = stretched.Processor.Prompt("a", [Message.User("How many objects are there, and what are they?")], []);
        var sampling = new Sampling { MaxNewTokens = 8, Temperature = 1 };

        Rollout rollout = stretched.Policy().Sample([prompt], 1, sampling, new SampleKey(1, 0))[0];
        using var scope = NewDisposeScope();
        using IDisposable off = no_grad();
        float[] again = stretched.Policy().LogProbs([rollout], sampling).LogProbs.data<float>().ToArray();
        float[] without = plain.Policy().LogProbs([rollout], sampling).LogProbs.data<float>().ToArray();

        Assert.All(rollout.LogProbs.Zip(again), pair => Assert.Equal(pair.First, pair.Second, 1e-4f));
        Assert.True(again.Zip(without).Max(pair => Math.Abs(pair.First - pair.Second)) > 0.01f);
        plain.Model.Dispose();
        stretched.Model.Dispose();
        Directory.Delete(place, recursive: true);
    }

    // Every field of every family's configuration, and each of these in its place.
    [Theory]
    [InlineData("tiny_smolvlm")]
    [InlineData("tiny_idefics3_sharded")]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    [InlineData("tiny_qwen3_vl")]
    public void A_hostile_value_is_refused_or_harmless(string folder)
    {
        string[] values = ["-1", "0", "1", "3", "2147483647", "1e308", "-1e-300", "\"x\"", "null", "[]", "[-1]", "{}", "true"];
        JsonObject config = HubFolder.ReadJson(Fixtures.PathOf(folder, "config.json"));
        int refused = 0;
        foreach ((string? part, string field) in Fields(config))
            foreach (string value in values)
            {
                var changed = (JsonObject)config.DeepClone();
                ((JsonObject)(part is null ? changed : changed[part]!))[field] = JsonNode.Parse(value);
                try
                {
                    ModelConfig.Of(changed, "folder").MetaModel().Dispose();
                }
                catch (UsageException error)
                {
                    refused++;
                    Assert.Equal(3, error.Render().Split('\n').Length);
                }
            }

        Assert.InRange(refused, 100, 1000);
    }

    private static IEnumerable<(string? Part, string Field)> Fields(JsonObject config) => config.SelectMany(item =>
        item.Value?.GetValueKind() == JsonValueKind.Object
            ? item.Value.AsObject().Select(inner => ((string?)item.Key, inner.Key)).Append((null, item.Key)) : [(null, item.Key)]);
}
