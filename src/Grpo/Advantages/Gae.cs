namespace Vlm.Grpo;

/// <summary>One completion's advantages and the returns that its values are to predict.</summary>
/// <param name="Advantages">One per place; 0 where there is no action.</param>
/// <param name="Returns">Advantage plus value; 0 where there is no action.</param>
public sealed record GaeResult(double[] Advantages, double[] Returns);

/// <summary>Generalised advantage estimation: how much better an action turned out than was predicted.</summary>
/// <remarks>
/// <code>
/// delta[t] = r[t] + gamma * V[t + 1] - V[t]
/// A[t]     = delta[t] + gamma * lambda * A[t + 1]
/// return   = A[t] + V[t]
/// </code>
/// Schulman et al. 2016, arXiv:1506.02438, equations 11 to 16. Pure, in double precision.
/// A place that is no action (an observation between actions, padding) is skipped: the action before it is followed by
/// the action after it, as in verl. OpenRLHF takes such a place for an action of value 0.
/// </remarks>
public static class Gae
{
    /// <summary>Advantages and returns of one completion.</summary>
    /// <param name="rewards">What was earned at each place, in reward units.</param>
    /// <param name="values">The return predicted before each place; anything where there is no action.</param>
    /// <param name="gamma">What a reward one action later is worth, 0 to 1.</param>
    /// <param name="lambda">0 trusts the values, 1 the rewards alone.</param>
    /// <param name="after">
    /// The value after the last action: 0 where the completion ended, a prediction where it was only cut off.
    /// </param>
    /// <param name="actions">True where an action was taken; null where all are.</param>
    /// <exception cref="ArgumentException">Lengths that differ.</exception>
    public static GaeResult Compute(
        IReadOnlyList<double> rewards, IReadOnlyList<double> values, double gamma, double lambda, double after = 0,
        IReadOnlyList<bool>? actions = null)
    {
        if (values.Count != rewards.Count || actions is not null && actions.Count != rewards.Count)
            throw new ArgumentException(
                $"{rewards.Count} rewards, {values.Count} values"
                + (actions is null ? "" : $" and {actions.Count} marks of actions") + " must be as many");

        var row = new GaeResult(new double[rewards.Count], new double[rewards.Count]);
        (double next, double advantage) = (after, 0);
        for (int t = rewards.Count - 1; t >= 0; t--)
            if (actions is null || actions[t])
            {
                double delta = rewards[t] + gamma * next - values[t];
                (next, advantage) = (values[t], delta + gamma * lambda * advantage);
                (row.Advantages[t], row.Returns[t]) = (advantage, advantage + values[t]);
            }

        return row;
    }
}
