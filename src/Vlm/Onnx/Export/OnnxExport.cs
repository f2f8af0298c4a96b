using System.Globalization;
using System.Text.Json.Nodes;
using Vlm.Adapters;
using Vlm.Checkpoints;
using Vlm.Models;
using Vlm.Models.QwenVl;
using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Export;

/// <summary>Writes a checkpoint as ONNX graphs, in the folder that transformers.js loads, and proves it.</summary>
public static class OnnxExport
{
    /// <summary>What was exported, how, and how far it is from the engine.</summary>
    public const string ReportFile = "export.json";

    private const string Graphs = "onnx";

    /// <summary>Exports. The folder is complete, or as it was.</summary>
    /// <param name="checkpoint">Weights on any device; adapters are merged into them, for good.</param>
    /// <param name="path">The folder; absent or empty unless <see cref="ExportOptions.Force"/>.</param>
    /// <param name="options">How.</param>
    /// <param name="say">Told what the user should know: fields that the checkpoint's files lacked.</param>
    /// <returns>What was written. Graphs that are past the tolerance stay; whoever calls says so.</returns>
    /// <exception cref="UsageException">
    /// The family has no graphs, the folder is not empty, the disk is full, or ONNX Runtime is missing.
    /// </exception>
    public static ExportReport Write(VlmCheckpoint checkpoint, string path, ExportOptions options, Action<string>? say = null)
    {
        LoraAdapter.Merge(checkpoint.Model);
        ExportNumbers numbers = options.Numbers;
        ExportGraphs graphs = ExportGraphs.Of(checkpoint.Model, numbers) ?? throw new UsageException(
            $"{new Family(checkpoint.ModelType, checkpoint.Config).Name} has no exporter", "--model",
            $"a checkpoint of {ExportGraphs.Families}");
        if (numbers.Genai && checkpoint.Processor is not QwenProcessor)
            throw new UsageException("onnxruntime-genai knows no model of this family", "--for onnxruntime-genai",
                "--for transformers-js, or a checkpoint of Qwen2-VL or Qwen2.5-VL");
        ExportReport? report = null;
        ExportFolder.Write(path, options.Force, folder => report = Fill(folder, checkpoint, graphs, numbers, options, say));
        return report!;
    }

    private static ExportReport Fill(
        string folder, VlmCheckpoint checkpoint, ExportGraphs graphs, ExportNumbers numbers, ExportOptions options,
        Action<string>? say)
    {
        IReadOnlyList<string> filled = ExportFiles.Write(folder, checkpoint);
        foreach (string fields in filled)
            say?.Invoke($"filled from the family's defaults in {fields}");

        var data = new Dictionary<string, int>();
        string inner = Directory.CreateDirectory(numbers.Genai ? folder : Path.Combine(folder, Graphs)).FullName;
        foreach (Func<OnnxGraph> build in (Func<OnnxGraph>[])[graphs.Tower, graphs.Embedding, graphs.Decoder])
            Save(build(), inner, checkpoint.ModelType, numbers, options.External, data);
        HubFolder.WriteJson(Path.Combine(folder, "config.json"), ExportConfig.Of(checkpoint, numbers, data));
        if (numbers.Genai)
            GenaiConfig.Write(folder, checkpoint, (QwenProcessor)checkpoint.Processor);

        ExportCheck? check = options.Check ? ExportProof.Run(checkpoint, folder, numbers) : null;
        var report = new ExportReport([.. Directory.GetFiles(inner, "*.onnx*").Order(StringComparer.Ordinal).Select(file =>
            (Path.GetRelativePath(folder, file).Replace('\\', '/'), new FileInfo(file).Length))], filled, check);
        HubFolder.WriteJson(Path.Combine(folder, ReportFile), Json(report, checkpoint, numbers));
        return report;
    }

    private static void Save(
        OnnxGraph graph, string folder, string type, ExportNumbers numbers, bool? external, Dictionary<string, int> data)
    {
        graph.Metadata["model_type"] = type;
        graph.Metadata["dtype"] = numbers.Name;
        string file = $"{graph.Name}{numbers.Suffix}.onnx";
        OnnxFiles written = graph.Save(Path.Combine(folder, file), external);
        if (written.Data.Count > 0)
            data[file] = written.Data.Count;
    }

    private static JsonObject Json(ExportReport report, VlmCheckpoint checkpoint, ExportNumbers numbers) => new()
    {
        ["model_type"] = checkpoint.ModelType,
        ["dtype"] = numbers.Name,
        ["client"] = numbers.Genai ? "onnxruntime-genai" : "transformers.js",
        ["run_with_client"] = false,
        ["operator_set"] = OnnxGraph.OperatorSet,
        ["files"] = new JsonObject(report.Files.Select(file => KeyValuePair.Create(file.Name, (JsonNode?)file.Bytes))),
        ["filled"] = new JsonArray([.. report.Filled.Select(fields => (JsonNode)fields)]),
        ["check"] = report.Check is not { } check ? null : new JsonObject
        {
            ["passes"] = check.Passes,
            ["cases"] = new JsonArray([.. check.Cases.Select(Json)]),
        },
    };

    private static JsonNode Json(ExportCase item) => new JsonObject
    {
        ["name"] = item.Name,
        ["difference"] = Round(item.Difference),
        ["allowed"] = item.Allowed is { } allowed ? Round(allowed) : null,
        ["tokens"] = item.Tokens,
        ["same_tokens"] = item.Same,
    };

    private static double Round(double value) =>
        double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
