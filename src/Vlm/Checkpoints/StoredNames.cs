namespace Vlm.Checkpoints;

/// <summary>
/// The model's names for a file's tensors: what wrappers put before or into all names is taken off, and names of another
/// generation are translated.
/// </summary>
internal static class StoredNames
{
    // torch.compile, activation checkpointing and FSDP put these into paths; no model has a module of such a name.
    private static readonly string[] s_wrappers = ["_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module"];

    // What saving a part of a model, or PEFT's whole model, leaves out before every name.
    private static readonly string[] s_lost = ["model."];

    /// <summary>A translation of file names, chosen by how many of the model's it gives.</summary>
    /// <param name="names">All names of the file.</param>
    /// <param name="wanted">The model's.</param>
    /// <param name="canonical">A family's translation of one name.</param>
    /// <returns>The file's name to the model's; as it is where nothing better is found.</returns>
    internal static Func<string, string> Translation(
        IReadOnlyCollection<string> names, IReadOnlySet<string> wanted, Func<string, string> canonical)
    {
        string[] bare = [.. names.Select(Unwrapped)];
        string common = CommonPrefix(bare);
        (string Off, string On)[] ways =
        [
            ("", ""), .. Prefixes(common).Select(prefix => (prefix, "")), .. s_lost.Select(prefix => ("", prefix)),
        ];
        // The first of the best: names are left as they are unless another way gives more.
        (string off, string on) = ways.MaxBy(way => bare.Count(name => wanted.Contains(Translate(name, way))));
        return name => Translate(Unwrapped(name), (off, on));

        string Translate(string name, (string Off, string On) way) => canonical(
            way.On + (name.StartsWith(way.Off, StringComparison.Ordinal) ? name[way.Off.Length..] : name));
    }

    private static string Unwrapped(string name) => s_wrappers.Any(wrapper => name.Contains(wrapper, StringComparison.Ordinal))
        ? string.Join('.', name.Split('.').Where(part => !s_wrappers.Contains(part))) : name;

    // Of all names, up to a dot.
    private static string CommonPrefix(string[] names)
    {
        if (names.Length == 0)
            return "";
        string common = names.Aggregate((a, b) => a[..a.AsSpan().CommonPrefixLength(b)]);
        return common[..(common.LastIndexOf('.') + 1)];
    }

    // "a.b." gives "a." and "a.b.".
    private static IEnumerable<string> Prefixes(string common) =>
        common.Index().Where(item => item.Item == '.').Select(item => common[..(item.Index + 1)]);
}
