namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// How often a judge went by the place of an answer: both orders of a pair were asked, and this was said.
/// </summary>
/// <param name="Consistent">Pairs in which the same answer won in both places, or neither.</param>
/// <param name="FirstTwice">Pairs in which whichever stood first won.</param>
/// <param name="SecondTwice">Pairs in which whichever stood second won.</param>
/// <param name="TieOnce">Pairs that were a tie in one order alone.</param>
public sealed record PositionBias(int Consistent = 0, int FirstTwice = 0, int SecondTwice = 0, int TieOnce = 0)
{
    /// <summary>Pairs with a verdict in both orders.</summary>
    public int Pairs => Consistent + FirstTwice + SecondTwice + TieOnce;

    /// <summary>
    /// The share of pairs that the place decided; NaN where there are none. Zheng et al.
    /// 2023, arXiv:2306.05685, table 2.
    /// </summary>
    public double Rate => (double)(FirstTwice + SecondTwice) / Pairs;

    /// <summary>With one more pair.</summary>
    /// <param name="order">What was said where the first stood first.</param>
    /// <param name="swapped">What was said where the second stood first, by place.</param>
    public PositionBias Plus(BetterAnswer order, BetterAnswer swapped) =>
        order == swapped.Swapped() ? this with { Consistent = Consistent + 1 }
        : order != swapped ? this with { TieOnce = TieOnce + 1 }
        : order == BetterAnswer.First ? this with { FirstTwice = FirstTwice + 1 }
            : this with { SecondTwice = SecondTwice + 1 };

    /// <summary>Of both.</summary>
    public PositionBias Plus(PositionBias other) => new(Consistent + other.Consistent, FirstTwice + other.FirstTwice,
        SecondTwice + other.SecondTwice, TieOnce + other.TieOnce);
}

/// <summary>What a judge has done so far.</summary>
public sealed record JudgeCounts
{
    /// <summary>Requests, those included that were answered before.</summary>
    public int Requests { get; init; }

    /// <summary>Those that were answered before, and so asked nobody.</summary>
    public int Cached { get; init; }

    /// <summary>Those that got no answer.</summary>
    public int Failed { get; init; }

    /// <summary>Answers that are no verdict.</summary>
    public int NoVerdict { get; init; }

    /// <summary>Completions, or pairs, with a score.</summary>
    public int Scored { get; init; }

    /// <summary>Those without.</summary>
    public int NotScored { get; init; }

    /// <summary>How often the place of an answer decided; without pairs where none were asked in both orders.</summary>
    public PositionBias Bias { get; init; } = new();

    /// <summary>Of both.</summary>
    public JudgeCounts Plus(JudgeCounts other) => new()
    {
        Requests = Requests + other.Requests,
        Cached = Cached + other.Cached,
        Failed = Failed + other.Failed,
        NoVerdict = NoVerdict + other.NoVerdict,
        Scored = Scored + other.Scored,
        NotScored = NotScored + other.NotScored,
        Bias = Bias.Plus(other.Bias),
    };

    /// <summary>
    /// "62 scored, 2 not; 64 requests, 12 of them cached, 1 failed, 1 without a verdict;
    /// position bias 6 % of 31 pairs".
    /// </summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Scored} scored, {NotScored} not; {Requests} requests, {Cached} of them cached, {Failed} failed, ")
        + FormattableString.Invariant($"{NoVerdict} without a verdict")
        + (Bias.Pairs == 0 ? ""
            : FormattableString.Invariant($"; position bias {100 * Bias.Rate:0.#} % of {Bias.Pairs} pairs"));
}
