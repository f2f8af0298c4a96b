using System.Text.Json.Nodes;
using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Testing;

namespace Vlm.Tests.Models;

/// <summary>Every name and shape of published models, without a byte of their weights.</summary>
public sealed class StateDictTests
{
    /// <summary>The published sizes that the families below have to name and shape their tensors from.</summary>
    private static readonly Dictionary<string, Func<IEnumerable<(string Name, Parameter Value)>>> s_published = new()
    {
        ["SmolVLM-256M"] = () => SmolVlm(576, 1536, 30, 9, 3, 49280, 768, 3072, 12, 12, 512, 16, scale: 4),
        ["SmolVLM-500M"] = () => SmolVlm(960, 2560, 32, 15, 5, 49280, 768, 3072, 12, 12, 512, 16, scale: 4),
        ["SmolVLM-2.2B_v1"] = () => SmolVlm(2048, 8192, 24, 32, 32, 49155, 1152, 4304, 27, 16, 384, 14, scale: 3),
        ["SmolVLM2-2.2B"] = () => SmolVlm(2048, 8192, 24, 32, 32, 49280, 1152, 4304, 27, 16, 384, 14, scale: 3),
        ["Qwen2-VL-2B"] = () => Qwen("qwen2_vl", Text(1536, 8960, 28, 12, 2, 151936, tied: true), """
            { "embed_dim": 1280, "hidden_size": 1536, "depth": 32, "num_heads": 16, "mlp_ratio": 4, "patch_size": 14 }
            """),
        ["Qwen2-VL-7B"] = () => Qwen("qwen2_vl", Text(3584, 18944, 28, 28, 4, 152064, tied: false), "{}"),
        ["Qwen2.5-VL-3B"] = () => Qwen("qwen2_5_vl", Text(2048, 11008, 36, 16, 2, 151936, tied: true), """
            { "hidden_size": 1280, "out_hidden_size": 2048 }
            """),
        ["Qwen2.5-VL-7B"] = () => Qwen("qwen2_5_vl", Text(3584, 18944, 28, 28, 4, 152064, tied: false), """
            { "hidden_size": 1280 }
            """),
        ["Qwen3-VL-2B"] = () => Qwen("qwen3_vl", Text(2048, 6144, 28, 16, 8, 151936, tied: true), """
            { "hidden_size": 1024, "intermediate_size": 4096, "depth": 24, "out_hidden_size": 2048,
              "deepstack_visual_indexes": [5, 11, 17] }
            """),
        ["Qwen3-VL-8B"] = () => Qwen("qwen3_vl", Text(4096, 12288, 36, 32, 8, 151936, tied: false), """
            { "out_hidden_size": 4096 }
            """),
    };

    [Theory]
    [InlineData("SmolVLM-256M", 471, 256_484_928)]
    [InlineData("SmolVLM-500M", 489, 507_482_304)]
    [InlineData("SmolVLM-2.2B_v1", 657, 2_246_272_880)]
    [InlineData("SmolVLM2-2.2B", 657, 2_246_784_880)]
    [InlineData("Qwen2-VL-2B", 729, 2_208_985_600)]
    [InlineData("Qwen2-VL-7B", 730, 8_291_375_616)]
    [InlineData("Qwen2.5-VL-3B", 824, 3_754_622_976)]
    [InlineData("Qwen2.5-VL-7B", 729, 8_292_166_656)]
    [InlineData("Qwen3-VL-2B", 625, 2_127_532_032)]
    [InlineData("Qwen3-VL-8B", 750, 8_767_123_696)]
    public void Names_and_shapes_are_those_of_the_published_model(string model, int tensors, long values)
    {
        (string Name, Parameter Value)[] built = [.. s_published[model]()];

        Assert.Equal(Published(model).Order(StringComparer.Ordinal),
            built.Select(item => $"{item.Name} [{string.Join(", ", item.Value.shape)}]").Order(StringComparer.Ordinal));
        Assert.Equal((tensors, values), (built.Length, built.Sum(item => item.Value.numel())));
        Assert.All(built, item => Assert.True(item.Value.is_meta, item.Name));
    }

    [Fact]
    public void Every_published_model_in_the_fixtures_has_a_row() =>
        Assert.Equal(
            Directory.GetFiles(Fixtures.PathOf("state_dicts"), "*.json")
                .Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal),
            s_published.Keys.Order(StringComparer.Ordinal));

    // What is not given takes the family's default, as it does where a published config.json leaves it out.
    private static IReadOnlyList<(string, Parameter)> Qwen(string type, JsonObject config, string vision)
    {
        config["model_type"] = type;
        config["vision_config"] = JsonNode.Parse(vision);
        return ModelConfig.Of(config, "").MetaModel().Parameters;
    }

    private static JsonObject Text(int width, int inner, int layers, int heads, int kvHeads, int vocabulary, bool tied) =>
        new()
        {
            ["hidden_size"] = width,
            ["intermediate_size"] = inner,
            ["num_hidden_layers"] = layers,
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = kvHeads,
            ["vocab_size"] = vocabulary,
            ["tie_word_embeddings"] = tied,
        };

    private static IEnumerable<(string, Parameter)> SmolVlm(
        int width, int inner, int layers, int heads, int kvHeads, int vocabulary,
        int sightWidth, int sightInner, int sightLayers, int sightHeads, int image, int patch, int scale)
    {
        SmolVlmModel model = Weights.Meta(() => new SmolVlmModel(new SmolVlmConfig
        {
            Text = new SmolVlmTextConfig
            {
                HiddenSize = width,
                IntermediateSize = inner,
                Layers = layers,
                Heads = heads,
                KvHeads = kvHeads,
                HeadDim = width / heads,
                VocabSize = vocabulary,
            },
            Vision = new SmolVlmVisionConfig
            {
                HiddenSize = sightWidth,
                IntermediateSize = sightInner,
                Layers = sightLayers,
                Heads = sightHeads,
                ImageSize = image,
                PatchSize = patch,
            },
            ScaleFactor = scale,
            ImageToken = 1,
        }));
        return model.Parameters;
    }

    // "blocks.{i}.weight" with count 3 stands for blocks.0.weight, blocks.1.weight, blocks.2.weight.
    private static IEnumerable<string> Published(string model)
    {
        string file = Fixtures.PathOf("state_dicts", $"{model}.json");
        foreach ((string pattern, JsonNode? tensor) in JsonNode.Parse(File.ReadAllText(file))!["patterns"]!.AsObject())
            for (int i = 0; i < tensor!["count"]!.GetValue<int>(); i++)
                yield return pattern.Replace("{i}", $"{i}", StringComparison.Ordinal)
                    + $" [{string.Join(", ", tensor["shape"]!.AsArray().Select(size => size!.GetValue<long>()))}]";
    }
}
