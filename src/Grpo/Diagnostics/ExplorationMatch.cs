namespace Vlm.Grpo;

/// <summary>A temperature at which a policy explores as much as another does.</summary>
public static class ExplorationMatch
{
    private const double Coldest = 0.25, Hottest = 4;
    private const int Halvings = 6;

    /// <summary>The temperature at which a share that falls with temperature, such as that of groups with equal rewards, is as wished.</summary>
    /// <param name="share">What is wished, 0 to 1.</param>
    /// <param name="at">Measures the share at a temperature.</param>
    /// <returns>From 0.25 to 4, to about a twentieth of itself; an end where the share is out of reach.</returns>
    public static double Temperature(double share, Func<double, double> at)
    {
        (double low, double high) = (Coldest, Hottest);
        if (at(high) > share)
            return high;
        if (at(low) <= share)
            return low;
        for (int i = 0; i < Halvings; i++)
        {
            double middle = Math.Sqrt(low * high);
            (low, high) = at(middle) > share ? (middle, high) : (low, middle);
        }
        return high;
    }
}
