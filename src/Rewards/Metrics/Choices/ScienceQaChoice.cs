using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>ScienceQA's reading of a choice.</summary>
/// <remarks>
/// Lu et al. 2022, arXiv:2209.09513. Official: lupantech/ScienceQA, models/run_gpt3.py (get_gpt3_result, get_pred_idx), the letter
/// of the only "The answer is X" with any one sign behind it, as haotian-liu/LLaVA, llava/eval/eval_science_qa.py extends it to
/// short answers: before that, a letter alone, or a letter, a full stop and a space at the start. Where there is none of these, or no
/// such option, the first script guesses: unparsed here. lmms-eval, lmms_eval/tasks/scienceqa/utils.py: the stripped answer is the
/// letter, in any case, or begins with a capital and a full stop; "(B)" and "The answer is B" are wrong. VLMEvalKit:
/// <see cref="MmBenchChoice"/>.
/// </remarks>
public static partial class ScienceQaChoice
{
    /// <summary>The option that an answer chooses.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static ReadChoice Read(string answer, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) => mode switch
    {
        ScoringMode.LmmsEval => Leading(PythonText.Strip(answer)),
        ScoringMode.VlmEvalKit => MmBenchChoice.Read(answer, options),
        _ => Official(answer, options.Count),
    };

    /// <summary>1 where the true option is chosen.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">The true option's letter.</param>
    /// <param name="options">The options' texts, in the order of their letters.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(
        string answer, char truth, IReadOnlyList<string> options, ScoringMode mode = ScoringMode.Official) =>
        Read(answer, options, mode).Against(truth);

    private static ReadChoice Official(string answer, int count)
    {
        char? letter = PythonText.Strip(answer) is [var alone] ? alone : answer is [var first, '.', ' ', ..] && IsOption(first) ? first
            : AnswerIs().Matches(answer) is [var only] ? only.Groups[1].Value[0] : null;
        return letter is { } found && IsOption(found) ? new(found, "its letter")
            : ReadChoice.None("no letter of an option, alone, before a full stop, or behind one \"The answer is\"");

        bool IsOption(char found) => found >= 'A' && found - 'A' < count;
    }

    private static ReadChoice Leading(string said) => said switch
    {
        [var letter] when char.IsAsciiLetter(letter) => new(char.ToUpperInvariant(letter), "a letter alone"),
        [var letter, '.', ..] when char.IsUpper(letter) => new(letter, "the letter that it begins with"),
        _ => ReadChoice.None("neither a letter alone nor a letter and a full stop at the start"),
    };

    [GeneratedRegex("The answer is ([A-Z]).")]
    private static partial Regex AnswerIs();
}
