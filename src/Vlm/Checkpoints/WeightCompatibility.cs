using System.Globalization;
using TorchSharp;

namespace Vlm.Checkpoints;

/// <summary>Whether a folder's tensors are a model's, told from names, shapes and types alone.</summary>
public static class WeightCompatibility
{
    private const int Shown = 5;
    private const string Head = "lm_head.weight";

    /// <summary>Compares a folder with a model; nothing is read but headers.</summary>
    /// <param name="wanted">The model's parameters: hub name and shape.</param>
    /// <param name="folder">The weights.</param>
    /// <param name="ignored">Hub names that the model does not need.</param>
    /// <param name="canonical">A file's name for a tensor to the hub's.</param>
    /// <returns>The file's name for each of the model's.</returns>
    /// <exception cref="UsageException">What does not fit: every name counted, the first few shown.</exception>
    public static IReadOnlyDictionary<string, string> Validate(
        IReadOnlyList<(string Name, long[] Shape)> wanted, HubFolder folder, Func<string, bool> ignored,
        Func<string, string> canonical)
    {
        var names = wanted.Select(item => item.Name).ToHashSet(StringComparer.Ordinal);
        Dictionary<string, string> stored =
            Canonical(folder, ignored, StoredNames.Translation(folder.Names, names, canonical));
        CheckNames(wanted, stored, folder);
        foreach ((string name, long[] shape) in wanted)
            CheckTensor(name, shape, stored[name], folder);
        return stored;
    }

    private static Dictionary<string, string> Canonical(
        HubFolder folder, Func<string, bool> ignored, Func<string, string> canonical)
    {
        var stored = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in folder.Names.Order(StringComparer.Ordinal))
            if (canonical(name) is var hub && !ignored(hub) && !stored.TryAdd(hub, name))
                throw new UsageException(
                    $"the weights hold one tensor twice: {stored[hub]} and {name} are both {hub}", folder.FileOf(name),
                    "download the folder again: it mixes files of two versions");
        return stored;
    }

    private static void CheckNames(
        IReadOnlyList<(string Name, long[] Shape)> wanted, Dictionary<string, string> stored, HubFolder folder)
    {
        var known = wanted.Select(item => item.Name).ToHashSet(StringComparer.Ordinal);
        (string Name, long[] Shape)[] missing = [.. wanted.Where(item => !stored.ContainsKey(item.Name))];
        (string Name, string File)[] unexpected =
            [.. stored.Where(item => !known.Contains(item.Key)).Select(item => (item.Key, item.Value))];
        if (missing.Length + unexpected.Length == 0)
            return;
        if (missing is [{ Name: Head }] && unexpected.Length == 0 && folder.Names.Any(ModelHead.IsName))
            throw new UsageException(
                $"the weights have a reward head and no {Head}: the folder scores answers, and gives none", folder.Path,
                $"--reward rm:{folder.Path}, or the folder that the reward model was trained from");
        if (missing is [{ Name: Head }] && unexpected.Length == 0)
            throw new UsageException(
                $"the weights have no {Head}, and \"tie_word_embeddings\" is not true in config.json",
                System.IO.Path.Combine(folder.Path, "config.json"),
                "\"tie_word_embeddings\": true, if the output layer is the embedding; else the weights with the output layer");
        if (unexpected.FirstOrDefault(item => item.Name.Contains(".lora_", StringComparison.Ordinal)
            || item.Name.Contains(".base_layer.", StringComparison.Ordinal)) is { File: { } adapter })
            throw new UsageException(
                $"the weights hold adapters that were not merged: {adapter}", folder.FileOf(adapter),
                "merge them in PEFT (merge_and_unload) and save that; or the model's own folder, with the adapter's beside it");

        // A tensor under a wrong name is both: the one is then the other's nearest.
        IEnumerable<string> spare = unexpected.Length > 0 ? unexpected.Select(item => item.Name) : stored.Keys;
        IEnumerable<string> free = missing.Length > 0 ? missing.Select(item => item.Name) : known;
        string[] parts =
        [
            .. Part($"lack {missing.Length} of its {wanted.Count} tensors", missing,
                item => $"{item.Name} {Text(item.Shape)}{Near(item.Name, spare)}"),
            .. Part($"hold {unexpected.Length} that it has no place for", unexpected,
                item => $"{item.File} {Text(folder.EntryOf(item.File).Shape)}{Near(item.Name, free)}"),
        ];
        throw new UsageException(
            $"the weights do not fit the model: they {string.Join("; they ", parts)}", folder.Path,
            missing.Length > 0 ? "use the config.json the weights came with, or download the missing file"
                : "use the config.json the weights came with");
    }

    private static IEnumerable<string> Part<T>(string what, T[] items, Func<T, string> describe)
    {
        if (items.Length == 0)
            yield break;

        string rest = items.Length > Shown
            ? string.Create(CultureInfo.InvariantCulture, $" and {items.Length - Shown} more") : "";
        yield return $"{what}: {string.Join(", ", items.Take(Shown).Select(describe))}{rest}";
    }

    private static void CheckTensor(string name, long[] shape, string file, HubFolder folder)
    {
        SafetensorsEntry entry = folder.EntryOf(file);
        if (!entry.Shape.SequenceEqual(shape))
            throw new UsageException(
                $"{file} is {Text(entry.Shape)} in the weights, the configuration asks for {Text(shape)}",
                folder.FileOf(file), "use the config.json the weights came with");

        if (entry.Type.Torch is not { } type || !IsFloat(type))
            throw new UsageException(
                $"{file} is stored as {entry.Type.Name}, and weights are read as BF16, F16, F32 or F64",
                folder.FileOf(file), $"use the model's own weights: these of {name} are quantized");
    }

    private static bool IsFloat(torch.ScalarType type) => type
        is torch.ScalarType.BFloat16 or torch.ScalarType.Float16 or torch.ScalarType.Float32 or torch.ScalarType.Float64;

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    private static string Near(string name, IEnumerable<string> names) =>
        string.Join(", ", NearestName.Ranked(name, names, 3)) is { Length: > 0 } near ? $" (nearest: {near})" : "";
}
