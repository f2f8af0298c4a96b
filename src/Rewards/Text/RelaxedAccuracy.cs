namespace Vlm.Rewards;

/// <summary>1 where the answered number differs from the truth by at most a share of it, as ChartQA scores.</summary>
/// <remarks>Masry et al. 2022, arXiv:2203.10244, section 5.2: a share of 0.05.</remarks>
public static class RelaxedAccuracy
{
    /// <summary>Compares numbers as <see cref="NumberMatch"/> reads them.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="truth">Finite.</param>
    /// <param name="share">Of the truth, at least 0; both ends included.</param>
    public static Score Score(string completion, double truth, double share = 0.05) =>
        Score(AnswerFormat.Auto.Read(completion), new Truth.Number(truth), share);

    /// <summary>The same for an answer.</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="truth">The true number.</param>
    /// <param name="share">Of the truth, at least 0; both ends included.</param>
    public static Score Score(Answer answer, Truth.Number truth, double share = 0.05) =>
        NumberMatch.Score(answer, truth, share * Math.Abs(truth.Answer));
}
