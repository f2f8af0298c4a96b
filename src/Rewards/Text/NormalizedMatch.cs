using System.Text;
using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>1 where answer and truth are the same but for case, punctuation, articles and the spelling of numbers.</summary>
public static partial class NormalizedMatch
{
    private const string Marks = ";/[]\"{}()=+\\_-><@`,?!";
    private static readonly string[] s_articles = ["a", "an", "the"];
    private static readonly string[] s_numbers =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    private static readonly HashSet<string> s_negations =
    [
        "arent", "couldnt", "didnt", "doesnt", "dont", "hadnt", "hasnt", "havent", "isnt", "mustnt", "neednt",
        "shouldnt", "wasnt", "werent", "wouldnt",
    ];

    /// <summary>1 where answer and truth are the same after <see cref="Normalize"/>.</summary>
    /// <example>Answered "The red ball.", true "red ball": 1.</example>
    public static Score Score(string completion, string truth)
    {
        Check(truth);
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Rewards.Score.Zero(problem);
        return Bare(answer) is { Length: > 0 } bare && bare == Bare(truth)
            ? Rewards.Score.One("same words") : Rewards.Score.Zero($"'{Short(answer)}' is not the answer");
    }

    /// <summary>Lower case, without punctuation and articles, number words up to ten as digits.</summary>
    /// <remarks>
    /// The normalisation of the VQA challenge (Antol et al. 2015, arXiv:1505.00468, and its public scoring script): a
    /// mark beside a space vanishes and one inside a word parts it; a full stop vanishes unless a digit follows; "none"
    /// is 0.
    /// </remarks>
    public static string Normalize(string text)
    {
        string words = FullStop().Replace(WithoutMarks(text.ReplaceLineEndings(" ").Trim()), "").ToLowerInvariant();
        return string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(word => !s_articles.Contains(word)).Select(Word));
    }

    internal static string Short(string? text) => text is { Length: > 40 } ? text[..40] + "..." : text ?? "";

    // A truth that is nothing but an article or a mark is compared as it stands.
    private static string Bare(string text) =>
        Normalize(text) is { Length: > 0 } normal ? normal : text.Trim().ToLowerInvariant();

    private static string WithoutMarks(string text)
    {
        bool thousands = ThousandsComma().IsMatch(text);
        string vanishing = thousands ? Marks : string.Concat(Marks.Where(mark => StandsBesideSpace(text, mark)));
        var result = new StringBuilder(text.Length);
        foreach (char letter in text)
            if (!Marks.Contains(letter, StringComparison.Ordinal))
                result.Append(letter);
            else if (!vanishing.Contains(letter, StringComparison.Ordinal))
                result.Append(' ');
        return result.ToString();
    }

    private static bool StandsBesideSpace(string text, char mark) =>
        text.Contains($"{mark} ", StringComparison.Ordinal) || text.Contains($" {mark}", StringComparison.Ordinal);

    private static string Word(string word)
    {
        if (word == "none")
            return "0";
        if (Array.IndexOf(s_numbers, word) is >= 0 and var number)
            return number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return s_negations.Contains(word) ? word.Insert(word.Length - 1, "'") : word;
    }

    internal static void Check(string truth)
    {
        if (string.IsNullOrWhiteSpace(truth))
            throw new ArgumentException("the true answer is empty", nameof(truth));
    }

    [GeneratedRegex("[0-9],[0-9]")]
    private static partial Regex ThousandsComma();

    [GeneratedRegex(@"\.(?![0-9])")]
    private static partial Regex FullStop();
}
