using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Onnx.Export;
using Vlm.Testing;

namespace Vlm.Tests.Onnx;

/// <summary>Checkpoints written as graphs, and what the exporter itself proves of them.</summary>
public class ExportTests
{
    public static TheoryData<string> Folders =>
        new("tiny_smolvlm", "tiny_idefics3_sharded", "tiny_qwen2_vl", "tiny_qwen2_5_vl", "tiny_qwen3_vl");

    [Theory]
    [MemberData(nameof(Folders))]
    public void Graphs_give_the_engines_logits_and_tokens(string folder) =>
        AssertProven(Fixtures.PathOf(folder));

    // Stretched positions: other frequencies in the graph, and with YaRN a factor on sines and cosines.
    [Theory]
    [InlineData("tiny_idefics3_sharded", """{ "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4, "original_max_position_embeddings": 64 }""")]
    [InlineData("tiny_qwen2_5_vl", """{ "type": "yarn", "factor": 4, "original_max_position_embeddings": 64, "mrope_section": [2, 3, 3] }""")]
    public void Graphs_stretch_positions_as_the_engine_does(string folder, string rope) => GraphRun.InFolder(place =>
    {
        using (HubFolder fixture = HubFolder.Open(Fixtures.PathOf(folder)))
        {
            ((JsonObject)(fixture.Config["text_config"] ?? fixture.Config))["rope_scaling"] = JsonNode.Parse(rope);
            HubFolder.Write(place, fixture.Config, fixture.SmallFiles(), fixture.Names.Select(name => (name, fixture.Load(name, torch.CPU))));
        }
        AssertProven(place);
        return 0;
    });

    // The model of shapes that the project ships: the only one here whose answers mean something.
    [Fact]
    public void Graphs_of_the_shipped_model_give_the_engines_logits_and_tokens() => AssertProven(WarmStart);

    // The shipped weights are bfloat16, of which either type is made by one rounding.
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void Weights_that_stay_as_they_are_stored_give_the_same_graphs(bool half, bool int8) => GraphRun.InFolder(place =>
    {
        ExportOptions options = new() { Half = half, Int8 = int8, Check = false };
        VlmCheckpoint wide = VlmCheckpoint.Load(WarmStart, torch.CPU), stored = OnnxExport.LoadAsStored(WarmStart, torch.CPU);
        (string first, string second) = (Path.Combine(place, "wide"), Path.Combine(place, "stored"));

        ExportReport report = OnnxExport.Write(wide, first, options);
        OnnxExport.Write(stored, second, options);

        Assert.All(stored.Model.Parameters, item => Assert.Equal(TorchSharp.torch.ScalarType.BFloat16, item.Value.dtype));
        Assert.Equal(3, report.Files.Count);
        foreach ((string name, _) in report.Files)
            Assert.True(File.ReadAllBytes(Path.Combine(first, name)).SequenceEqual(File.ReadAllBytes(Path.Combine(second, name))), name);
        wide.Model.Dispose();
        stored.Model.Dispose();
        return 0;
    });

    // Float16 rounds at 2^-11: near, and not the same.
    [Theory]
    [InlineData("tiny_smolvlm", 1e-5)]
    [InlineData("tiny_qwen2_5_vl", 1e-5)]
    [InlineData("tiny_qwen3_vl", 1e-5)]
    public void Half_precision_is_near_and_bytes_are_told(string folder, double least) => GraphRun.InFolder(place =>
    {
        ExportReport half = Export(folder, Path.Combine(place, "half"), new ExportOptions { Half = true });
        ExportReport bytes = Export(folder, Path.Combine(place, "int8"), new ExportOptions { Int8 = true });

        Assert.True(half.Check!.Passes);
        Assert.All(half.Check.Cases, item => Assert.InRange(item.Difference, least, item.Allowed!.Value));
        Assert.All(bytes.Check!.Cases, item => Assert.True(item.Allowed is null && item.Difference > least));
        Assert.Contains("onnx/decoder_model_merged_fp16.onnx", half.Files.Select(file => file.Name));
        Assert.Contains("onnx/decoder_model_merged_int8.onnx", bytes.Files.Select(file => file.Name));
        Assert.Equal("fp16", Json(Path.Combine(place, "half"), "config.json")["transformers.js_config"]!["dtype"]!.GetValue<string>());
        return 0;
    });

