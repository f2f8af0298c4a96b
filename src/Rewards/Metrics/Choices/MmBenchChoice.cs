using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>MMBench's reading of a choice, which VLMEvalKit applies to all its multiple-choice benchmarks.</summary>
/// <remarks>
/// Liu et al. 2023, arXiv:2307.06281, section 4.2, step 1. Source: VLMEvalKit, vlmeval/utils/matching_util.py (can_infer), which is the
/// official scorer too. The answer is parted at white space and . ( ) [ ] , : ; ! * # { }. Where one option's letter is among the
/// words, and among the last five of them, it is chosen; then the letter A to D after "answer is", in any case and even where it begins
/// a word ("the answer is a dog" is A); then the one option whose text the answer contains, where the answer is at most twice as long
/// as all options together. What is left goes to a language model, and then to chance: here it is unparsed. "Z" alone, or a refusal,
/// chooses nothing and is wrong. Trap: the article in "A dog" is an A. lmms-eval, lmms_eval/tasks/mmbench/mmbench_evals.py, keeps an older
/// reading: <see cref="OlderMmBenchChoice"/>.
/// </remarks>
public static partial class MmBenchChoice
{
    private const int LastWords = 5;
    private const string Marks = ".()[],:;!*#{}";

    private static readonly string[] s_refusals =
    [
        "Sorry, I can't help with images of people yet.", "I can't process this file.",
        "I'm sorry, but without the image provided", "Cannot determine the answer",
    ];

    /// <summary>The option that an answer chooses.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static ReadChoice Read(string answer, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) =>
        mode == ScoringMode.LmmsEval ? OlderMmBenchChoice.Read(answer, options)
            : ByLetter(answer, options.Count) ?? ByText(answer, options, 2 * options.Sum(PythonText.Length));

    /// <summary>1 where the true option is chosen.</summary>
    /// <inheritdoc cref="Read"/>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true option's letter.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(
        string answer, char truth, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) =>
        Read(answer, options, mode).Against(truth);

    private static ReadChoice? ByLetter(string answer, int count)
    {
        if (answer.Contains("Failed to obtain answer via API", StringComparison.Ordinal))
            return null;
        if (s_refusals.Any(refusal => answer.Contains(refusal, StringComparison.Ordinal)))
            return new('Z', "a refusal");

        List<string> words = PythonText.Split(
            string.Concat(answer.Select(letter => Marks.Contains(letter, StringComparison.Ordinal) ? ' ' : letter)));
        int[] first = [.. Enumerable.Range(0, count).Select(option => words.IndexOf(ReadChoice.LetterOf(option).ToString()))];
        int[] found = [.. Enumerable.Range(0, count).Where(option => first[option] >= 0)];
        if (found is [var only] && first[only] > words.Count - LastWords)
            return new(ReadChoice.LetterOf(only), "its letter");
        if (found.Length == 0 && words.Contains("Z"))
            return new('Z', "a Z");
        return AnswerIs().Match(answer) is { Success: true } match && char.ToUpperInvariant(match.Groups[1].Value[0]) is var letter
            && letter - 'A' < count ? new(letter, "\"answer is\"") : null;
    }

    internal static ReadChoice ByText(string answer, IReadOnlyList<string> options, int longest)
    {
        string said = PythonText.Lower(answer);
        if (PythonText.Length(said) > longest)
            return ReadChoice.None("no single letter, and too long for an option's text");
        int[] found = [.. Enumerable.Range(0, options.Count)
            .Where(option => said.Contains(PythonText.Lower(options[option]), StringComparison.Ordinal))];
        return found is [var only] ? new(ReadChoice.LetterOf(only), "its text")
            : ReadChoice.None(found.Length == 0 ? "no single letter, and no option's text" : "several options' texts");
    }

    [GeneratedRegex(@"answer\s+is\s+\**([ABCD])\**", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex AnswerIs();
}
