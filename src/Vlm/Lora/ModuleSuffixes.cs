namespace Vlm.Lora;

/// <summary>Names that mean some of a model's modules and no other, as short as they can be.</summary>
internal static class ModuleSuffixes
{
    /// <summary>The configuration, or one that means the same layers to PEFT, which sees more modules than layers.</summary>
    internal static LoraConfig Exactly(LoraConfig config, IVisionLanguageModel model, IReadOnlyCollection<string> chosen)
    {
        string[] others = [.. Modules(model.Weights().Select(item => item.Name)).Except(chosen)];
        return config.Targets is not ModulePattern.Every && !others.Any(config.Has) ? config : config with
        {
            Targets = ModulePattern.Named(Shortest(chosen, others)),
            Exclude = null,
            Layers = null,
            LayersPattern = [],
        };
    }

    /// <summary>For each chosen path its shortest ending that no other path has, from a name on; each ending once.</summary>
    internal static string[] Shortest(IEnumerable<string> chosen, IEnumerable<string> others)
    {
        var taken = others.SelectMany(EndingsOf).ToHashSet(StringComparer.Ordinal);
        return [.. chosen.Select(path => EndingsOf(path).FirstOrDefault(Free, path)).Distinct()];

        bool Free(string ending) => !taken.Contains(ending) && !char.IsAsciiDigit(ending[0]);
    }

    // Each parameter's module, and all modules around it.
    private static IEnumerable<string> Modules(IEnumerable<string> parameters) =>
        parameters.SelectMany(name => Dots(name).Select(at => name[..at])).Distinct();

    // "a.b.c": "c", "b.c", "a.b.c".
    private static IEnumerable<string> EndingsOf(string path) =>
        Dots(path).Reverse().Select(at => path[(at + 1)..]).Append(path);

    private static IEnumerable<int> Dots(string path) =>
        path.Index().Where(item => item.Item == '.').Select(item => item.Index);
}
