namespace Vlm.Rewards;

/// <summary>MMStar's reading of a choice.</summary>
/// <remarks>
/// Chen et al. 2024, arXiv:2403.20330. Official: MMStar-Benchmark/MMStar, its evaluation of answers (MMStar_eval): in lower case, the
/// letter behind "(", "option " or "the answer is " at the start, else the first letter, so that "Because" is B.
/// lmms-eval, lmms_eval/tasks/_task_utils/mcq_extract.py (extract_mcq_answer), which other tasks use too: of all places where an
/// option's letter stands, the best kind wins, and within a kind the last place: alone at the start (10) or the end (9); behind a phrase
/// such as "the answer is" (7), even inside a word; "(X)" (6), "X." (5), "X:" (4), "X)" (3), "X " (2); any X where there is none of
/// these. VLMEvalKit: <see cref="MmBenchChoice"/>.
/// </remarks>
public static class MmStarChoice
{
    private const int Start = 10, End = 9, Phrase = 7, Anywhere = 0;

    // Each is looked for once: a longer one may stand later than a shorter one that is part of it.
    private static readonly string[] s_phrases =
    [
        "the answer is", "answer is", "the correct answer is", "correct answer is", "the best answer is", "best answer is",
        "the correct option is", "correct option is", "the best option is", "best option is", "the choice is", "choice is",
        "the correct choice is", "correct choice is", "i choose", "i select", "i pick", "my answer is", "my choice is",
        "옵션", "정답은", "답은", "답:", "答案是", "答案为", "选", "答えは",
    ];

    private static readonly string[] s_openings = ["(", "option ", "the answer is "];

    private static readonly (string Before, string Behind, int Rank)[] s_kinds =
        [("(", ")", 6), ("", ".", 5), ("", ":", 4), ("", ")", 3), ("", " ", 2)];

    /// <summary>The option that an answer chooses.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static ReadChoice Read(string answer, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official)
    {
        if (mode == ScoringMode.VlmEvalKit)
            return MmBenchChoice.Read(answer, options);
        return mode == ScoringMode.LmmsEval ? BestPlace(answer, options.Count) : Opening(answer, options.Count);
    }

    /// <summary>1 where the true option is chosen.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true option's letter.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(
        string answer, char truth, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) =>
        Read(answer, options, mode).Against(truth);

    private static ReadChoice Opening(string answer, int count)
    {
        string said = PythonText.Strip(PythonText.Lower(answer)).Replace('\n', ' ');
        int at = s_openings.FirstOrDefault(opening => said.StartsWith(opening, StringComparison.Ordinal))?.Length ?? 0;
        return at < said.Length && said[at] >= 'a' && said[at] - 'a' < count
            ? new(ReadChoice.LetterOf(said[at] - 'a'), "the letter that it begins with")
            : ReadChoice.None("no letter of an option at the start");
    }

    private static ReadChoice BestPlace(string answer, int count)
    {
        string said = PythonText.Strip(answer);
        foreach (char mark in ",.!?;:'\"")
            said = said.Trim(mark);
        char[] letters = [.. Enumerable.Range(0, count).Select(ReadChoice.LetterOf)];
        (char Letter, int Rank, int Place)[] places = [.. letters.SelectMany(letter => Places($" {said} ", letter))];
        if (places.Length == 0)
            places = [.. letters.Select(letter => (letter, Anywhere, said.LastIndexOf(letter))).Where(place => place.Item3 >= 0)];
        return places.Length == 0 ? ReadChoice.None("no letter of an option")
            : new(places.OrderByDescending(place => place.Rank).ThenByDescending(place => place.Place).First().Letter,
                "the best of its places");
    }

    private static IEnumerable<(char Letter, int Rank, int Place)> Places(string text, char letter)
    {
        foreach ((string before, string behind, int rank) in s_kinds)
            if (text.LastIndexOf($"{before}{letter}{behind}", StringComparison.Ordinal) is >= 0 and var place)
                yield return (letter, rank, place);

        string lower = PythonText.Lower(text), said = PythonText.Strip(text);
        foreach (string phrase in s_phrases)
            if (lower.IndexOf(phrase, StringComparison.Ordinal) is >= 0 and var at && at + phrase.Length < text.Length
                && text.IndexOf(letter, at + phrase.Length) is >= 0 and var behindPhrase)
                yield return (letter, Phrase, behindPhrase);
        if (said.StartsWith(letter) && (said.Length == 1 || !char.IsLetter(said[1])))
            yield return (letter, Start, 0);
        if (said.EndsWith(letter) && (said.Length == 1 || !char.IsLetter(said[^2])))
            yield return (letter, End, text.Length - 1);
    }
}
