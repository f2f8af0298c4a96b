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
        double divisor = Divisor(all.Length, all.Sum(x => (x - mean) * (x - mean)));
        return [.. rows.Select((row, i) => row.Select((x, t) => Counts(i, t) ? (x - mean) / divisor : 0).ToArray())];

        bool Counts(int row, int place) => actions is null || actions[row][place];
    }

    /// <summary>What numbers are divided by, from how many they are and the sum of their squared distances from the mean.</summary>
    internal static double Divisor(double count, double squares) => Math.Sqrt((count < 2 ? 1 : squares / (count - 1)) + Epsilon);
}
