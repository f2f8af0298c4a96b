using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Vlm.Checkpoints;
using Vlm.LatentActions;
using Vlm.Lora;
using Vlm.Models;
using Vlm.Onnx.Graph;
using static TorchSharp.torch;

namespace Vlm.Onnx.Export;

/// <summary>Writes a checkpoint as ONNX graphs, in the folder that transformers.js loads, and proves it.</summary>
public static class OnnxExport
{
    /// <summary>What was exported, how, and how far it is from the engine.</summary>
    public const string ReportFile = "export.json";

    internal const string Graphs = "onnx";

    /// <summary>
    /// Loads a folder to be exported without the comparison: nothing is computed, so weights of one type stay as they are
    /// stored, and the graphs are those of weights that were loaded in float32.
    /// </summary>
    /// <param name="path">The folder.</param>
    /// <param name="device">Where the weights go meanwhile.</param>
    /// <param name="logger">Told what the user should know of how it was read.</param>
    /// <exception cref="UsageException">The folder is incomplete, broken, or of a family that is not known.</exception>
    public static VlmCheckpoint LoadAsStored(string path, Device device, ILogger? logger = null)
    {
        using HubFolder folder = HubFolder.Open(path);
        bool alike = folder.Names.DistinctBy(name => folder.EntryOf(name).Type.Torch).Count() == 1;
        return VlmCheckpoint.Load(
            path, device, alike ? folder.StoredType ?? ScalarType.Float32 : ScalarType.Float32, logger: logger);
    }

    /// <summary>Exports. The folder is complete, or as it was.</summary>
    /// <param name="checkpoint">Weights on any device; adapters are merged into them, for good.</param>
    /// <param name="path">The folder; absent or empty unless <see cref="ExportOptions.Force"/>.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Told what the user should know: fields that the checkpoint's files lacked.</param>
    /// <returns>What was written. Graphs that are past the tolerance stay; whoever calls says so.</returns>
    /// <exception cref="UsageException">
    /// The client has no model of the family, the folder is not empty, the disk is full, or ONNX Runtime is missing or refuses
    /// a graph.
    /// </exception>
    public static ExportReport Write(VlmCheckpoint checkpoint, string path, ExportOptions options, ILogger? logger = null) =>
        Write(new ExportSource(checkpoint, null), path, options, logger);

    /// <summary>Exports a base with its codes: the decoder acts through them. In float16 they are rounded as all else is.</summary>
    /// <param name="latent">Weights on any device.</param>
    /// <param name="path">The folder; absent or empty unless <see cref="ExportOptions.Force"/>.</param>
    /// <param name="options">How.</param>
    /// <param name="logger">Told what the user should know.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="UsageException">As without codes.</exception>
    public static ExportReport Write(LatentCheckpoint latent, string path, ExportOptions options, ILogger? logger = null) =>
        Write(new ExportSource(latent.Base, latent), path, options, logger);

    private static ExportReport Write(ExportSource source, string path, ExportOptions options, ILogger? logger)
    {
        VlmCheckpoint checkpoint = source.Checkpoint;
        LoraAdapter.Merge(checkpoint.Model);
        ExportPrecision precision = options.Precision;
        if (source.Modules is { } modules)
            LatentGraph.Refuse(modules.Config);
        FamilyExport family = Families.Of(checkpoint.ModelType, "model_type").Export
            ?? throw new UsageException($"{checkpoint.ModelType} is not exported to ONNX", "model_type",
                $"a checkpoint of {Names(export => export is not null)}");
        if (precision.Genai && family.Genai is null)
            throw new UsageException("onnxruntime-genai knows no model of this family", $"{nameof(ExportOptions.For)} {options.For}",
                $"{nameof(ExportOptions.For)} {ExportClient.TransformersJs}, or a checkpoint of {Names(export => export?.Genai is not null)}");
        NonFiniteWeights.Refuse(checkpoint.Model.Parameters, "the model's weights");
        ExportReport? report = null;
        ExportFolder.Write(path, options.Force, folder => report = Fill(folder, source, family, precision, options, logger));
        return report!;
    }

