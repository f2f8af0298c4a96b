using System.Security.Cryptography;

namespace Vlm.Testing;

/// <summary>
/// Values that a reference implementation computed, and the tiny models it computed them with; tests/fixtures/README.md
/// says which. Unpacked once into artifacts/fixtures, under a name that changes with the archives.
/// </summary>
internal static class Fixtures
{
    private static readonly Lazy<string> s_folder = new(() => Unpacked(Path.Combine(Root(), "tests", "fixtures", "hf"),
        Path.Combine(Root(), "artifacts", "fixtures")));

    /// <summary>The path of a file or folder.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([s_folder.Value, .. parts]);

    /// <summary>
    /// The folder that all archives of a folder are unpacked into. Several processes may ask at once: each unpacks for
    /// itself, and the first to be ready gives the folder its name.
    /// </summary>
    internal static string Unpacked(string archives, string into)
    {
        string[] packs = [.. Directory.GetFiles(archives, "*.pack").Order(StringComparer.Ordinal)];
        string folder = Path.Combine(into, Name(packs));
        if (Directory.Exists(folder))
            return folder;

        string own = $"{folder}.{Guid.NewGuid():N}";
        foreach (string pack in packs)
            using (FileStream stream = File.OpenRead(pack))
                FixturePack.Unpack(stream, own);
        try
        {
            Directory.Move(own, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(own, recursive: true);
        }

        return folder;
    }

    private static string Name(IEnumerable<string> packs)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string pack in packs)
            hash.AppendData(SHA256.HashData(File.ReadAllBytes(pack)));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    /// <summary>The folder of the repository.</summary>
    internal static string Root()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Vlm.sln")))
                return at.FullName;
        throw new InvalidOperationException($"{AppContext.BaseDirectory} is not below the repository's folder");
    }
}
