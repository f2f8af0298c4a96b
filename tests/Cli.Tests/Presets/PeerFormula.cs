namespace Cli.Tests.Presets;

/// <summary>A step as plain numbers: rows of completions, of any length.</summary>
/// <param name="Now">Log-probs of the policy in training.</param>
/// <param name="Fixed">The same, where a formula stops the gradient.</param>
/// <param name="Old">Of the policy that sampled.</param>
/// <param name="Reference">Of the reference.</param>
/// <param name="A">An advantage for each action.</param>
internal sealed record Numbers(double[][] Now, double[][] Fixed, double[][] Old, double[][] Reference, double[][] A)
{
    /// <summary>The group of each row.</summary>
    public int[] Group { get; init; } = new int[Now.Length];

    public double Ratio(int i, int t) => Math.Exp(Now[i][t] - Old[i][t]);

    public double[] Gaps(int i) => [.. Now[i].Zip(Old[i], (now, old) => now - old)];
}

/// <summary>
/// The objectives and aggregations of other toolkits, written once more from their published formulas in plain double arithmetic: no
/// tensor, and nothing of this project's.
/// </summary>
internal static class PeerFormula
{
    /// <summary>The term of one action, to be made small.</summary>
    public delegate double Term(Numbers step, int row, int at);

    /// <summary>From the terms of each row to one number.</summary>
    public delegate double Whole(double[][] terms, Numbers step);

    // TRL, verl, EasyR1, OpenRLHF: PPO's clip; verl's dual clip; TRL's delta.
    public static Term Held(double low, double high, double dual = 0, double delta = double.PositiveInfinity) => (step, i, t) =>
        Kept(step.Ratio(i, t), step.A[i][t], low, high, dual, delta);

    // GSPO: exp of the mean log-ratio of the row.
    public static Term Sequence(double low, double high, double dual = 0) => (step, i, t) =>
        Kept(Math.Exp(step.Gaps(i).Average()), step.A[i][t], low, high, dual);

    // GSPO's token form: its value, with the gradient of the action's own log-prob.
    public static Term SequenceToken(double low, double high, double dual = 0) => (step, i, t) => Kept(
        Math.Exp(step.Fixed[i].Zip(step.Old[i], (now, old) => now - old).Average()) * Math.Exp(step.Now[i][t] - step.Fixed[i][t]),
        step.A[i][t], low, high, dual);

    // TRL's RLOO: exp of the sum of log-ratios.
    public static Term Product(double low, double high) => (step, i, t) =>
        Kept(Math.Exp(step.Gaps(i).Sum()), step.A[i][t], low, high);

    // CISPO: log-probs with a constant weight.
    public static Term Weighted(double low, double high) => (step, i, t) =>
        -Math.Clamp(Math.Exp(step.Fixed[i][t] - step.Old[i][t]), low, high) * step.A[i][t] * step.Now[i][t];

    public static Term Reinforce() => (step, i, t) => -step.A[i][t] * step.Now[i][t];

    // SAPO: sigmoid(tau (ratio - 1)) 4 / tau.
    public static Term Gate(double positive, double negative) => (step, i, t) =>
    {
        double tau = step.A[i][t] > 0 ? positive : negative;
        return -step.A[i][t] * 4 / tau / (1 + Math.Exp(-tau * (step.Ratio(i, t) - 1)));
    };

    // VESPO: exp(lambda + k log w - lambda w) with w the ratio of the completion.
    public static Term Gamma(double kUp, double lambdaUp, double kDown, double lambdaDown) => (step, i, t) =>
    {
        double sum = step.Fixed[i].Zip(step.Old[i], (now, old) => now - old).Sum();
        (double k, double lambda) = step.A[i][t] >= 0 ? (kUp, lambdaUp) : (kDown, lambdaDown);
        return -Math.Exp(lambda + k * sum - lambda * Math.Exp(sum)) * step.A[i][t] * step.Now[i][t];
    };

    // GMPO: the geometric mean of ratios that are held on the side on which the advantage pushes.
    public static Term Geometric(double range) => (step, i, t) => -step.A[i][t] * Math.Exp(step.Gaps(i).Average(gap =>
        step.A[i][t] > 0 ? Math.Min(gap, range) : Math.Max(gap, -range)));

    public static readonly Whole TokenMean = (terms, _) => terms.Sum(row => row.Sum()) / terms.Sum(row => row.Length);

    public static readonly Whole RowMean = (terms, _) => terms.Average(row => row.Average());

    public static readonly Whole RowSum = (terms, _) => terms.Average(row => row.Sum());

    public static readonly Whole GroupMean = (terms, step) => terms.Index().GroupBy(row => step.Group[row.Index])
        .Average(group => group.Sum(row => row.Item.Sum()) / group.Sum(row => row.Item.Length));

    public static Whole RowSumOver(double constant) => (terms, _) => terms.Sum(row => row.Sum()) / (terms.Length * constant);

    /// <summary>k3 = exp(d) - d - 1 with d = reference - policy, held at a bound.</summary>
    public static double K3(Numbers step, int i, int t, double bound) => Math.Min(
        Math.Exp(step.Reference[i][t] - step.Now[i][t]) - (step.Reference[i][t] - step.Now[i][t]) - 1, bound);

    /// <summary>The loss of a step.</summary>
    public static double Loss(Numbers step, Term term, Whole whole, double beta = 0, double bound = double.PositiveInfinity) => whole(
        [.. step.Now.Select((row, i) => row.Select((_, t) =>
            term(step, i, t) + (beta == 0 ? 0 : beta * K3(step, i, t, bound))).ToArray())], step);

    /// <summary>Its slope in each log-prob, from central differences of 1e-6; what stops a gradient stays.</summary>
    public static double[][] Slope(Numbers step, Term term, Whole whole, double beta = 0, double bound = double.PositiveInfinity)
    {
        return [.. step.Now.Select((row, i) => row.Select((_, t) => (At(i, t, 1e-6) - At(i, t, -1e-6)) / 2e-6).ToArray())];

        double At(int row, int at, double by) => Loss(step with
        {
            Now = [.. step.Now.Select((values, i) => values.Select((value, t) => i == row && t == at ? value + by : value).ToArray())],
        }, term, whole, beta, bound);
    }

    private static double Kept(double ratio, double a, double low, double high, double dual = 0, double delta = double.PositiveInfinity)
    {
        double loss = -Math.Min(Math.Min(ratio, delta) * a, Math.Clamp(ratio, 1 - low, 1 + high) * a);
        return dual > 0 && a < 0 ? Math.Min(loss, -dual * a) : loss;
    }
}
