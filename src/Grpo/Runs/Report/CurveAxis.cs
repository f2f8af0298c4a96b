namespace Vlm.Grpo.Reports;

/// <summary>The steps that all curves of a page share.</summary>
/// <param name="First">The first step.</param>
/// <param name="Last">The last step.</param>
/// <param name="Bucket">Steps behind a point; 1 where there is room for each.</param>
/// <param name="Window">The time constant of the smooth line, in points.</param>
internal sealed record CurveAxis(long First, long Last, int Bucket, double Window)
{
    /// <summary>Points of a line at most.</summary>
    public const int MostPoints = 2000;

    private const double Windows = 40;

    /// <summary>The axis of the runs of a page.</summary>
    public static CurveAxis Of(IReadOnlyList<RunView> runs)
    {
        Series[] all = [.. runs.SelectMany(run => run.Series.Values)];
        long[] steps = [.. all.SelectMany(series => (long[])[series.Points[0].Step, series.Points[^1].Step])];
        int most = all.Max(series => series.Points.Count), bucket = 1 + ((most - 1) / MostPoints);
        return new(steps.Min(), steps.Max(), bucket, Math.Max(1, most / (double)bucket / Windows));
    }

    /// <summary>A series with no more points than there is room for, each the mean of a few in a row.</summary>
    public IReadOnlyList<(double Step, double Value)> Points(Series series) => series.Points.Count <= MostPoints
        ? [.. series.Points.Select(point => ((double)point.Step, point.Value))]
        : [.. series.Points.Chunk(Bucket).Select(some => (some.Average(point => (double)point.Step), some.Average(point => point.Value)))];
}
