using System.Globalization;

namespace Vlm.Grpo.Reports;

/// <summary>The drawing of one metric.</summary>
internal static class CurveSvg
{
    private const int Width = 360, Height = 176, Left = 46, Right = 10, Top = 10, Bottom = 24;

    /// <summary>A figure with a line of each run that has the metric.</summary>
    /// <param name="name">The metric's.</param>
    /// <param name="series">One for each run; null where it lacks the metric.</param>
    /// <param name="runs">The runs.</param>
    /// <param name="axis">The steps.</param>
    public static Html Of(string name, IReadOnlyList<Series?> series, IReadOnlyList<RunView> runs, CurveAxis axis)
    {
        double[] values = [.. series.OfType<Series>().SelectMany(axis.Points).Select(point => point.Value)];
        (double low, double high, double[] ticks) = Scale(values.Min(), values.Max());
        string said = string.Join("; ", series.Zip(runs).Where(pair => pair.First is not null)
            .Select(pair => Said(pair.First!, runs.Count > 1 ? pair.Second.Name + ": " : "")));
        return Html.Of($"""
            <figure class="curve" data-low="{low:R}" data-high="{high:R}" data-first="{axis.First}" data-last="{axis.Last}">
            <figcaption><span class="metric">{name}</span>
            <span class="read" aria-live="polite">{Short(series.OfType<Series>().First())}</span></figcaption>
            <svg viewBox="0 0 {Width} {Height}" role="img" tabindex="0" aria-label="{name}: {said}">
            {ticks.Select(Grid)}
            <text class="step" x="{Left}" y="{Height - 8}">{axis.First}</text>
            <text class="step end" x="{Width - Right}" y="{Height - 8}">step {axis.Last}</text>
            {runs.Index().SelectMany(run => run.Item.Marks.Select(mark => MarkOf(mark, run.Index)))}
            {series.Index().Where(one => one.Item is not null).Select(one => Lines(one.Item!, one.Index))}
            <line class="cross" y1="{Top}" y2="{Height - Bottom}" x1="0" x2="0" visibility="hidden" />
            </svg>
            </figure>

            """);

        double X(double step) =>
            Left + ((Width - Left - Right) * (axis.Last == axis.First ? 0.5 : (step - axis.First) / (axis.Last - axis.First)));

        double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * (value - low) / (high - low));

        Html Grid(double tick) => Html.Of($"""
            <line class="grid" x1="{Left}" x2="{Width - Right}" y1="{Y(tick):0.#}" y2="{Y(tick):0.#}" />
            <text class="tick" x="{Left - 6}" y="{Y(tick) + 3.5:0.#}">{Tick(tick, ticks[1] - ticks[0])}</text>

            """);

        Html MarkOf(Mark mark, int run)
        {
            double x = X(mark.Step);
            return mark.Step < axis.First || mark.Step > axis.Last ? Html.None : mark.IsResume ? Html.Of($"""
                <line class="resume r{run}" x1="{x:0.#}" x2="{x:0.#}" y1="{Top}" y2="{Height - Bottom}">
                <title>resumed from step {mark.Step}</title></line>
                """) : Html.Of($"""
                <path class="save r{run}" d="M{x:0.#} {Height - Bottom}l3 5h-6z"><title>checkpoint of step {mark.Step}</title></path>
                """);
        }

        Html Lines(Series one, int run)
        {
            IReadOnlyList<(double Step, double Value)> points = axis.Points(one);
            if (points.Count == 1)
                return Html.Of($"<circle class=\"raw r{run}\" cx=\"{X(points[0].Step):0.#}\" cy=\"{Y(points[0].Value):0.#}\" r=\"3\" />");
            // A metric that few steps have is smoothed over as many steps, and so over fewer points.
            double all = Math.Min(CurveAxis.MostPoints, (axis.Last - axis.First + 1) / (double)axis.Bucket);
            double window = Math.Max(1, axis.Window * points.Count / Math.Max(1, all));
            double[] smooth = Estimates.Smooth([.. points.Select(point => point.Value)], window);
            return Html.Of($"""
                <polyline class="raw r{run}" points="{Points(points)}" />
                <polyline class="smooth r{run}" points="{Points(points.Zip(smooth, (point, value) => (point.Step, value)))}" />
                """);
        }

        string Points(IEnumerable<(double Step, double Value)> points) => string.Join(' ', points.Select(point =>
            string.Create(CultureInfo.InvariantCulture, $"{X(point.Step):0.##},{Y(point.Value):0.##}")));
    }

    /// <summary>The least and the greatest of a scale that holds the values, and three to five round numbers on it.</summary>
    internal static (double Low, double High, double[] Ticks) Scale(double least, double most)
    {
        if (least == 0 && most == 0)
            most = 1;
        else if (most - least < 1e-9 * Math.Abs(most))
            (least, most) = (least - Math.Abs(least * 0.1), most + Math.Abs(most * 0.1));
        double rough = (most - least) / 3, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = power * new[] { 1, 2, 2.5, 5, 10 }.First(one => one * power >= rough * 0.999);
        double low = Math.Floor(least / step + 1e-9) * step, high = Math.Ceiling(most / step - 1e-9) * step;
        return (low, high, [.. Enumerable.Range(0, (int)Math.Round((high - low) / step) + 1).Select(i => low + (i * step))]);
    }

    // As many decimals as tell it from the next: steps begin with 1, 2, 2.5 or 5.
    private static string Tick(double value, double step)
    {
        if (Math.Abs(value) < step / 2 || step is < 1e-4 or >= 1e5)
            return Math.Abs(value) < step / 2 ? "0" : Number(value);
        double digits = step / Math.Pow(10, Math.Floor(Math.Log10(step)));
        int decimals = Math.Max(0, (int)Math.Ceiling(-Math.Log10(step) - 1e-9) + (digits is > 2.4 and < 2.6 ? 1 : 0));
        return value.ToString("F" + decimals, CultureInfo.InvariantCulture);
    }

    // The words that stand for the drawing.
    private static string Said(Series series, string whose)
    {
        ((long first, double begin), (long last, double end)) = (series.Points[0], series.Points[^1]);
        (double least, double most) = (series.Points.Min(point => point.Value), series.Points.Max(point => point.Value));
        return FormattableString.Invariant($"{whose}from {Number(begin)} at step {first} to {Number(end)} at step {last}, ")
            + $"at least {Number(least)}, at most {Number(most)}";
    }

    private static string Short(Series series) => Health.EndsOf(series) is var ends ? $"{Number(ends.First)} → {Number(ends.Last)}" : "";

    /// <summary>A number with three digits that count.</summary>
    internal static string Number(double value) => Math.Abs(value) switch
    {
        < 1e-12 => "0",
        >= 1e6 or < 1e-3 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.##", CultureInfo.InvariantCulture),
        _ => value.ToString("0.###", CultureInfo.InvariantCulture),
    };
}
