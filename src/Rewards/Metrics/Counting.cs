namespace Vlm.Rewards;

/// <summary>Accuracy of counting: CLEVR, SuperCLEVR.</summary>
/// <remarks>
/// Johnson et al. 2017, arXiv:1612.06890, and Li et al. 2023 (Super-CLEVR), arXiv:2212.00259, compare answers as they stand: official.
/// R1-V, StarsfieldAI/R1-V, src/eval/test_qwen2vl_counting_superclevr.py, takes the first whole number that is alone in answer tags:
/// both harness modes, neither of which has the benchmark. <see cref="NumberMatch"/> reads numbers in sentences and words instead.
/// </remarks>
public static partial class Counting
{
    /// <summary>The number that an answer says; null where it says none.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="mode">Official: the whole answer is the number. Others: in answer tags.</param>
    public static int? Read(string answer, ScoringMode mode = ScoringMode.Official)
    {
        string said = mode == ScoringMode.Official ? PythonText.Strip(answer) : Tagged().Match(answer).Groups[1].Value;
        return int.TryParse(said, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int number)
            ? number : null;
    }

    /// <summary>Scores an answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="truth">How many there are.</param>
    /// <param name="mode">Whose rules.</param>
    public static Score Score(string answer, int truth, ScoringMode mode = ScoringMode.Official) => Read(answer, mode) is not { } said
        ? Unparsed.Because(mode == ScoringMode.Official ? "the answer is no whole number" : "no whole number in answer tags")
        : said == truth ? Rewards.Score.One("the same number") : Rewards.Score.Zero("another number");

    [System.Text.RegularExpressions.GeneratedRegex(@"<answer>\s*(\d+)\s*</answer>")]
    private static partial System.Text.RegularExpressions.Regex Tagged();
}
