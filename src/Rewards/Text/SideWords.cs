using System.Collections.Frozen;

namespace Vlm.Rewards;

/// <summary>Yes and no, true and false, in other words than these.</summary>
internal static class SideWords
{
    // Each language apart, so that "oui ou non" takes no side: what affirms / what denies.
    private static readonly string[] s_yes =
    [
        "yeah yep yup / nope nah never", "oui / non", "s\u00ed s\u00ec si / no", "ja jawohl / nein nee nej nei", "sim / n\u00e3o nao",
        "\u0434\u0430 / \u043d\u0435\u0442", "\u0442\u0430\u043a / \u043d\u0456", "\u0646\u0639\u0645 / \u0644\u0627", "\u0939\u093e\u0901 \u0939\u093e\u0902 / \u0928\u0939\u0940\u0902",
        "ndiyo / hapana", "\u09b9\u09cd\u09af\u09be\u0981 / \u09a8\u09be", "\u0c05\u0c35\u0c41\u0c28\u0c41 / \u0c15\u0c3e\u0c26\u0c41 \u0c32\u0c47\u0c26\u0c41",
        "c\u00f3 \u0111\u00fang / kh\u00f4ng", "ya iya / tidak bukan", "evet / hay\u0131r", "tak / nie", "\u03bd\u03b1\u03b9 / \u03cc\u03c7\u03b9", "\u05db\u05df / \u05dc\u05d0",
        "\u0628\u0644\u0647 / \u062e\u06cc\u0631 \u0646\u0647", "\u306f\u3044 / \u3044\u3044\u3048", "\ub124 \uc608 / \uc544\ub2c8\uc694 \uc544\ub2c8\uc624 \uc544\ub1e8",
    ];

    private static readonly string[] s_true =
    [
        "vrai / faux", "verdadero / falso", "verdadeiro / falso", "vero / falso", "wahr richtig / falsch",
        "\u0432\u0435\u0440\u043d\u043e \u043f\u0440\u0430\u0432\u0434\u0430 / \u043d\u0435\u0432\u0435\u0440\u043d\u043e \u043b\u043e\u0436\u044c", "\u0635\u062d\u064a\u062d / \u062e\u0637\u0623",
        "\ucc38 / \uac70\uc9d3", "\u6b63\u3057\u3044 / \u8aa4\u308a \u9593\u9055\u3044",
    ];

    private static readonly FrozenDictionary<string, int> s_yesTable = Table(s_yes), s_trueTable = Table(s_true);

    // Languages that part no words.
    private static readonly (string Words, bool? Side)[] s_beginnings =
    [
        ("\u65e0\u6cd5", null), ("\u7121\u6cd5", null), ("\u4e0d\u77e5", null), ("\u4e0d\u786e\u5b9a", null), ("\u4e0d\u78ba\u5b9a", null), ("\u4e0d\u6e05\u695a", null),
        ("\u6ca1\u9519", true), ("\u6c92\u932f", true), ("\u6b63\u786e", true), ("\u6b63\u78ba", true), ("\u0e44\u0e21\u0e48", false), ("\u0e43\u0e0a\u0e48", true),
    ];

    private static readonly string[] s_denials =
    [
        "\u6ca1\u6709", "\u6c92\u6709", "\u4e0d\u662f", "\u4e0d\u5b58\u5728", "\u3042\u308a\u307e\u305b\u3093", "\u3044\u307e\u305b\u3093", "\u3067\u306f\u306a\u3044", "\uc5c6\uc2b5\ub2c8\ub2e4", "\uc544\ub2d9\ub2c8\ub2e4",
    ];

    private static readonly string[] s_unsure =
    [
        "sure", "certain", "know", "tell", "determine", "be determined", "be sure", "be certain", "answer", "help with", "clear whether", "clear if",
        "clear from", "say whether", "say if", "say for", "enough info", "possible to tell", "possible to determine", "possible to say",
        "possible to know", "possible to answer",
    ];

    private const string Affirms = "\u662f\u5bf9\u5c0d\u6709\u771f", Denies = "\u4e0d\u6ca1\u6c92\u65e0\u7121\u5426\u9519\u932f\u975e\u5047";

    /// <summary>The side a text takes with its first word; null where it takes none, or both.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="affirms">"yes" or "true": which words are looked for.</param>
    public static bool? Read(ReadOnlySpan<char> text, string affirms)
    {
        string said = Unicode.Composed(text.Trim().TrimStart("\u300c\u300e\u201c\"'(\u55ef\uff0c, ").ToString());
        if (said.Length == 0)
            return null;
        FrozenDictionary<string, int> table = affirms == "yes" ? s_yesTable : s_trueTable;
        int first = table.GetValueOrDefault(FirstWord(said, 0, out int after), -1);
        return first < 0 ? Unspaced(said) : SaysOther(said, after, table, first ^ 1) ? null : first % 2 == 0;
    }

    /// <summary>True where a text after "not" says that nobody knows: "I am not sure", "I don't know".</summary>
    public static bool IsUnsure(ReadOnlySpan<char> rest)
    {
        rest = rest.TrimStart(' ');
        foreach (string words in s_unsure)
            if (!rest.IsEmpty && rest[0] == words[0] && rest.StartsWith(words, StringComparison.OrdinalIgnoreCase))
                return true;
        return false;
    }

    private static bool? Unspaced(string said)
    {
        foreach ((string words, bool? side) in s_beginnings)
            if (said.StartsWith(words, StringComparison.Ordinal))
                return side;
        bool question = said.Length > 2 && said[1] is '\u4e0d' or '\u6ca1' or '\u6c92' && said[2] == said[0];       // 是不是
        if (question || said.AsSpan().ContainsAny('\u6216', '\u5417') || said.Contains("\u8fd8\u662f", StringComparison.Ordinal))
            return null;
        if (Affirms.Contains(said[0], StringComparison.Ordinal))
            return true;
        if (Denies.Contains(said[0], StringComparison.Ordinal))
            return false;
        foreach (string words in s_denials)
            if (said.Contains(words, StringComparison.Ordinal))
                return false;
        return null;
    }

    private static bool SaysOther(string said, int at, FrozenDictionary<string, int> table, int other)
    {
        while (at < said.Length)
            if (table.GetValueOrDefault(FirstWord(said, at, out at), -1) == other)
                return true;
        return false;
    }

    // Letters with the marks that belong to them, and where what parts them from the next word ends.
    private static string FirstWord(string text, int start, out int after)
    {
        int end = start;
        while (end < text.Length && !Parts(text[end]))
            end++;
        for (after = end; after < text.Length && Parts(text[after]);)
            after++;
        return text[start..end];
    }

    private static bool Parts(char sign) => char.IsWhiteSpace(sign) || char.IsPunctuation(sign) || char.IsSymbol(sign);

    // A word's number is twice that of its language, and one more where it denies.
    private static FrozenDictionary<string, int> Table(string[] languages) => languages
        .SelectMany((language, i) => language.Split(" / ").SelectMany((words, side) => words.Split(' ').Select(word => (word, Key: (2 * i) + side))))
        .DistinctBy(pair => pair.word).ToFrozenDictionary(pair => pair.word, pair => pair.Key, StringComparer.OrdinalIgnoreCase);
}
