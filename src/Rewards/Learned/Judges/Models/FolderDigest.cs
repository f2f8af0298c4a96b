using System.Security.Cryptography;
using System.Text;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>One short text for the files of a folder: other names or bytes give another.</summary>
internal static class FolderDigest
{
    /// <summary>SHA-256 of the names and contents of all its files, in the order of their names.</summary>
    public static string Of(string folder)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
        {
            using FileStream file = File.OpenRead(path);
            all.AppendData(Encoding.UTF8.GetBytes($"{Path.GetRelativePath(folder, path)}\n"));
            all.AppendData(SHA256.HashData(file));
        }
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }
}
