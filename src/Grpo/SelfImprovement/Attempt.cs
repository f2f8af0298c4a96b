namespace Vlm.Grpo;

/// <summary>An answer that a model sampled to teach itself by.</summary>
/// <param name="Text">What it says: equal texts to one query are one answer.</param>
/// <param name="IsRight">By the truth.</param>
/// <param name="Liking">What a scorer thinks of it that does not know the truth, such as a process reward model; finite.</param>
public readonly record struct Attempt(string Text, bool IsRight, double Liking)
{
    private const double LikingShare = 1.0 / 5;

    /// <summary>What answers are chosen by: 1 where it is right, and a fifth of the liking.</summary>
    /// <remarks>B-STaR, Zeng et al. 2024, arXiv:2412.17256, section 4; github.com/hkust-nlp/B-STaR, determine_hyper.py.</remarks>
    public double Score => (IsRight ? 1 : 0) + (LikingShare * Liking);
}
