namespace Vlm.Grpo;

/// <summary>Marks the tokens of a step whose entropy is among the highest: where an answer takes one way or another. Pure.</summary>
/// <remarks>
/// <code>keep[b,t] = entropy[b,t] >= quantile(entropies of the whole step, 1 - share)</code>
/// Wang et al. 2025, arXiv:2506.01939, section 5; the quantile is interpolated, as in TRL, which takes it over a micro-batch.
/// </remarks>
public static class HighEntropy
{
    /// <summary>1 on the tokens that are kept, else 0.</summary>
    /// <param name="entropy">In nats, a row per completion.</param>
    /// <param name="share">Above 0 and at most 1, which keeps all.</param>
    public static float[][] Keep(IReadOnlyList<float[]> entropy, double share)
    {
        float[] all = [.. entropy.SelectMany(row => row)];
        if (all.Length == 0)
            return [.. entropy];
        float least = Quantile(all, 1 - share);
        return [.. entropy.Select(row => row.Select(value => value >= least ? 1f : 0f).ToArray())];
    }

    // Between the two nearest of the sorted numbers, as torch.quantile; the same single precision, so that equals stay equal.
    private static float Quantile(float[] values, double at)
    {
        Array.Sort(values);
        double place = at * (values.Length - 1);
        int below = (int)place;
        float low = values[below], high = values[Math.Min(below + 1, values.Length - 1)];
        return low + (float)(place - below) * (high - low);
    }
}
