namespace Vlm.Layers;

/// <summary>How rotary wavelengths are stretched for prompts longer than those a model first learned.</summary>
/// <remarks>The rope types of transformers' <c>modeling_rope_utils.py</c>, computed in float32 as there.</remarks>
public abstract record RopeScaling
{
    private RopeScaling()
    {
    }

    /// <summary>What sines and cosines are multiplied by; queries and keys both, so scores by its square.</summary>
    public virtual double AttentionFactor => 1;

    /// <summary>The stretched frequencies.</summary>
    /// <param name="inverse">d/2 frequencies in radians per position, the highest first.</param>
    /// <param name="theta">The base they were computed with; above 1.</param>
    internal abstract float[] Apply(float[] inverse, double theta);

    /// <summary>Every position is divided by a factor.</summary>
    /// <remarks>Chen et al. 2023, https://arxiv.org/abs/2306.15595, eq. 4.</remarks>
    /// <param name="Factor">1 or more.</param>
    public sealed record Linear(double Factor) : RopeScaling
    {
        internal override float[] Apply(float[] inverse, double theta) => [.. inverse.Select(f => f / (float)Factor)];
    }

    /// <summary>Llama 3.1's: long waves are stretched, short ones kept, those between mixed.</summary>
    /// <remarks>Grattafiori et al. 2024, https://arxiv.org/abs/2407.21783; the formula is that of its released code.</remarks>
    /// <param name="Factor">1 or more.</param>
    /// <param name="LowFrequency">Waves longer than the original length divided by this are stretched whole.</param>
    /// <param name="HighFrequency">Waves shorter than the original length divided by this are kept.</param>
    /// <param name="OriginalLength">Positions that the model first learned.</param>
    public sealed record Llama3(double Factor, double LowFrequency, double HighFrequency, int OriginalLength) : RopeScaling
    {
        internal override float[] Apply(float[] inverse, double theta) => [.. inverse.Select(Stretch)];

        private float Stretch(float frequency)
        {
            float wave = 2 * MathF.PI / frequency;
            if (wave < OriginalLength / HighFrequency)
                return frequency;
            if (wave > OriginalLength / LowFrequency)
                return frequency / (float)Factor;
            float kept = (OriginalLength / wave - (float)LowFrequency) / (float)(HighFrequency - LowFrequency);
            return (1 - kept) * frequency / (float)Factor + kept * frequency;
        }
    }

    /// <summary>YaRN: frequencies are stretched the more, the fewer turns they make within the original length.</summary>
    /// <remarks>Peng et al. 2023, https://arxiv.org/abs/2309.00071, eq. 17-23 and section 3.4.</remarks>
    /// <param name="Factor">1 or more: s of the paper.</param>
    /// <param name="OriginalLength">Positions that the model first learned: L of the paper.</param>
    /// <param name="BetaFast">Frequencies with more turns than this are kept.</param>
    /// <param name="BetaSlow">Frequencies with fewer turns than this are stretched whole.</param>
    /// <param name="Truncate">The two borders are rounded outwards to whole frequencies.</param>
    /// <param name="Attention">The factor on sines and cosines; 0.1 ln s + 1 unless the file gives another.</param>
    public sealed record Yarn(
        double Factor, int OriginalLength, double BetaFast, double BetaSlow, bool Truncate, double Attention) : RopeScaling
    {
        /// <inheritdoc/>
        public override double AttentionFactor => Attention;

        internal override float[] Apply(float[] inverse, double theta)
        {
            (double low, double high) = (Border(BetaFast, inverse.Length, theta), Border(BetaSlow, inverse.Length, theta));
            if (Truncate)
                (low, high) = (Math.Floor(low), Math.Ceiling(high));
            (low, high) = (Math.Max(low, 0), Math.Min(high, 2 * inverse.Length - 1));
            float width = (float)(low == high ? 0.001 : high - low);
            return [.. inverse.Select((frequency, i) =>
            {
                float stretched = Math.Clamp((i - (float)low) / width, 0, 1);
                return frequency / (float)Factor * stretched + frequency * (1 - stretched);
            })];
        }

        // The frequency, by its number, that makes so many turns within the original length; of d/2 frequencies.
        private double Border(double turns, int count, double theta) =>
            count * Math.Log(OriginalLength / (turns * 2 * Math.PI)) / Math.Log(theta);
    }
}
