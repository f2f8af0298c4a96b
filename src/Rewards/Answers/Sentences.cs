namespace Vlm.Rewards;

/// <summary>Where a sentence ends.</summary>
internal static class Sentences
{
    private static readonly string[] s_reasons =
    [
        " because", ", since ", " since ", ", as ", ", not ", " rather than ", " instead of ", ", unlike ", " due to ", " given that ", "\u56e0\u4e3a", "\u56e0\u70ba",
        "\u7531\u4e8e", "\u5176\u4e2d", " parce que", ", car ", " porque ", ", weil ", ", da ", "\u306a\u305c\u306a\u3089",
    ];

    /// <summary>The first sentence with words in it, without the mark that ends it.</summary>
    public static string First(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart();
        for (int at = 0; at < rest.Length; at++)
            if (Ends(rest, at) && rest[..at].ContainsAnyExcept(" *_$"))
                return rest[..at].ToString();
        return rest.ToString();
    }

    /// <summary>A text up to the words that begin a reason, or what was not chosen: "7, because 3 and 4", "B, not A".</summary>
    public static ReadOnlySpan<char> BeforeReason(ReadOnlySpan<char> text)
    {
        int end = text.Length;
        foreach (string word in s_reasons)
            if (text[..end].IndexOf(word, StringComparison.OrdinalIgnoreCase) is > 0 and var at)
                end = at;
        return text[..end].TrimEnd(" ,\uff0c;");
    }

    private static bool Ends(ReadOnlySpan<char> text, int at) => text[at] switch
    {
        '\n' or '\u0964' or '\u3002' or '\uff01' or '\uff1f' => true,
        '.' or '!' or '?' => at + 1 == text.Length || char.IsWhiteSpace(text[at + 1]),
        _ => false,
    };
}
