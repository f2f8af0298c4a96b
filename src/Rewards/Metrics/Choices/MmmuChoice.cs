namespace Vlm.Rewards;

/// <summary>MMMU's reading of a choice.</summary>
/// <remarks>
/// Yue et al. 2023, arXiv:2311.16502. Source: MMMU-Benchmark/MMMU, mmmu-pro/evaluate.py (parse_multi_choice_response) and lmms-eval,
/// lmms_eval/tasks/_task_utils/mmmu_mcq_utils.py, which have these steps: , . ! ? ; : ' are stripped in that order, one after the
/// other; then "(X)" anywhere, then "X " (even at the end of a word: "USA is" says A), then "X.", then, of more than five words,
/// an option's text. Of several options the one that stands last wins, looked for as " X " where letters were found
/// without brackets, and the first where none stands so. Nothing found: the scripts guess at random, and it is unparsed here.
/// mmmu/utils/eval_utils.py, the older script of the same authors, asks for a space on both sides of a letter and does not know "X.";
/// answers such as "B. dog", which it guesses, are read here. VLMEvalKit: <see cref="MmBenchChoice"/>.
/// </remarks>
public static class MmmuChoice
{
    private const int FewWords = 5;

    /// <summary>The option that an answer chooses.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static ReadChoice Read(string answer, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official)
    {
        if (mode == ScoringMode.VlmEvalKit)
            return MmBenchChoice.Read(answer, options);
        string said = $" {Trimmed(answer)} ";
        string[] letters = [.. Enumerable.Range(0, options.Count).Select(option => ReadChoice.LetterOf(option).ToString())];
        if (Last(said, letters, letter => $"({letter})", letter => $"({letter})") is { } bracketed)
            return new(letters[bracketed][0], "a letter in brackets");
        if (Last(said, letters, letter => $"{letter} ", letter => $" {letter} ") is { } spaced)
            return new(letters[spaced][0], "a letter and a space");
        if (Last(said, letters, letter => $"{letter}.", letter => $" {letter} ") is { } stopped)
            return new(letters[stopped][0], "a letter and a full stop");
        if (PythonText.Split(said).Count <= FewWords)
            return ReadChoice.None("no letter of an option, and too few words for its text");
        return Last(PythonText.Lower(said), [.. options.Select(PythonText.Lower)], text => text, text => text) is { } written
            ? new(letters[written][0], "its text") : ReadChoice.None("neither letter nor text of an option");
    }

    /// <summary>1 where the true option is chosen.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true option's letter.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(
        string answer, char truth, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) =>
        Read(answer, options, mode).Against(truth);

    // Of the marks that are found, the one whose place is last; the first of them where none has a place.
    private static int? Last(string said, string[] marks, Func<string, string> found, Func<string, string> place)
    {
        int[] candidates = [.. Enumerable.Range(0, marks.Length)
            .Where(i => said.Contains(found(marks[i]), StringComparison.Ordinal))];
        return candidates.Length == 0 ? null
            : candidates.MaxBy(i => said.LastIndexOf(place(marks[i]), StringComparison.Ordinal));
    }

    private static string Trimmed(string answer)
    {
        foreach (char mark in ",.!?;:'")
            answer = answer.Trim(mark);
        return answer;
    }
}
