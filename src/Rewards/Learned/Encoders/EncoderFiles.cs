namespace Vlm.Rewards.Learned;

/// <summary>Where the graphs of an encoder's folder are.</summary>
internal static class EncoderFiles
{
    private const string Ending = ".onnx";

    /// <summary>A tower's file: in the folder <c>onnx</c>, or in the folder itself.</summary>
    /// <param name="folder">The encoder's folder.</param>
    /// <param name="tower">The file's name without variant and ending.</param>
    /// <param name="variant">What stands after the name, such as "fp16"; empty for float32.</param>
    /// <exception cref="UsageException">There is none.</exception>
    internal static string Find(string folder, string tower, string variant)
    {
        string name = variant.Length == 0 ? tower : $"{tower}_{variant}";
        return Places(folder).Select(place => Path.Combine(place, name + Ending)).FirstOrDefault(File.Exists)
            ?? throw Missing(folder, tower, name);
    }

    private static string[] Places(string folder) => [Path.Combine(folder, EncoderGraph.Folder), folder];

    private static UsageException Missing(string folder, string tower, string name)
    {
        string[] others = [.. Places(folder).Where(Directory.Exists)
            .SelectMany(place => Directory.EnumerateFiles(place, tower + "*" + Ending))
            .Select(path => Path.GetFileNameWithoutExtension(path)).Distinct().Order(StringComparer.Ordinal)];
        return others.Length == 0
            ? new($"there is no {name}{Ending}, neither in {EncoderGraph.Folder}/ nor in the folder", folder,
                "a folder with both towers exported to ONNX, as Xenova/clip-vit-base-patch32 has them")
            : new($"there is no {name}{Ending}; there is {string.Join(", ", others)}", folder,
                $"Variant = \"{others[0][tower.Length..].TrimStart('_')}\"");
    }
}
