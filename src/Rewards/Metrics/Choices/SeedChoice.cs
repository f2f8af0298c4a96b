namespace Vlm.Rewards;

/// <summary>SEED-Bench's reading of a choice.</summary>
/// <remarks>
/// Li et al. 2023, arXiv:2307.16125, ranks the options by likelihood and reads no texts; official is here what papers quote of
/// generated answers, lmms-eval, lmms_eval/tasks/seedbench/utils.py: the first letter of the stripped answer, which must be the true
/// one as it stands; so "Because" is B. VLMEvalKit: <see cref="MmBenchChoice"/>.
/// </remarks>
public static class SeedChoice
{
    /// <summary>The option that an answer chooses.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static ReadChoice Read(string answer, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) =>
        mode == ScoringMode.VlmEvalKit ? MmBenchChoice.Read(answer, options)
        : PythonText.Strip(answer) is [var letter, ..] && letter >= 'A' && letter - 'A' < options.Count
            ? new(letter, "the first letter") : ReadChoice.None("it does not begin with the letter of an option");

    /// <summary>1 where the true option is chosen.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true option's letter.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(
        string answer, char truth, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) =>
        Read(answer, options, mode).Against(truth);
}