    [Fact]
    public void Weights_beside_the_graphs_are_counted_for_the_client() => GraphRun.InFolder(place =>
    {
        ExportReport report = Export("tiny_smolvlm", place, new ExportOptions { External = true });

        Assert.True(report.Check!.Passes);
        Assert.Contains("onnx/vision_encoder.onnx_data", report.Files.Select(file => file.Name));
        JsonNode counts = Json(place, "config.json")["transformers.js_config"]!["use_external_data_format"]!;
        Assert.Equal(3, counts.AsObject().Count);
        Assert.Equal(1, counts["decoder_model_merged.onnx"]!.GetValue<int>());
        return 0;
    });

    [Fact]
    public void A_proof_that_is_past_the_tolerance_fails()
    {
        Assert.True(new ExportCase("a", 0.0009, 1e-3, 12, 12).Passes);
        Assert.False(new ExportCase("a", 0.0011, 1e-3, 12, 12).Passes);
        Assert.False(new ExportCase("a", 0.0009, 1e-3, 12, 11).Passes);
        Assert.True(new ExportCase("a", 0.1, 0.2, 12, 11).Passes);       // float16: a near tie may fall otherwise
        Assert.True(new ExportCase("a", 7, null, 12, 3).Passes);
        Assert.False(new ExportCheck([new("a", 0, 1e-3, 1, 1), new("b", 1, 1e-3, 1, 1)]).Passes);
    }

    internal static ExportReport Export(string folder, string place, ExportOptions? options = null, ILogger? logger = null) =>
        ExportOf(Fixtures.PathOf(folder), place, options, logger);

    internal static ExportReport ExportOf(string model, string place, ExportOptions? options, ILogger? logger)
    {
        var engine = VlmCheckpoint.Load(model, torch.CPU);
        try
        {
            return OnnxExport.Write(engine, place, options ?? new ExportOptions(), logger);
        }
        finally
        {
            engine.Model.Dispose();
        }
    }

    internal static JsonObject Json(string folder, string name) => HubFolder.ReadJson(Path.Combine(folder, name));

    private static void AssertProven(string model) => GraphRun.InFolder(place =>
    {
        ExportReport report = ExportOf(model, place, null, null);

        Assert.Equal(["text", "one image", "several images", "left-padded batch"],
            report.Check!.Cases.Select(item => item.Name));
        Assert.All(report.Check.Cases, item =>
        {
            Assert.InRange(item.Difference, 1e-9, 1e-3);      // two libraries never agree to the last bit
            Assert.InRange(item.Tokens, 1, 24);
            Assert.Equal(item.Tokens, item.Same);
        });
        Assert.True(report.Check.Passes);
        Assert.Equal(["onnx/decoder_model_merged.onnx", "onnx/embed_tokens.onnx", "onnx/vision_encoder.onnx"],
            report.Files.Select(file => file.Name));
        JsonObject written = Json(place, OnnxExport.ReportFile);
        Assert.True(written["check"]!["passes"]!.GetValue<bool>());
        Assert.Equal(4, written["check"]!["cases"]!.AsArray().Count);
        return 0;
    });

    private static string WarmStart
    {
        get
        {
            for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
                if (File.Exists(Path.Combine(at.FullName, "Vlm.sln")))
                    return Path.Combine(at.FullName, "recipes", "warm-start");
            throw new InvalidOperationException($"no Vlm.sln above {AppContext.BaseDirectory}");
        }
    }
}
