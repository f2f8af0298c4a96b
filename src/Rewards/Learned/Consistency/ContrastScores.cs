namespace Vlm.Rewards.Learned;

/// <summary>What a reward gives to two questions with each other's answers.</summary>
/// <remarks>
/// Shen et al. 2023, "The Trickle-down Impact of Reward (In-)consistency on RLHF", arXiv:2309.16155, section 3: two instructions that are
/// alike, and responses that answer one of them each. Ours beside it: one question about two images.
/// </remarks>
/// <param name="FirstOwn">r(q1, a1): the first question with its own answer.</param>
/// <param name="FirstOther">r(q1, a2): the first question with the answer to the second.</param>
/// <param name="SecondOther">r(q2, a1).</param>
/// <param name="SecondOwn">r(q2, a2).</param>
public readonly record struct ContrastScores(double FirstOwn, double FirstOther, double SecondOther, double SecondOwn)
{
    /// <summary>For each question its own answer scores higher: r(q1, a1) > r(q1, a2) and r(q2, a2) > r(q2, a1).</summary>
    public bool IsResponseConsistent => FirstOwn > FirstOther && SecondOwn > SecondOther;

    /// <summary>
    /// Each answer scores higher where it belongs: r(q1, a1) > r(q2, a1) and r(q2, a2) > r(q1, a2). Of two instructions it is
    /// instruction consistency, of one question about two images image consistency.
    /// </summary>
    public bool IsQuestionConsistent => FirstOwn > SecondOther && SecondOwn > FirstOther;
}

/// <summary>How often a reward is consistent. One that says the same of everything scores 0, not one half.</summary>
/// <param name="Count">Contrasts.</param>
/// <param name="Response">Share with <see cref="ContrastScores.IsResponseConsistent"/>; NaN of none.</param>
/// <param name="Question">Share with <see cref="ContrastScores.IsQuestionConsistent"/>; NaN of none.</param>
public sealed record ConsistencyReport(int Count, double Response, double Question)
{
    /// <summary>Sums up contrasts.</summary>
    public static ConsistencyReport Of(IReadOnlyCollection<ContrastScores> contrasts) => new(
        contrasts.Count, Share(contrasts, scores => scores.IsResponseConsistent), Share(contrasts, scores => scores.IsQuestionConsistent));

    private static double Share(IReadOnlyCollection<ContrastScores> contrasts, Func<ContrastScores, bool> holds) =>
        contrasts.Count == 0 ? double.NaN : (double)contrasts.Count(holds) / contrasts.Count;
}
