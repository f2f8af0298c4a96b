using System.Globalization;

namespace Vlm.Rewards;

/// <summary>1 where the intersection over union reaches a threshold, which counts as reached when equal.</summary>
public static class IouHit
{
    /// <summary>Compares the <see cref="Iou"/> of the answer with the threshold.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="truth">The true box with its frame.</param>
    /// <param name="threshold">Above 0, at most 1; one half is the accuracy that RefCOCO reports.</param>
    /// <exception cref="ArgumentException">The true box is empty or leaves its frame.</exception>
    public static Score Score(string completion, Truth.Region truth, double threshold = 0.5) =>
        Score(AnswerFormat.Auto.Read(completion), truth, threshold);

    /// <inheritdoc cref="Score(string, Truth.Region, double)"/>
    /// <param name="answer">What was answered.</param>
    /// <param name="truth">The true box with its frame.</param>
    /// <param name="threshold">Above 0, at most 1.</param>
    public static Score Score(Answer answer, Truth.Region truth, double threshold = 0.5)
    {
        if (!(threshold is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "must be above 0, at most 1");

        Score iou = Iou.Score(answer, truth);
        if (iou.Value >= threshold - AnsweredBox.Rounding)
            return Rewards.Score.One(iou.Reason == Iou.ClippedReason ? "hit, clipped" : "hit");
        return iou.Reason is not (Iou.Reason or Iou.ClippedReason) ? iou : Rewards.Score.Zero(
            string.Create(CultureInfo.InvariantCulture, $"iou {iou.Value:0.000} is below {threshold:0.##}"));
    }
}
