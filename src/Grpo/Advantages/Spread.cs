namespace Vlm.Grpo;

/// <summary>Mean and standard deviation (n - 1) of the numbers that are not NaN; deviation 0 for fewer than two.</summary>
internal readonly record struct Spread(int Count, double Mean, double Std)
{
    public static Spread Of(IReadOnlyList<double> numbers)
    {
        double[] scored = [.. numbers.Where(number => !double.IsNaN(number))];
        if (scored.Length == 0)
            return new(0, double.NaN, 0);

        double mean = scored.Average();
        double squares = scored.Sum(number => (number - mean) * (number - mean));
        return new(scored.Length, mean, scored.Length < 2 ? 0 : Math.Sqrt(squares / (scored.Length - 1)));
    }
}
