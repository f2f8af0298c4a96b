using System.Text.Json.Nodes;
using Vlm.Onnx.Export;
using Vlm.Onnx.Runtime;
using Vlm.Testing;

namespace Vlm.Tests.Onnx;

/// <summary>The layout of onnxruntime-genai: its names, its padding, and its graphs in ONNX Runtime.</summary>
public class ExportGenaiTests
{
    private static readonly ExportOptions s_genai = new() { For = ExportClient.OnnxruntimeGenai };

    [Theory]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    [InlineData("tiny_qwen3_vl")]
    public void Its_graphs_give_the_engines_logits_and_tokens(string folder) => GraphRun.InFolder(place =>
    {
        ExportReport report = ExportTests.Export(folder, place, s_genai);

        Assert.Equal(["embedding.onnx", "model.onnx", "vision.onnx"], report.Files.Select(file => file.Name));
        Assert.Equal(4, report.Check!.Cases.Count);
        Assert.All(report.Check.Cases, item => Assert.InRange(item.Difference, 1e-9, 1e-3));
        Assert.All(report.Check.Cases, item => Assert.Equal(item.Tokens, item.Same));
        JsonObject kept = ExportTests.Json(place, OnnxExport.ReportFile);
        Assert.Equal("onnxruntime-genai", kept["client"]!.GetValue<string>());
        Assert.False(kept["run_with_client"]!.GetValue<bool>());
        return 0;
    });

    // The client binds by these names and by no others.
    [Theory]
    [InlineData("tiny_qwen2_vl", "qwen2_5_vl", 64)]
    [InlineData("tiny_qwen2_5_vl", "qwen2_5_vl", 64)]
    [InlineData("tiny_qwen3_vl", "qwen3_vl", 3 * 64)]      // and features behind two layers
    public void Every_name_of_its_configuration_is_a_name_of_a_graph(string folder, string type, int width) => GraphRun.InFolder(place =>
    {
        ExportTests.Export(folder, place, s_genai with { Check = false });

        JsonObject model = ExportTests.Json(place, "genai_config.json")["model"]!.AsObject();
        foreach ((string part, int layers) in ((string, int)[])[("vision", 0), ("embedding", 0), ("decoder", 3)])
        {
            JsonNode said = model[part]!;
            using var graph = OnnxSession.Load(Path.Combine(place, said["filename"]!.GetValue<string>()));
            Assert.Equal(graph.Inputs.Select(item => item.Name).Order(), Names(said["inputs"]!, layers).Order());
            Assert.Equal(graph.Outputs.Select(item => item.Name).Order(), Names(said["outputs"]!, layers).Order());
        }
        Assert.Equal((type, width), (model["type"]!.GetValue<string>(), Number("decoder", "hidden_size")));
        Assert.Equal((462, 463, 459), (Number("image_token_id"), Number("video_token_id"), Number("vision_start_token_id")));
        Assert.Equal((3, 2, 16), (Number("decoder", "num_hidden_layers"), Number("decoder", "num_key_value_heads"),
            Number("decoder", "head_size")));
        Assert.False(ExportTests.Json(place, "genai_config.json")["search"]!["past_present_share_buffer"]!.GetValue<bool>());
        return 0;

        int Number(params string[] path) => path.Aggregate((JsonNode)model, (at, name) => at[name]!).GetValue<int>();
    });

    [Fact]
    public void Images_are_prepared_by_the_checkpoints_numbers() => GraphRun.InFolder(place =>
    {
        ExportTests.Export("tiny_qwen2_5_vl", place, s_genai with { Check = false });

        JsonArray steps = ExportTests.Json(place, "processor_config.json")["processor"]!["transforms"]!.AsArray();
        Assert.Equal(["DecodeImage", "ConvertRGB", "Resize", "Rescale", "Normalize", "PatchImage"],
            steps.Select(step => step!["operation"]!["type"]!.GetValue<string>()));
        JsonNode resize = steps[2]!["operation"]!["attrs"]!;
        Assert.Equal((256, 1600, 4, 2), (resize["min_pixels"]!.GetValue<int>(), resize["max_pixels"]!.GetValue<int>(),
            resize["patch_size"]!.GetValue<int>(), resize["merge_size"]!.GetValue<int>()));
        return 0;
    });

