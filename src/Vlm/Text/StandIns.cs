using System.Text;

namespace Vlm.Text;

/// <summary>
/// A text for .NET's Regex, which sees UTF-16 units: each character beyond U+FFFF is one unit here, a rare one of the
/// same category, so that <c>\p{L}</c> means it and nothing cuts through it; half a surrogate pair is U+FFFD.
/// </summary>
internal sealed class StandIns
{
    // One for each UnicodeCategory, in its order; of those beyond U+FFFF none is a space, a line or a control.
    internal const string OfCategory =
        "\uA792\uA793\u1F88\uA67F\uA840\uA806\uA823\uA670\uA8D0\uA6E6\uA830\u3000\u2028\u2029\u0080\uFFF9\uFFFD\uE000"
        + "\uFE4D\uFE58\uFE59\uFE5A\u2E02\u2E03\uA874\uFB29\uA838\uA700\uA828\uFFF0";

    private readonly List<int> _places;

    private StandIns(string text, List<int> places) => (Text, _places) = (text, places);

    /// <summary>The text to match.</summary>
    public string Text { get; }

    /// <summary>Where a place in <see cref="Text"/> is in the text as given.</summary>
    public int Place(int at) => _places[at];

    /// <summary>The stand-in for a text; null where the text has no surrogates and can be matched itself.</summary>
    public static StandIns? For(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyInRange('\uD800', '\uDFFF'))
            return null;

        var letters = new StringBuilder(text.Length);
        var places = new List<int>(text.Length + 1);
        for (int at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out Rune rune, out int length);
            letters.Append(rune.IsBmp ? (char)rune.Value : OfCategory[(int)Rune.GetUnicodeCategory(rune)]);
            places.Add(at);
            at += length;
        }

        places.Add(text.Length);
        return new StandIns(letters.ToString(), places);
    }
}
