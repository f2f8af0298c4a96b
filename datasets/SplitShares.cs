using System.Globalization;

namespace Vlm.Datasets;

/// <summary>"95/5": shares of a dataset.</summary>
/// <param name="Train">Share to train on, above 0 and below 1.</param>
internal readonly record struct SplitShares(double Train)
{
    /// <summary>The share to hold out.</summary>
    public double Held => 1 - Train;

    /// <summary>Reads two shares that make 100; null where it is none.</summary>
    public static SplitShares? TryRead(string text) =>
        text.Split('/') is [var train, var held]
        && double.TryParse(train, NumberStyles.Float, CultureInfo.InvariantCulture, out double first)
        && double.TryParse(held, NumberStyles.Float, CultureInfo.InvariantCulture, out double second)
        && first > 0 && second > 0 && Math.Abs(first + second - 100) < 1e-9
            ? new(first / 100) : null;

    /// <summary>Reads two shares that make 100.</summary>
    /// <exception cref="OptionException">These are none.</exception>
    public static SplitShares Read(string text) => TryRead(text)
        ?? throw OptionException.Breaks(nameof(DatasetOptions.Split), text, "must be two shares that make 100, as 95/5", "95/5");

    /// <summary>As they would be typed: 5 % to hold out, at least 20 rows, and of few rows a fifth: fewer say nothing.</summary>
    /// <param name="count">Of all rows.</param>
    public static string Default(int count)
    {
        double held = 100 * Math.Max(0.05, Math.Min(20.0 / count, 0.2));
        return $"{OptionText.Show(100 - held)}/{OptionText.Show(held)}";
    }
}
