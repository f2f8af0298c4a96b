using System.Text.Json.Nodes;
using Vlm.Checkpoints;

namespace Vlm.Merging;

/// <summary>Refuses what cannot be interpolated: models of another shape, architecture or vocabulary.</summary>
internal static class MergeCompatibility
{
    private const string Fix = "models that were made from one start";

    /// <summary>Compares two folders by their headers and small files.</summary>
    /// <param name="first">The one that gives names and files to the result.</param>
    /// <param name="other">Another.</param>
    /// <param name="names">What the user knows them as.</param>
    /// <exception cref="UsageException">They differ; the first tensor or token that does is named.</exception>
    public static void Check(HubFolder first, HubFolder other, (string First, string Other) names)
    {
        string kinds = Kind(first) == Kind(other) ? "" : $": {names.First} is {Kind(first)} and {names.Other} is {Kind(other)}";
        if (first.Names.FirstOrDefault(name => !other.Contains(name)) is { } lacking)
            throw new UsageException($"{names.Other} has no tensor {lacking}, which {names.First} has{kinds}", names.Other, Fix);
        if (other.Names.FirstOrDefault(name => !first.Contains(name)) is { } added)
            throw new UsageException($"{names.First} has no tensor {added}, which {names.Other} has{kinds}", names.First, Fix);
        foreach (string name in first.Names)
        {
            (SafetensorsEntry a, SafetensorsEntry b) = (first.EntryOf(name), other.EntryOf(name));
            if (!a.Shape.SequenceEqual(b.Shape))
                throw new UsageException(
                    $"{name} is {Show(a)} in {names.First} and {Show(b)} in {names.Other}{kinds}", names.Other, Fix);
        }
        if (kinds.Length > 0)
            throw new UsageException($"the models differ{kinds}", names.Other, Fix);
        CheckVocabulary(first.Path, other.Path, names);
    }

    // Rows of embeddings mean what the tokenizer says.
    private static void CheckVocabulary(string first, string other, (string First, string Other) names)
    {
        if (Vocabulary.Difference(first, other, names) is { } how)
            throw new UsageException($"{how}, so the same row of the embeddings means another", Path.Combine(other, Vocabulary.File), Fix);
    }

    private static string Kind(HubFolder folder) => folder.Config["model_type"] is JsonValue type && type.TryGetValue(out string? name)
        ? name : "of no type";

    private static string Show(SafetensorsEntry entry) => $"[{string.Join(", ", entry.Shape)}]";
}
