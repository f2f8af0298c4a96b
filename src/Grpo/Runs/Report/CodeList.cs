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

    /// <summary>A token's text with its spaces and line ends made visible; a special token, which has none, is "end".</summary>
    public static Html Token(string piece) =>
        piece.Length == 0 ? new("<em>end</em>") : Html.Of($"{piece.Replace(' ', '␣').Replace('\n', '↵')}");

    private static Html Above(Coded one) => Html.Of($"<ruby>{Token(one.Piece ?? "")}<rt>{one.Code}</rt></ruby>");
}
