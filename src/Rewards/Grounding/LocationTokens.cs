namespace Vlm.Rewards;

/// <summary>Coordinates that are tokens of their own, counted in parts of the image.</summary>
/// <remarks>
/// Florence-2 (arXiv:2311.06242): <c>&lt;loc_10&gt;&lt;loc_20&gt;&lt;loc_30&gt;&lt;loc_40&gt;</c>, thousandths, x first. PaliGemma
/// (arXiv:2407.07726): <c>&lt;loc0010&gt;</c>, of 1024, y first. Kosmos-2 (arXiv:2306.14824): <c>&lt;patch_index_0044&gt;</c>, a corner's
/// patch of 32 x 32, its middle.
/// </remarks>
internal static class LocationTokens
{
    private const string Florence = "<loc_", Pali = "<loc", Kosmos = "<patch_index_";
    private const int Patches = 32;

    /// <summary>Adds the boxes, or the points, that such tokens name.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="truth">Gives the frame that they are brought to; null leaves thousandths.</param>
    /// <param name="numbers">4 for boxes, 2 for points.</param>
    /// <param name="found">Where they are added.</param>
    public static void Add(string text, Truth.Region? truth, int numbers, List<double[]> found)
    {
        if (!text.Contains('<', StringComparison.Ordinal))
            return;
        (double width, double height) = truth is null ? (1000, 1000) : (truth.Width, truth.Height);
        foreach (double[] run in Runs(text, Florence, numbers))
            found.Add(Scaled(run, width / 1000, height / 1000));
        foreach (double[] run in Runs(text, Pali, numbers))
            found.Add(Scaled(numbers == 4 ? [run[1], run[0], run[3], run[2]] : [run[1], run[0]], width / 1024, height / 1024));
        if (numbers == 4)
            foreach (double[] corners in Runs(text, Kosmos, 2))
                found.Add(Scaled(
                    [corners[0] % Patches, Math.Floor(corners[0] / Patches), corners[1] % Patches, Math.Floor(corners[1] / Patches)],
                    width / Patches, height / Patches, 0.5));
    }

    private static double[] Scaled(double[] run, double x, double y, double add = 0) =>
        [.. run.Select((value, i) => (value + add) * (i % 2 == 0 ? x : y))];

    // Each so many tokens one.
    private static List<double[]> Runs(string text, string token, int numbers)
    {
        var runs = new List<double[]>();
        double[] run = new double[numbers];
        for (int at = 0, count = 0; (at = text.IndexOf(token, at, StringComparison.Ordinal)) >= 0;)
        {
            at += token.Length;
            if (!(at < text.Length && char.IsAsciiDigit(text[at]) && CoordinateText.TryNumber(text, ref at, out double value)))
                continue;
            run[count++ % numbers] = value;
            if (count % numbers == 0)
                runs.Add([.. run]);
        }

        return runs;
    }
}
