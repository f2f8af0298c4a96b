using System.Text.Json.Nodes;
using Vlm.Onnx.Export;
using Vlm.Onnx.Runtime;

namespace Vlm.Tests.Onnx;

/// <summary>The layout of onnxruntime-genai: its names, and its graphs in ONNX Runtime. The client itself is not run.</summary>
public class ExportGenaiTests
{
    private static readonly ExportOptions s_genai = new() { For = ExportClient.OnnxruntimeGenai };

    [Theory]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
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
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    public void Every_name_of_its_configuration_is_a_name_of_a_graph(string folder) => GraphRun.InFolder(place =>
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
        Assert.Equal("qwen2_5_vl", model["type"]!.GetValue<string>());
        Assert.Equal((462, 463, 459), (Number("image_token_id"), Number("video_token_id"), Number("vision_start_token_id")));
        Assert.Equal((3, 2, 16), (Number("decoder", "num_hidden_layers"), Number("decoder", "num_key_value_heads"),
            Number("decoder", "head_size")));
        Assert.False(ExportTests.Json(place, "genai_config.json")["search"]!["past_present_share_buffer"]!.GetValue<bool>());
        return 0;

        int Number(params string[] path) => path.Aggregate((JsonNode)model, (at, name) => at[name]!).GetValue<int>();
    });

    [Fact]
    public void Pictures_are_prepared_by_the_checkpoints_numbers() => GraphRun.InFolder(place =>
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

        Assert.Equal("error: onnxruntime-genai knows no model of this family\n   at: --for onnxruntime-genai\n"
            + "  try: --for transformers-js, or a checkpoint of Qwen2-VL or Qwen2.5-VL", refused.Render());
        Assert.False(Directory.Exists(target));
        return 0;
    });

    // "%d" stands for the layer.
    private static IEnumerable<string> Names(JsonNode said, int layers) =>
        said.AsObject().Select(item => item.Value!.GetValue<string>()).SelectMany(name => name.Contains("%d", StringComparison.Ordinal)
            ? Enumerable.Range(0, layers).Select(layer => name.Replace("%d", $"{layer}", StringComparison.Ordinal)) : [name]);
}
