namespace Vlm.Grpo;

/// <summary>Which tokens of a response are hidden in each pass of masked diffusion: never one of the prompt. Pure.</summary>
/// <remarks>
/// UniGRPO: Yang et al. 2025 (MMaDA), arXiv:2505.15809, section 4.2; random masking and its complement as in the code released with it
/// (Gen-Verse/dLLM-RL, train/rl_mmada_v.py). Where chance hides no token, the first one is hidden, as there.
/// </remarks>
/// <param name="Name">"random", "coupled", "spread".</param>
/// <param name="Draw">
/// From the tokens of a response, the number of levels, the lowest and the highest level, and a stream: a mask for each pass, one or
/// more, each hiding a token at least.
/// </param>
/// <param name="Source">Where it is from.</param>
public sealed record MaskSchedule(
    string Name, Func<int, int, double, double, RandomStream, bool[][]> Draw, string Source) : INamed
{
    /// <summary>Each pass has a level of its own, uniform between the lowest and the highest.</summary>
    public const string Random = "random";

    /// <summary>Each level with its complement beside it: every token is scored exactly once in a pair.</summary>
    public const string Coupled = "coupled";

    /// <summary>The first level by chance, the others evenly spread over the range from there.</summary>
    public const string Spread = "spread";

    private const string Code = "Gen-Verse/dLLM-RL, train/rl_mmada_v.py";

    /// <summary>The schedules that options choose from; a package adds its own.</summary>
    public static NamedTable<MaskSchedule> Table { get; } = new("mask schedule",
        new MaskSchedule(Random, (length, levels, low, high, random) =>
            [.. Enumerable.Range(0, levels).Select(_ => AtLevel(length, Level(low, high, random.NextDouble()), random))],
            $"{Code}, random_masking"),
        new MaskSchedule(Coupled, (length, levels, low, high, random) =>
            [.. Enumerable.Range(0, levels).SelectMany(_ => Pair(AtLevel(length, Level(low, high, random.NextDouble()), random)))],
            $"{Code}, coupled; Gong et al. 2025 (DiffuCoder), arXiv:2506.20639, section 4"),
        new MaskSchedule(Spread, (length, levels, low, high, random) =>
            [.. SpreadLevels(levels, low, high, random.NextDouble()).Select(level => AtLevel(length, level, random))],
            "arXiv:2505.15809, section 4.2"));

    /// <summary>Hides each token with the same chance, independently.</summary>
    /// <param name="length">Tokens of the response, at least 1.</param>
    /// <param name="level">The chance, 0 to 1.</param>
    /// <param name="random">Draws a number for each token.</param>
    public static bool[] AtLevel(int length, double level, RandomStream random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        bool[] masked = [.. Enumerable.Range(0, length).Select(_ => random.NextDouble() < level)];
        if (!masked.Contains(true))
            masked[0] = true;
        return masked;
    }

    /// <summary>A mask and its complement; the mask alone where that would hide nothing.</summary>
    public static bool[][] Pair(bool[] masked) =>
        masked.Contains(false) ? [masked, [.. masked.Select(hidden => !hidden)]] : [masked];

    /// <summary>Levels a K-th of the range apart, beginning anywhere in it and going round at its end.</summary>
    /// <param name="levels">K</param>
    /// <param name="low">The lowest level.</param>
    /// <param name="high">The highest level.</param>
    /// <param name="start">Where the first lies in the range, 0 to 1.</param>
    public static double[] SpreadLevels(int levels, double low, double high, double start) =>
        [.. Enumerable.Range(0, levels).Select(k => Level(low, high, (start + (double)k / levels) % 1))];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static double Level(double low, double high, double share) => low + (high - low) * share;
}
