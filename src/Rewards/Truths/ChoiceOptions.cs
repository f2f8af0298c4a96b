using System.Globalization;

namespace Vlm.Rewards;

/// <summary>The texts of lettered options, and which of them a data set means.</summary>
internal static class ChoiceOptions
{
    /// <summary>As many as there are letters.</summary>
    public const int Most = 26;

    private static readonly char[] s_marks = [' ', '"', '\'', '.'];
    private static readonly char[] s_labelEnds = ['.', ')', ':', ']', '\u3001', '\uff0e', '\uff1a', '\uff09'];

    /// <summary>What is wrong with the options; null where nothing is.</summary>
    public static string? Problem(IReadOnlyList<string> options)
    {
        if (options.Count is < 2 or > Most)
            return $"{options.Count} options; there must be 2 to {Most}";
        int different = options.Select(option => option?.Trim()).Distinct(StringComparer.OrdinalIgnoreCase).Count();
        return options.Any(string.IsNullOrWhiteSpace) || different != options.Count
            ? "an option is empty or given twice" : null;
    }

    /// <summary>The texts without letters before them, where each has its own: "A. cat", "(B) dog".</summary>
    public static IReadOnlyList<string> Texts(IReadOnlyList<string> options) =>
        options.Select((option, i) => Labelled(option, i)).All(text => text is not null)
            ? [.. options.Select((option, i) => Labelled(option, i)!)] : options;

    /// <summary>
    /// Which option a truth names: by its text, its letter ("B", "b", "(B)", "B. dog"), or else its number, 0 the first; as it stands,
    /// or else without what typesets or announces it ("**B**", "Answer: B"). The one by its text and the one by its letter where these
    /// differ; none where it names none.
    /// </summary>
    public static int[] Meant(string truth, IReadOnlyList<string> options) =>
        MeantBy(truth.Trim(), options) is { Length: > 0 } meant ? meant
        : MeantBy(PlainText.Of(Marker.Find(truth).Text ?? truth).Trim(s_marks), options);

    private static int[] MeantBy(string said, IReadOnlyList<string> options)
    {
        int text = IndexOf(options, said);
        text = text < 0 ? IndexOf(Texts(options), said) : text;
        int letter = Letter(said, options);
        if (text >= 0 && letter >= 0 && text != letter)
            return [text, letter];
        if (text >= 0 || letter >= 0)
            return [Math.Max(text, letter)];
        string whole = said.EndsWith(".0", StringComparison.Ordinal) ? said[..^2] : said;      // a column with gaps reads 1 as 1.0
        return int.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < options.Count
            ? [number] : [];
    }

    private static int IndexOf(IReadOnlyList<string> options, string said) =>
        options.Index().Where(option => string.Equals(option.Item.Trim(), said, StringComparison.OrdinalIgnoreCase))
            .Select(option => option.Index).FirstOrDefault(-1);

    // "B", "(b)", "B.", "option B", or with the text of that option behind it; -1 for anything else.
    private static int Letter(string said, IReadOnlyList<string> options)
    {
        bool named = said.StartsWith("option ", StringComparison.OrdinalIgnoreCase) || said.StartsWith("choice ", StringComparison.OrdinalIgnoreCase);
        string bare = named ? said[7..].Trim() : said;
        bare = bare.TrimStart('(', '[');
        int index = bare.Length == 0 ? -1 : char.ToUpperInvariant(bare[0]) - 'A';
        if (index < 0 || index >= options.Count)
            return -1;
        string rest = bare[1..];
        string text = rest.TrimStart(')', ']', '.', ':', ' ');
        bool parted = rest.Length == 0 || !char.IsLetterOrDigit(rest[0]);
        return parted && (text.Length == 0 || string.Equals(text, Texts(options)[index].Trim(), StringComparison.OrdinalIgnoreCase))
            ? index : -1;
    }

    // "A. cat", "(b) dog", "[A] cat", "A、猫", "1. cat"
    private static string? Labelled(string option, int index)
    {
        string bare = option.Trim().TrimStart('(', '[', '\uff08');
        string number = bare.Length > 0 && char.IsAsciiDigit(bare[0]) ? (index + 1).ToString(CultureInfo.InvariantCulture) : "";
        bool numbered = number.Length > 0 && bare.StartsWith(number, StringComparison.Ordinal);
        int end = numbered ? number.Length : 1;
        if (bare.Length <= end + 1 || !(numbered || char.ToUpperInvariant(bare[0]) == 'A' + index) || !s_labelEnds.Contains(bare[end]))
            return null;
        bool parted = !numbered || char.IsWhiteSpace(bare[end + 1]);      // "1.5" is no label
        return parted && bare[(end + 1)..].Trim() is { Length: > 0 } text ? text : null;
    }
}
