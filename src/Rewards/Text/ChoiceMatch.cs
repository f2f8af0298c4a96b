using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>1 where the answer chooses the true one of several lettered options.</summary>
/// <remarks>
/// A choice is a capital letter standing alone ("B", "(B)", "B. dog", "**B**"), a small letter that is the whole
/// answer, or the text of an option. "A" before another word is read as the article. Everything that was chosen must be
/// the same option: "A or B" is no answer, and nothing is ever guessed.
/// </remarks>
public static partial class ChoiceMatch
{
    /// <summary>1 where the answer chooses the true option and no other.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="letter">The true letter, 'A' for the first option.</param>
    /// <param name="options">
    /// Texts of the options in the order of their letters; 2 to 26, none empty, all different.
    /// </param>
    public static Score Score(string completion, char letter, IReadOnlyList<string> options)
    {
        Check(letter, options);
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Rewards.Score.Zero(problem);

        HashSet<int> chosen = Chosen(answer, options);
        if (chosen.Count != 1)
            return Rewards.Score.Zero(chosen.Count == 0 ? "no option was chosen" : "several options were chosen");
        return chosen.Contains(letter - 'A')
            ? Rewards.Score.One("same option") : Rewards.Score.Zero($"{(char)('A' + chosen.First())} is not the option");
    }

    private static HashSet<int> Chosen(string answer, IReadOnlyList<string> options)
    {
        string bare = answer.Trim(' ', '(', ')', '[', ']', '*', '.', ':', '"', '\'').ToUpperInvariant();
        if (bare.Length == 1 && bare[0] - 'A' is >= 0 and var only && only < options.Count)
            return [only];

        HashSet<int> chosen = [.. Letters(answer, options.Count)];
        chosen.UnionWith(Texts(answer, options));
        return chosen;
    }

    private static IEnumerable<int> Letters(string answer, int count)
    {
        for (Match match = Letter().Match(answer); match.Success; match = match.NextMatch())
            if (match.Value[0] - 'A' is var index && index < count)
                yield return index;
    }

    // An option inside a longer option that was named ("cat" in "black cat") was not named itself.
    private static IEnumerable<int> Texts(string answer, IReadOnlyList<string> options)
    {
        string words = $" {NormalizedMatch.Normalize(answer)} ";
        string[] texts = [.. options.Select(option => $" {NormalizedMatch.Normalize(option)} ")];
        foreach (int i in Enumerable.Range(0, texts.Length).OrderByDescending(i => texts[i].Length))
            if (texts[i].Length > 2 && words.Contains(texts[i], StringComparison.Ordinal))
            {
                yield return i;
                words = words.Replace(texts[i], " | ", StringComparison.Ordinal);
            }
    }

    private static void Check(char letter, IReadOnlyList<string> options)
    {
        if (options.Count is < 2 or > 26)
            throw new ArgumentException($"{options.Count} options; there must be 2 to 26", nameof(options));
        if (letter < 'A' || letter >= 'A' + options.Count)
            throw new ArgumentException(
                $"true letter '{letter}' is none of the {options.Count} options", nameof(letter));
        int different = options.Distinct(StringComparer.OrdinalIgnoreCase).Count();
        if (options.Any(string.IsNullOrWhiteSpace) || different != options.Count)
            throw new ArgumentException("an option is empty or given twice", nameof(options));
    }

    // Lone capitals. Left out: the article ("A dog") and the pronoun ("I think"), that is A or I before a small word,
    // unless that word joins choices; and a letter that is denied ("not B").
    [GeneratedRegex(
        @"(?<![A-Za-z0-9']|\b[Nn]ot )(?:[B-HJ-Z]|[AI](?! (?!(?:or|and|nor|is|because|since)\b)[a-z]))(?![A-Za-z0-9'])",
        RegexOptions.CultureInvariant)]
    private static partial Regex Letter();
}
