namespace Vlm.Grpo;

/// <summary>Questions that are neither too easy nor too hard: their success rate lies in a band. Pure.</summary>
/// <remarks>
/// Online prompt filtering of PRIME, Cui et al. 2025, arXiv:2502.01456, whose band is 0.2 to 0.8. Differs from it: PRIME samples more
/// prompts than it needs and drops those outside; here nothing that was sampled is dropped, and a question that was outside is left
/// out of the next passes.
/// </remarks>
public static class DifficultyBand
{
    /// <summary>True where a success rate lies in the band, its ends included.</summary>
    /// <param name="success">0 to 1.</param>
    /// <param name="low">The lowest.</param>
    /// <param name="high">The highest.</param>
    public static bool Contains(double success, double low, double high) => success >= low && success <= high;

    /// <summary>Whether a question is left out of a pass.</summary>
    /// <param name="last">What it earned when it was asked last; null for one that never was.</param>
    /// <param name="pass">The pass that is made, from 0.</param>
    /// <param name="options">The band, and for how many passes a question outside is left out.</param>
    public static bool LeavesOut(QuestionState? last, long pass, CurriculumOptions options) =>
        last is { } known && !Contains(known.Success, options.BandLow, options.BandHigh) && pass - known.Pass <= options.BandPasses;
}
