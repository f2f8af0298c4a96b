using System.Text.Json.Nodes;
using Vlm.LatentActions;
using Vlm.Models;

namespace Vlm.Onnx.Export;

/// <summary>What an export needs to know of a family: a part of <see cref="FamilyDefinition"/>.</summary>
internal sealed record FamilyExport
{
    /// <summary>The graphs of a model, acting through codes where there are some.</summary>
    public required Func<IVisionLanguageModel, LatentModules?, ExportPrecision, ExportGraphs> Graphs { get; init; }

    /// <summary>The processor's files.</summary>
    public required IReadOnlyList<string> ProcessorFiles { get; init; }

    /// <summary>Writes them into a folder, with every field: clients in other languages know no defaults.</summary>
    public required Action<string, VlmCheckpoint> WriteProcessor { get; init; }

    /// <summary>Adds to config.json, and to its text_config, what clients look for there.</summary>
    public Action<VlmCheckpoint, JsonObject, JsonObject> CompleteConfig { get; init; } = (_, _, _) => { };

    /// <summary>What onnxruntime-genai calls a model and its processor; null where it knows none of the family.</summary>
    public Func<VlmCheckpoint, GenaiModel>? Genai { get; init; }

    /// <summary>Patches along a side that become one token, where positions have three axes (M-RoPE); null where they have one.</summary>
    public Func<IVisionLanguageModel, int?> MRopeMergeSize { get; init; } = _ => null;
}

/// <summary>A model as onnxruntime-genai knows it.</summary>
/// <param name="Type">What it calls it.</param>
/// <param name="Tokens">Ids of special tokens besides the image placeholder, by the names in genai_config.json.</param>
/// <param name="EmbeddingSize">Width of what the embedding gives the decoder.</param>
/// <param name="Vision">More fields of genai_config.json's <c>vision</c>.</param>
/// <param name="ImageProcessor">processor_config.json.</param>
internal sealed record GenaiModel(
    string Type, IReadOnlyList<(string Name, int? Id)> Tokens, int EmbeddingSize, JsonObject Vision, JsonObject ImageProcessor);