    [Fact]
    public void A_family_that_the_client_does_not_know_is_refused() => GraphRun.InFolder(place =>
    {
        string target = Path.Combine(place, "model");

        UsageException refused = Assert.Throws<UsageException>(() => ExportTests.Export("tiny_smolvlm", target, s_genai));

        Assert.Equal("error: onnxruntime-genai knows no model of this family\n   at: For OnnxruntimeGenai\n"
            + "  try: For TransformersJs, or a checkpoint of Qwen2-VL, Qwen2.5-VL or Qwen3-VL", refused.Render());
        Assert.False(Directory.Exists(target));
        return 0;
    });

    // <|im_end|>, 452, is in every chat; <|endoftext|>, 450, in none, whoever names it. "eos" is what else is named.
    [Theory]
    [InlineData("""{"eos_token_id": [452, 450], "pad_token_id": 450}""", null, 450, false)]
    [InlineData("""{"eos_token_id": 452}""", "\"<|endoftext|>\"", 450, false)]
    [InlineData("""{"eos_token_id": 452}""", """{"content": "<|endoftext|>"}""", 450, false)]
    [InlineData("""{"eos_token_id": [452, 450]}""", null, 450, true)]
    [InlineData("""{"eos_token_id": 452, "pad_token_id": 452}""", "\"<|endoftext|>\"", 450, true)]
    public void Padding_is_the_first_token_named_for_it_that_no_chat_holds(string generation, string? padding, int expected, bool said) =>
        GraphRun.InFolder(place =>
        {
            string folder = Named(Path.Combine(place, "model"), generation, padding);
            var told = new List<string>();

            ExportTests.ExportOf(folder, Path.Combine(place, "exported"), s_genai with { Check = false }, new LineLogger(told.Add));

            Assert.Equal(expected, ExportTests.Json(Path.Combine(place, "exported"), "genai_config.json")["model"]!["pad_token_id"]!
                .GetValue<int>());
            Assert.Equal(said, told.Contains("pad_token_id for onnxruntime-genai is 450: every chat holds 452, which the checkpoint names"));
            return 0;
        });

    [Fact]
    public void A_checkpoint_that_pads_with_what_every_chat_holds_is_refused() => GraphRun.InFolder(place =>
    {
        string folder = Named(Path.Combine(place, "model"), """{"eos_token_id": 452}""", null), target = Path.Combine(place, "exported");

        UsageException refused = Assert.Throws<UsageException>(
            () => ExportTests.ExportOf(folder, target, s_genai with { Check = false }, null));

        Assert.Equal("error: onnxruntime-genai takes pad_token_id for padding wherever it stands, and every chat holds 452\n"
            + "   at: pad_token_id in generation_config.json\n"
            + "  try: the id of a token that no chat holds, such as that of <|endoftext|>", refused.Render());
        Assert.False(Directory.Exists(target));
        return 0;
    });

    // A copy of the fixture that names end and padding so.
    private static string Named(string folder, string generation, string? padding)
    {
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.GetFiles(Fixtures.PathOf("tiny_qwen2_5_vl"), "*.*"))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), generation);
        JsonObject tokenizer = ExportTests.Json(folder, "tokenizer_config.json");
        tokenizer["pad_token"] = padding is null ? null : JsonNode.Parse(padding);
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), tokenizer.ToJsonString());
        return folder;
    }

    // "%d" stands for the layer.
    private static IEnumerable<string> Names(JsonNode said, int layers) =>
        said.AsObject().Select(item => item.Value!.GetValue<string>()).SelectMany(name => name.Contains("%d", StringComparison.Ordinal)
            ? Enumerable.Range(0, layers).Select(layer => name.Replace("%d", $"{layer}", StringComparison.Ordinal)) : [name]);
}
