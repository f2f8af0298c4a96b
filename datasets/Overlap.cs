using System.Security.Cryptography;
using System.Text;

namespace Vlm.Datasets;

/// <summary>Finds the questions of one set of examples that are in another one too.</summary>
public static class Overlap
{
    /// <summary>The examples of the second set whose words and images are those of one of the first.</summary>
    /// <param name="first">Such as the examples to train on.</param>
    /// <param name="second">Such as those held out.</param>
    /// <exception cref="UsageException">An image that has to be compared cannot be read.</exception>
    public static IReadOnlyList<Example> Of(IEnumerable<Example> first, IEnumerable<Example> second)
    {
        ILookup<string, Example> known = first.ToLookup(Words, StringComparer.Ordinal);
        // Images are looked at where the words are the same alone.
        var images = new Dictionary<Example, string>(ReferenceEqualityComparer.Instance);
        return [.. second.Where(example => known[Words(example)].Any(other => Seen(other) == Seen(example)))];

        string Seen(Example example) =>
            images.TryGetValue(example, out string? digest) ? digest : images[example] = ImagesOf(example);
    }

    private static string Words(Example example) => string.Join('\n', example.Messages.Select(
        message => $"{message.Role}:{string.Concat(message.Content.Select(part => part.Text ?? "\0"))}"));

    private static string ImagesOf(Example example)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ImageSource image in example.Images)
            hash.AppendData(SHA256.HashData(image.Encoded($"record {example.Id}")));
        hash.AppendData(Encoding.UTF8.GetBytes($"{example.Images.Count}"));
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
