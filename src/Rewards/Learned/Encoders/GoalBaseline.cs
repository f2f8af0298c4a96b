namespace Vlm.Rewards.Learned;

/// <summary>How near a state is to a goal, seen along the way from a baseline to that goal.</summary>
/// <remarks>
/// Rocamonde et al. 2023, https://arxiv.org/abs/2310.12921, definition 1 (VLM-RM): what the goal's description and a neutral one have in common
/// says nothing of the goal, so the state is projected onto the line between the two.
/// </remarks>
public static class GoalBaseline
{
    /// <summary>
    /// R = 1 - |P (s - g)|^2 / 2 with d = g - b and P = alpha d d^T / |d|^2 + (1 - alpha) I. With alpha = 0 and unit vectors it is the
    /// cosine of state and goal.
    /// </summary>
    /// <param name="state">s, of length 1.</param>
    /// <param name="goal">g: a unit vector, or the mean of several.</param>
    /// <param name="baseline">b, likewise; looked at where <paramref name="alpha"/> is above 0.</param>
    /// <param name="alpha">0 for no projection, 1 for the line alone.</param>
    /// <returns>At most 1, which is where state and goal are one.</returns>
    /// <exception cref="ArgumentException">
    /// The vectors are not equally long, alpha is not in 0..1, or goal and baseline are one, between which there is no line.
    /// </exception>
    public static double Reward(ReadOnlySpan<double> state, ReadOnlySpan<double> goal, ReadOnlySpan<double> baseline, double alpha)
    {
        if (state.Length != goal.Length || (alpha > 0 && goal.Length != baseline.Length))
            throw new ArgumentException($"state, goal and baseline have {state.Length}, {goal.Length} and {baseline.Length} numbers");
        if (!(alpha is >= 0 and <= 1))
            throw new ArgumentException($"alpha is {alpha}; it lies from 0 to 1", nameof(alpha));
        // P is symmetric, and a projection onto d on alpha of its part: |P v|^2 = (1 - alpha)^2 |v|^2 + (2 alpha - alpha^2) (d.v)^2 / |d|^2.
        (double far, double along, double line) = (0, 0, 0);
        for (int i = 0; i < state.Length; i++)
        {
            double v = state[i] - goal[i], d = alpha > 0 ? goal[i] - baseline[i] : 0;
            (far, along, line) = (far + v * v, along + d * v, line + d * d);
        }

        if (alpha > 0 && line == 0)
            throw new ArgumentException("goal and baseline are one point: there is no line between them", nameof(baseline));
        double onLine = alpha > 0 ? along * along / line : 0;
        return 1 - 0.5 * ((1 - alpha) * (1 - alpha) * far + alpha * (2 - alpha) * onLine);
    }

    /// <summary>The mean of several prompts' unit vectors, which is not brought to length 1 again, as in the released code.</summary>
    /// <param name="vectors">At least one, all of one width.</param>
    public static double[] Mean(IReadOnlyList<double[]> vectors) =>
        [.. Enumerable.Range(0, vectors[0].Length).Select(i => vectors.Average(vector => vector[i]))];

    /// <summary>The product of two vectors: the cosine, where both have length 1.</summary>
    /// <param name="a">A vector.</param>
    /// <param name="b">Another of its width.</param>
    internal static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => System.Numerics.Tensors.TensorPrimitives.Dot(a, b);
}
