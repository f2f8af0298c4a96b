using TorchSharp.Modules;
using Vlm.Layers;

namespace Vlm.Lora;

/// <summary>Whether a folder's adapter is a model's, told from names and shapes alone.</summary>
internal static class LoraCompatibility
{
    private const int Shown = 3;

    /// <exception cref="UsageException">What does not fit: counted, the first few shown.</exception>
    internal static void Validate(IVisionLanguageModel model, LoraConfig config, LoraWeightsFile file, string modelName)
    {
        Dictionary<string, long[]> wanted = Wanted(model, config, file);
        foreach ((string name, Parameter value) in WholeLayers.Places(model, file))
            wanted[name] = value.shape;
        string[] there = [.. file.Names, .. file.Whole];
        string[] unexpected = [.. file.Strange, .. file.Names.Where(name => !wanted.ContainsKey(name))];
        string[] missing = [.. wanted.Keys.Where(name => !there.Contains(name)), .. WholeLayers.Missing(model, config, file)];
        string[] reshaped = [.. wanted.Where(item => there.Contains(item.Key)
            && !file.ShapeOf(item.Key).SequenceEqual(item.Value)).Select(item => item.Key)];
        if (unexpected.Length + missing.Length + reshaped.Length == 0)
            return;

        const string merge = "merge it into its model with PEFT (merge_and_unload), save that, and give it as the model";
        if (unexpected.FirstOrDefault(name => name.Contains("lora_embedding_", StringComparison.Ordinal)) is { } embedding)
            throw new UsageException($"the adapter adapts an embedding, which is not computed here: {embedding}", file.Path, merge);
        if (unexpected.FirstOrDefault(name => name.Contains("lora_magnitude_vector", StringComparison.Ordinal)) is { } magnitude)
            throw new UsageException($"the adapter is of DoRA, which is not computed here: {magnitude}", file.Path, merge);
        IEnumerable<string> free = missing.Length > 0 ? missing : model.Projections.Select(item => item.Name);
        string[] spare = unexpected;
        string[] parts =
        [
            .. Part("other shapes", reshaped,
                name => $"{name} is {Text(file.ShapeOf(name))} and must be {Text(wanted[name])}"),
            .. Part("no place for", unexpected, name => name + Near(name, free)),
            .. Part("nothing for", missing, name => $"{name}{(wanted.TryGetValue(name, out long[]? shape) ? $" {Text(shape)}" : "")}{Near(name, spare)}"),
        ];
        throw new UsageException(
            $"the adapter, made for {config.BaseModel ?? "an unnamed model"}, does not fit {modelName}: "
            + string.Join("; ", parts), file.Path,
            reshaped.Any(name => file.Whole.Contains(name)) && unexpected.Length + missing.Length == 0
                ? $"LoadOptions.RoomFor = the adapter's folder, which makes the model as long; or {merge}"
                : $"load it onto {config.BaseModel ?? "the model it was trained from"}");
    }

    // What the configuration asks for, or the file has, of the model's layers: each side's shape. The configuration may
    // know a layer under the file's path of it.
    private static Dictionary<string, long[]> Wanted(IVisionLanguageModel model, LoraConfig config, LoraWeightsFile file)
    {
        var wanted = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach ((string name, LoraLinear layer) in model.Projections)
        {
            string known = file.Modules.GetValueOrDefault(name, name);
            if (!config.Has(name) && !config.Has(known))
                continue;

            wanted[name + ".lora_A.weight"] = [config.RankOf(known), layer.Weight.shape[1]];
            wanted[name + ".lora_B.weight"] = [layer.Weight.shape[0], config.RankOf(known)];
        }

        return wanted;
    }

    private static IEnumerable<string> Part(string what, string[] names, Func<string, string> describe)
    {
        if (names.Length > 0)
            yield return $"{what} ({names.Length}): {string.Join(", ", names.Take(Shown).Select(describe))}"
                + (names.Length > Shown ? " ..." : "");
    }

    private static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    private static string Near(string name, IEnumerable<string> names) =>
        NearestName.Ranked(name, names, 1) is [var near] ? $" (nearest: {near})" : "";
}
