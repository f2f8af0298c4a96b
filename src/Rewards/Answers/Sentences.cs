namespace Vlm.Rewards;

/// <summary>Where a sentence ends.</summary>
internal static class Sentences
{
    /// <summary>The first sentence with words in it, without the mark that ends it.</summary>
    public static string First(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart();
        for (int at = 0; at < rest.Length; at++)
            if (Ends(rest, at) && rest[..at].ContainsAnyExcept(" *_$"))
                return rest[..at].ToString();
        return rest.ToString();
    }

    private static bool Ends(ReadOnlySpan<char> text, int at) => text[at] switch
    {
        '\n' or '\u3002' or '\uff01' or '\uff1f' => true,
        '.' or '!' or '?' => at + 1 == text.Length || char.IsWhiteSpace(text[at + 1]),
        _ => false,
    };
}
