namespace Vlm.Rewards;

/// <summary>MMStar's reading of a choice.</summary>
/// <remarks>
/// Chen et al. 2024, arXiv:2403.20330. Official: MMStar-Benchmark/MMStar, eval/vlmeval/eval/mmstar_eval.py (MMStar_eval): in lower case, the
/// first letter, the letter after "(", after "option " or after "the answer is ", at the start; "Blue" is B. lmms-eval,
/// lmms_eval/tasks/_task_utils/mcq_extract.py (extract_mcq_answer): every form in which a letter A to D may be said, of which the surest
/// counts, and the last of these: a letter that the answer begins with and no letter follows, one that it ends with, one after words such as "answer is"
/// (the first capital behind them), (A), A., A:, A), A and a space, and at last any capital A to D. VLMEvalKit: <see cref="MmBenchChoice"/>.
/// </remarks>
public static class MmStarChoice
{
    private const string Letters = "ABCD";
    private const int Start = 10, End = 9, Phrase = 7, Fallback = 0;

    private static readonly string[] s_official = ["", "(", "option ", "the answer is "];

    private static readonly string[] s_phrases =
    [
        "the answer is", "answer is", "the correct answer is", "correct answer is", "the best answer is", "best answer is",
        "the correct option is", "correct option is", "the best option is", "best option is", "the choice is", "choice is",
        "the correct choice is", "correct choice is", "i choose", "i select", "i pick", "my answer is", "my choice is",
        "옵션", "정답은", "답은", "답:", "答案是", "答案为", "选", "答えは",
    ];

    // What stands before and behind a letter, and how sure it is.
    private static readonly (string Before, string After, int Sure)[] s_forms = [("(", ")", 6), ("", ".", 5), ("", ":", 4), ("", ")", 3), ("", " ", 2)];

    /// <summary>The option that an answer chooses.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="options">The options' texts, in the order of their letters; read by VLMEvalKit's rules alone.</param>
    /// <param name="mode">Whose rules.</param>
    public static ReadChoice Read(string answer, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) => mode switch
    {
        ScoringMode.VlmEvalKit => MmBenchChoice.Read(answer, options),
        ScoringMode.LmmsEval => Surest(answer),
        _ => AtStart(PythonText.Strip(PythonText.Lower(answer)).Replace('\n', ' ')),
    };

    /// <summary>1 where the true option is chosen.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true option's letter.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(string answer, char truth, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official)
    {
        // "(the answer is b" is tried for each form in turn: what one form reads wrongly another may read rightly.
        string said = PythonText.Strip(PythonText.Lower(answer)).Replace('\n', ' ');
        return mode == ScoringMode.Official && Officially(said, char.ToLowerInvariant(truth)) is { } found ? Rewards.Score.One(found)
            : Read(answer, options, mode).Against(truth);
    }

    private static string? Officially(string said, char truth) =>
        Array.Find(s_official, before => said.StartsWith(before + truth, StringComparison.Ordinal)) is { } form
            ? form.Length == 0 ? "the letter that it begins with" : $"the letter after \"{form.Trim()}\"" : null;

    private static ReadChoice AtStart(string said)
    {
        foreach (string before in s_official.Reverse())
            if (said.StartsWith(before, StringComparison.Ordinal) && said.Length > before.Length && char.IsAsciiLetter(said[before.Length]))
                return new(char.ToUpperInvariant(said[before.Length]), before.Length == 0 ? "the letter that it begins with" : $"the letter after \"{before.Trim()}\"");
        return ReadChoice.None("no letter at the start, after \"(\", \"option\" or \"the answer is\"");
    }

    private static ReadChoice Surest(string answer)
    {
        if (PythonText.Strip(answer).Length == 0)
            return ReadChoice.None("the answer is empty");
        string text = $" {Bare(answer)} ";
        (char Letter, int At, int Sure)[] found = [.. Said(text)];
        if (found.Length == 0)
            found = [.. Letters.Where(text.Contains).Select(letter => (letter, text.LastIndexOf(letter), Fallback))];
        return found.Length == 0 ? ReadChoice.None("no letter A to D")
            : new(found.OrderByDescending(one => one.Sure).ThenByDescending(one => one.At).First().Letter, "the surest of the letters that it names");
    }

    private static IEnumerable<(char Letter, int At, int Sure)> Said(string text)
    {
        string trimmed = PythonText.Strip(text), lower = PythonText.Lower(text);
        foreach ((string before, string after, int sure) in s_forms)
            foreach (char letter in Letters)
                if (text.LastIndexOf($"{before}{letter}{after}", StringComparison.Ordinal) is >= 0 and var at)
                    yield return (letter, at, sure);
        foreach (string phrase in s_phrases)
            if (lower.IndexOf(phrase, StringComparison.Ordinal) is >= 0 and var start)
                foreach (char letter in Letters)
                    if (text.IndexOf(letter, Math.Min(text.Length, start + phrase.Length)) is >= 0 and var at)
                        yield return (letter, at, Phrase);
        foreach (char letter in Letters)
        {
            if (trimmed.StartsWith(letter) && (trimmed.Length == 1 || !char.IsLetter(trimmed[1])))
                yield return (letter, 0, Start);
            if (trimmed.EndsWith(letter) && (trimmed.Length == 1 || !char.IsLetter(trimmed[^2])))
                yield return (letter, text.Length - 1, End);
        }
    }

    // Marks are stripped one after the other, each from both ends.
    private static string Bare(string answer) => ",.!?;:'\"".Aggregate(PythonText.Strip(answer), (text, mark) => text.Trim(mark));
}
