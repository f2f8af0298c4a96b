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
}
