using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>VLM-R1's reading of a choice, which its multiple-choice reward compares.</summary>
/// <remarks>
/// om-ai-lab/VLM-R1, src/open-r1-multimodal/src/open_r1/grpo_jsonl.py (extract_choice): in capitals and with single spaces, letters that
/// no letter stands before and . , ? ! : ; or the end behind. Of several the one with the most points, the first of equals: a point for
/// each of its key words within 20 characters of where the letter first stands, even inside a word, two in the last 30 % of the text,
/// one with a full stop, comma or exclamation mark behind it; all of it as often as the
/// letter is found.
/// </remarks>
public static partial class VlmR1Choice
{
    private const int Near = 20;
    private const double LatePart = 0.7;

    private static readonly string[] s_keys =
    [
        "答案", "选择", "正确", "是", "对", "ANSWER", "CORRECT", "CHOOSE", "SELECT", "RIGHT", "认为", "应该", "觉得", "THINK", "BELIEVE",
        "SHOULD",
    ];

    /// <summary>The letter that an answer chooses; it need not be an option's.</summary>
    /// <param name="answer">All that the model wrote.</param>
    public static ReadChoice Read(string answer)
    {
        string text = Spaces().Replace(answer.ToUpperInvariant(), " ");
        char[] letters = [.. Letters().Matches(text).Select(match => match.Groups[1].Value[0])];
        return letters.Length == 0 ? ReadChoice.None("no letter that stands alone before a mark or the end")
            : letters.Length == 1 ? new(letters[0], "the only letter")
            : new(letters.CountBy(letter => letter).MaxBy(found => found.Value * Points(text, found.Key)).Key, "the words around it");
    }

    private static int Points(string text, char letter)
    {
        int at = text.IndexOf(letter);
        string around = text[Math.Max(0, at - Near)..Math.Min(text.Length, at + Near)];
        return s_keys.Count(key => around.Contains(key, StringComparison.Ordinal)) + (at > text.Length * LatePart ? 2 : 0)
            + (at < text.Length - 1 && "。.!！,，".Contains(text[at + 1], StringComparison.Ordinal) ? 1 : 0);
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    // $ of Python: the end, or before a last line break; line breaks are spaces by now.
    [GeneratedRegex(@"(?<![A-Z])([A-Z])(?=[.,?!:;]|\z)")]
    private static partial Regex Letters();
}
