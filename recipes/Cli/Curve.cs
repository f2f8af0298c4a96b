namespace Recipes.Cli;

/// <summary>A line of block characters that shows how a number moved over the whole run, in constant memory.</summary>
internal sealed class Curve
{
    private const int Columns = 32;
    private const string Blocks = "▁▂▃▄▅▆▇█";
    private readonly List<double> _means = [];
    private double _sum;
    private int _count, _perColumn = 1;

    /// <summary>Adds a value; NaN and infinities leave no mark.</summary>
    public void Add(double value)
    {
        if (!double.IsFinite(value))
            return;
        (_sum, _count) = (_sum + value, _count + 1);
        if (_count < _perColumn)
            return;
        _means.Add(_sum / _count);
        (_sum, _count) = (0, 0);
        if (_means.Count == Columns)
            Halve();
    }

    /// <summary>The lowest value is the lowest block, the highest the highest.</summary>
    public string Draw()
    {
        if (_means.Count < 2)
            return "";
        (double low, double high) = (_means.Min(), _means.Max());
        double scale = high > low ? (Blocks.Length - 1) / (high - low) : 0;
        return string.Concat(_means.Select(mean => Blocks[(int)Math.Round((mean - low) * scale)]));
    }

    // Neighbours are averaged, so that the curve always spans the run from its first step.
    private void Halve()
    {
        for (int i = 0; i < Columns / 2; i++)
            _means[i] = (_means[2 * i] + _means[2 * i + 1]) / 2;
        _means.RemoveRange(Columns / 2, Columns / 2);
        _perColumn *= 2;
    }
}
