using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>1 where answer and truth are the same but for case, punctuation, articles and the spelling of numbers and accents.</summary>
public static partial class NormalizedMatch
{
    private static readonly SearchValues<char> s_marks = SearchValues.Create(Marks);
    private const string Marks = ";/[]\"{}()=+\\_-><@`,?!";
    // Marks of East Asian and European texts that the VQA challenge, all English, does not name.
    private static readonly char[] s_foreignMarks =
    [
        '\u3001', '\u3002', '\u300c', '\u300d', '\u300e', '\u300f', '\u300a', '\u300b', '\u2018', '\u2019', '\u201c', '\u201d',
        '\u00ab', '\u00bb', '\u2026', '\u00b7', '\u201e', '\u2039', '\u203a', '\u3010', '\u3011', '\u2022', '\'', ':', ' ', '\u0964',
    ];

    private static readonly char[] s_brackets = ['(', ')', '[', ']', '{', '}', '.', '"', ',', '!', ':', ';'];

    private static readonly Score s_same = Rewards.Score.One("same words");
    private static readonly string[] s_articles = ["a", "an", "the"];
    private static readonly string[] s_numbers =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    private static readonly HashSet<string> s_negations =
    [
        "arent", "couldnt", "didnt", "doesnt", "dont", "hadnt", "hasnt", "havent", "isnt", "mustnt", "neednt",
        "shouldnt", "wasnt", "werent", "wouldnt",
    ];

    /// <summary>1 where answer and truth are the same after <see cref="Normalize"/>, or are the same number.</summary>
    /// <example>Answered "The red ball.", true "red ball": 1.</example>
    public static Score Score(string completion, string truth) => Score(AnswerFormat.Auto.Read(completion), truth);

    /// <summary>The same for an answer.</summary>
    /// <exception cref="ArgumentException">The truth is empty.</exception>
    public static Score Score(Answer answer, string truth)
    {
        Check(truth);
        if (answer.Text is not { } text)
            return Rewards.Score.Zero(answer.Problem);
        (string right, string plain, string sentence) = (Bare(truth), answer.Plain, answer.Sentence);
        if (IsSame(text) || (plain != text && IsSame(plain)) || (sentence != plain && IsSame(sentence)) || IsSameNumber(sentence, truth))
            return s_same;
        string claim = answer.IsMarked ? Sentences.BeforeReason(sentence).ToString() : sentence;
        string plainTruth = PlainText.Of(truth);
        if (plainTruth.Length != truth.Length || plainTruth != truth)
            right = Bare(plainTruth);
        return (claim != sentence || !ReferenceEquals(plainTruth, truth)) && IsSame(claim)
            ? s_same : Rewards.Score.Zero($"'{Short(text)}' is not the answer");

        bool IsSame(string said) => Bare(said) is { Length: > 0 } bare && IsSameButSpaces(bare, right) && HasMinus(said) == HasMinus(truth);
    }

    /// <summary>Lower case, without punctuation and articles, number words up to ten as digits.</summary>
    /// <remarks>
    /// The normalisation of the VQA challenge (Antol et al. 2015, arXiv:1505.00468, and its public scoring script): a
    /// mark beside a space vanishes and one inside a word parts it; a full stop vanishes unless a digit follows; "none"
    /// is 0.
    /// </remarks>
    public static string Normalize(string text)
    {
        string words = WithoutMarks(text.ReplaceLineEndings(" ").Trim());
        words = (words.Contains('.', StringComparison.Ordinal) ? FullStop().Replace(words, "") : words).ToLowerInvariant();
        return string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Where(word => !s_articles.Contains(word)).Select(Word));
    }

    internal static string Short(string? text) => text is { Length: > 40 } ? text[..40] + "..." : text ?? "";

    // "3.0" is 3; but 007 is a name.
    private static bool IsSameNumber(string said, string truth) =>
        !(truth.Length > 1 && truth[0] == '0' && char.IsAsciiDigit(truth[1]))
        && Truth.Number.TryParse(truth, out Truth.Number? right)
        && NumberText.TryWhole(said, out NumberToken number) && NumberMatch.IsNear(number, right, 0);

    // A truth that is nothing but an article or a mark is compared as it stands, without the marks around a letter.
    private static string Bare(string text)
    {
        if (Normalize(Unicode.Composed(text)).Trim(s_foreignMarks) is { Length: > 0 } normal)
            return normal;
        string trimmed = text.Trim();
        return (trimmed.Trim(s_brackets) is { Length: > 0 } letter ? letter : trimmed).ToLowerInvariant();
    }

    // "7cm" is "7 cm", and "3 : 4" is "3:4"; but no space between two letters, or two digits, is lost.
    private static bool IsSameButSpaces(string said, string right)
    {
        if (said.Length == right.Length)
            return said == right;
        int i = 0, j = 0;
        while (i < said.Length && j < right.Length)
            if (said[i] == right[j])
                (i, j) = (i + 1, j + 1);
            else if (said[i] == ' ' && Parts(said, i))
                i++;
            else if (right[j] == ' ' && Parts(right, j))
                j++;
            else
                return false;
        return i == said.Length && j == right.Length;
    }

    // A minus sign before a number: to the VQA challenge a mark like any other.
    private static bool HasMinus(string text) => text.Length > 1 && text[0] is '-' or '\u2212' && char.IsAsciiDigit(text[1]);

    private static bool Parts(string text, int space) => space > 0 && space + 1 < text.Length
        && !(char.IsLetter(text[space - 1]) && char.IsLetter(text[space + 1])) && !(char.IsDigit(text[space - 1]) && char.IsDigit(text[space + 1]));

    private static string WithoutMarks(string text)
    {
        if (!text.AsSpan().ContainsAny(s_marks))
            return text;
        bool thousands = text.Contains(',', StringComparison.Ordinal) && ThousandsComma().IsMatch(text);
        string vanishing = thousands ? Marks : string.Concat(Marks.Where(mark => text.Contains(mark, StringComparison.Ordinal) && StandsBesideSpace(text, mark)));
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
