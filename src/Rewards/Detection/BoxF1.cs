namespace Vlm.Rewards;

/// <summary>F1 of the boxes of an answer: 2 hits / (claims + objects). A hit has the object's label, and an IoU from a threshold on.</summary>
/// <remarks>
/// The measure of van Rijsbergen 1979 over the pairs of <see cref="BoxMatching"/>. Claims beyond the objects cost, twice the same box
/// included; nothing claimed where nothing is there earns 1.
/// </remarks>
public static class BoxF1
{
    /// <summary>F1, 0 to 1.</summary>
    /// <param name="claims">What was claimed.</param>
    /// <param name="truths">The objects.</param>
    /// <param name="threshold">Above 0, at most 1.</param>
    public static double Of(IReadOnlyList<Detection> claims, IReadOnlyList<LabelledBox> truths, double threshold = 0.5) =>
        claims.Count + truths.Count is > 0 and var all
            ? 2.0 * BoxMatching.Of(claims, truths, threshold, labelled: true).Count / all : 1;

    /// <summary>F1 of an answer.</summary>
    public static Score Score(Answer answer, Truth.Boxes truth, double threshold = 0.5)
    {
        if (!(threshold is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "must be above 0, at most 1");
        return AnsweredDetections.Score(answer, truth, (claims, all) => Of(claims, all, threshold));
    }
}
