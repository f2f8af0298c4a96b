namespace Vlm.Grpo;

/// <summary>Right answers pull, wrong answers push, each by a constant: no group is compared.</summary>
/// <remarks>
/// <code>
/// PSR: +1 right, wrong ones left out        NSR: -1 wrong, right ones left out        W-REINFORCE: lambda right, -1 wrong
/// </code>
/// Zhu et al. 2025, The Surprising Effectiveness of Negative Reinforcement in LLM Reasoning, arXiv:2506.01347, section 2. As in its
/// released code what is left out is no part of the step, so a mean is over what is kept.
/// </remarks>
internal static class SignedAdvantage
{
    /// <param name="right">What a right answer gets, of lambda.</param>
    /// <param name="wrong">What a wrong answer gets.</param>
    public static Func<AdvantageInput, Advantage[][]> Of(Func<double, double> right, double wrong) => input =>
        input.Each((g, i) => input.Rewards[g][i] >= input.PositiveFrom ? right(input.PositiveWeight) : wrong);
}