    // "A, B or C": the models of the families whose export is as wished.
    private static string Names(Predicate<FamilyExport?> wished)
    {
        string[] names = [.. Families.All.Where(family => wished(family.Export))
            .SelectMany(family => family.ModelTypes.Select(type => type.Name))];
        return names.Length == 1 ? names[0] : $"{string.Join(", ", names[..^1])} or {names[^1]}";
    }

    private static ExportReport Fill(
        string folder, ExportSource source, FamilyExport family, ExportPrecision precision, ExportOptions options,
        ILogger? logger)
    {
        VlmCheckpoint checkpoint = source.Checkpoint;
        IReadOnlyList<string> filled = ExportFiles.Write(folder, checkpoint, family);
        foreach (string fields in filled)
            logger.Line($"filled from the family's defaults in {fields}");

        ExportGraphs graphs = family.Graphs(checkpoint.Model, source.Modules, precision);
        var data = new Dictionary<string, int>();
        string inner = Directory.CreateDirectory(precision.Genai ? folder : Path.Combine(folder, Graphs)).FullName;
        foreach (Func<OnnxGraph> build in (Func<OnnxGraph>[])[graphs.Tower, graphs.Embedding, graphs.Decoder])
            Save(build(), inner, checkpoint.ModelType, precision, options.External, data);
        HubFolder.WriteJson(Path.Combine(folder, "config.json"), ExportConfig.Of(checkpoint, family, source.Modules, precision, data));
        if (precision.Genai)
            GenaiConfig.Write(folder, checkpoint, family.Genai!(checkpoint), source.Layers, logger);

        ExportCheck? check = options.Check ? Prove(source, folder, precision, options.Consume) : null;
        var report = new ExportReport([.. Directory.GetFiles(inner, "*.onnx*").Order(StringComparer.Ordinal).Select(file =>
            (Path.GetRelativePath(folder, file).Replace('\\', '/'), new FileInfo(file).Length))], filled, check);
        HubFolder.WriteJson(Path.Combine(folder, ReportFile), Json(report, source, precision));
        return report;
    }

    // Without a proof there is no folder, so what is told of a graph in it names the graph alone.
    internal static ExportCheck Prove(ExportSource source, string folder, ExportPrecision precision, bool consume = false)
    {
        string fix = $"{nameof(ExportOptions.Check)} false writes the graphs all the same; nothing is left of this export";
        try
        {
            return ExportVerification.Run(source, folder, precision, consume);
        }
        catch (UsageException refused) when (refused.Where.StartsWith(folder, StringComparison.Ordinal))
        {
            throw new UsageException(refused.Message, Path.GetRelativePath(folder, refused.Where), fix);
        }
    }

    private static void Save(
        OnnxGraph graph, string folder, string type, ExportPrecision precision, bool? external, Dictionary<string, int> data)
    {
        graph.Metadata["model_type"] = type;
        graph.Metadata["dtype"] = precision.Name;
        string file = $"{graph.Name}{precision.Suffix}.onnx";
        OnnxFiles written = graph.Save(Path.Combine(folder, file), external);
        if (written.Data.Count > 0)
            data[file] = written.Data.Count;
    }

    private static JsonObject Json(ExportReport report, ExportSource source, ExportPrecision precision) => new()
    {
        ["model_type"] = source.Checkpoint.ModelType,
        ["dtype"] = precision.Name,
        ["client"] = precision.Genai ? "onnxruntime-genai" : "transformers.js",
        ["run_with_client"] = false,
        [LatentCheckpoint.Name] = source.Modules?.Config.Json(),
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
        ["codes"] = item.Codes is not { } codes ? null : new JsonObject
        {
            ["difference"] = Round(codes.Difference),
            ["allowed"] = codes.Allowed is { } most ? Round(most) : null,
            ["same_codes"] = codes.Same,
        },
    };

    private static double Round(double value) =>
        double.Parse(value.ToString("G4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}

/// <summary>What is exported.</summary>
/// <param name="Checkpoint">The model, or the base of the codes.</param>
/// <param name="Latent">The codes, or null.</param>
internal sealed record ExportSource(VlmCheckpoint Checkpoint, LatentCheckpoint? Latent)
{
    /// <summary>What latent actions add, or null.</summary>
    public LatentModules? Modules => Latent?.Modules;

    /// <summary>Layers with caches.</summary>
    public int Layers => Checkpoint.Model.Sizes.Layers + (Modules?.Policy.Depth ?? 0);
}
