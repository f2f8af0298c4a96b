namespace Vlm.Grpo.Reports;

/// <summary>The codes that an answer took, each above the token that it brought about.</summary>
internal static class CodeList
{
    private const int Most = 48;

    /// <summary>The list; nothing where the policy acts by tokens.</summary>
    public static Html Of(IReadOnlyList<Coded>? codes)
    {
        if (codes is not { Count: > 0 })
            return Html.None;
        string more = codes.Count > Most ? FormattableString.Invariant($"and {codes.Count - Most} more") : "";
        return codes[0].Piece is null
            ? Html.Of($"<span class=\"codelist\">codes {string.Join(' ', codes.Take(Most).Select(one => one.Code))} {more}</span>")
            : Html.Of($"<span class=\"codelist\"><span class=\"unseen\">codes: </span>{codes.Take(Most).Select(Above)}{more}</span>");
    }

    /// <summary>The list behind a line that opens it, where there is little room.</summary>
    public static Html Folded(IReadOnlyList<Coded>? codes) => codes is not { Count: > 0 } ? Html.None
        : Html.Of($"<details class=\"coded\"><summary>{codes.Count} codes</summary>{Of(codes)}</details>");

    /// <summary>A token's text with its spaces and line ends made visible; a special token, which has none, is "end".</summary>
    public static Html Token(string piece) =>
        piece.Length == 0 ? new("<em>end</em>") : Html.Of($"{piece.Replace(' ', '␣').Replace('\n', '↵')}");

    // A space that begins a word is the gap to the word before.
    private static Html Above(Coded one) =>
        Html.Of($"<ruby>{Token(one.Piece?.TrimStart(' ') is { Length: > 0 } word ? word : one.Piece ?? "")}<rt>{one.Code}</rt></ruby> ");
}
