namespace Vlm.Grpo;

/// <summary>Numbers of many actions brought to mean 0 and variance 1. Pure, in double precision.</summary>
/// <remarks>
/// <code>
/// (x - mean) / sqrt(variance + 1e-8)        over all actions of all rows; variance with n - 1
/// </code>
/// As TRL and verl whiten advantages. Mean and variance over every action of the step: long completions weigh more.
/// </remarks>
public static class Whitening
{
    private const double Epsilon = 1e-8;

    /// <summary>Whitens rows together; fewer than two numbers are only centred.</summary>
    /// <param name="rows">Rows of any lengths.</param>
    /// <param name="actions">True where a number counts; null where all do. The others become 0.</param>
    public static double[][] Apply(IReadOnlyList<double[]> rows, IReadOnlyList<bool[]>? actions = null)
    {
        double[] all = [.. rows.SelectMany((row, i) => row.Where((_, t) => Counts(i, t)))];
        if (all.Length == 0)
            return [.. rows.Select(row => new double[row.Length])];

        double mean = all.Average();
        double variance = all.Length < 2 ? 1 : all.Sum(x => (x - mean) * (x - mean)) / (all.Length - 1);
        double divisor = Math.Sqrt(variance + Epsilon);
        return [.. rows.Select((row, i) => row.Select((x, t) => Counts(i, t) ? (x - mean) / divisor : 0).ToArray())];

        bool Counts(int row, int place) => actions is null || actions[row][place];
    }
}
