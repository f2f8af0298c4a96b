using System.Globalization;
using System.Text;

namespace Vlm.Grpo;

/// <summary>Where a learned reward goes on rising and what it stands for does not: Goodhart's law in a run.</summary>
/// <remarks>Gao et al. 2023, arXiv:2210.10760: the proxy is the learned reward, gold the one that is known to be right.</remarks>
public static class OverOptimization
{
    /// <summary>The plot's file in the run's folder.</summary>
    public const string PlotFile = "over_optimization.svg";

    private const int Width = 640, Height = 360, Left = 56, Right = 56, Top = 32, Bottom = 40;

    /// <summary>The first step from which on gold stayed below its best while the proxy was at least what it was there; null for none.</summary>
    /// <param name="proxy">The learned reward at the evaluations.</param>
    /// <param name="gold">The gold reward at the same steps.</param>
    /// <param name="tolerance">How far below its best gold must be, in reward units.</param>
    public static long? Begins(IReadOnlyList<(long Step, double Value)> proxy, IReadOnlyList<(long Step, double Value)> gold, double tolerance)
    {
        (long Step, double Proxy, double Gold)[] both = Both(proxy, gold);
        if (both.Length == 0)
            return null;
        (long best, double there, double most) = both.MaxBy(at => at.Gold);
        (long Step, double Proxy, double Gold)[] after = [.. both.SkipWhile(at => at.Step <= best)];
        int apart = after.Reverse().TakeWhile(at => at.Gold < most - tolerance && at.Proxy >= there).Count();
        return apart == 0 ? null : after[^apart].Step;
    }

    /// <summary>True where the last evaluations have parted: so many in a row.</summary>
    /// <param name="proxy">The learned reward at the evaluations.</param>
    /// <param name="gold">The gold reward at the same steps.</param>
    /// <param name="patience">Evaluations in a row, 1 or more.</param>
    /// <param name="tolerance">How far below its best gold must be.</param>
    public static bool HasParted(
        IReadOnlyList<(long Step, double Value)> proxy, IReadOnlyList<(long Step, double Value)> gold, int patience, double tolerance) =>
        Begins(proxy, gold, tolerance) is { } from && Both(proxy, gold).Count(at => at.Step >= from) >= patience;

    /// <summary>Both rewards over the steps, each on an axis of its own, as a drawing that any browser shows.</summary>
    /// <param name="proxy">The learned reward at the evaluations.</param>
    /// <param name="gold">The gold reward at the same steps.</param>
    /// <param name="tolerance">As in <see cref="Begins"/>.</param>
    public static string Plot(IReadOnlyList<(long Step, double Value)> proxy, IReadOnlyList<(long Step, double Value)> gold, double tolerance)
    {
        var svg = new StringBuilder();
        CultureInfo culture = CultureInfo.InvariantCulture;
        svg.Append(culture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(culture, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>\n");
        long first = Math.Min(proxy[0].Step, gold[0].Step), last = Math.Max(proxy[^1].Step, gold[^1].Step);
        if (Begins(proxy, gold, tolerance) is { } begins)
            svg.Append(culture, $"<line x1=\"{X(begins):F1}\" y1=\"{Top}\" x2=\"{X(begins):F1}\" y2=\"{Height - Bottom}\" stroke=\"#999\" stroke-dasharray=\"4 4\"/>\n")
                .Append(culture, $"<text x=\"{X(begins):F1}\" y=\"{Top - 6}\" text-anchor=\"middle\" fill=\"#555\">over-optimised from step {begins}</text>\n");
        Curve(proxy, "#b45309", Left, "learned reward", "start");
        Curve(gold, "#1d4ed8", Width - Right, "gold reward", "end");
        svg.Append(culture, $"<text x=\"{Left}\" y=\"{Height - 12}\">step {first}</text><text x=\"{Width - Right}\" y=\"{Height - 12}\" text-anchor=\"end\">step {last}</text>\n");
        return svg.Append("</svg>\n").ToString();

        double X(long step) => Left + ((Width - Left - Right) * (last == first ? 0.5 : (double)(step - first) / (last - first)));

        void Curve(IReadOnlyList<(long Step, double Value)> series, string color, int axis, string name, string anchor)
        {
            (double low, double high) = (series.Min(at => at.Value), series.Max(at => at.Value));
            double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * (high > low ? (value - low) / (high - low) : 0.5));
            string points = string.Join(' ', series.Select(at => string.Create(culture, $"{X(at.Step):F1},{Y(at.Value):F1}")));
            svg.Append(culture, $"<polyline points=\"{points}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>\n");
            int outside = anchor == "start" ? axis - 6 : axis + 6;
            string side = anchor == "start" ? "end" : "start";
            svg.Append(culture, $"<text x=\"{outside}\" y=\"{Y(high) + 4:F1}\" text-anchor=\"{side}\" fill=\"{color}\">{high:F2}</text>")
                .Append(culture, $"<text x=\"{outside}\" y=\"{Y(low) + 4:F1}\" text-anchor=\"{side}\" fill=\"{color}\">{low:F2}</text>")
                .Append(culture, $"<text x=\"{axis}\" y=\"14\" text-anchor=\"{anchor}\" fill=\"{color}\">{name}</text>\n");
        }
    }

    private static (long Step, double Proxy, double Gold)[] Both(
        IReadOnlyList<(long Step, double Value)> proxy, IReadOnlyList<(long Step, double Value)> gold) =>
        [.. proxy.Join(gold, at => at.Step, at => at.Step, (a, b) => (a.Step, a.Value, b.Value))];
}
