namespace Vlm.Grpo;

/// <summary>Every setting of group-relative policy optimisation. A recipe's own options may derive from it.</summary>
public record GrpoOptions : UpdateOptions
{
    private const string Heading = "GRPO", Drawing = "Sampling";

    /// <summary>Prompts in one step.</summary>
    [Option("prompts in one step", Group = Heading, Min = 1, Smoke = 2)]
    public int PromptsPerStep { get; init; } = 8;

    /// <summary>Completions per prompt.</summary>
    [Option("completions per prompt", Group = Heading, Min = 2, Smoke = 4,
        Problem = "a group of {0} has nothing to compare; GRPO needs at least 2 completions per prompt")]
    public int GroupSize { get; init; } = 8;

    /// <summary>Updates made from the same rollouts.</summary>
    [Option("updates made from the same rollouts", Group = Heading, Min = 1)]
    public int Iterations { get; init; } = 1;

    /// <summary>How far below 1 the ratio may fall before its gradient stops.</summary>
    [Option("how far below 1 the ratio may fall before its gradient stops", Group = Heading, Above = 0, Max = 1)]
    public double ClipLow { get; init; } = 0.2;

    /// <summary>How far above 1 the ratio may rise before its gradient stops.</summary>
    [Option("how far above 1 the ratio may rise before its gradient stops", Group = Heading, Above = 0)]
    public double ClipHigh { get; init; } = 0.28;

    /// <summary>Largest ratio that counts against a bad completion; 0 sets none.</summary>
    [Option("largest ratio that counts against a bad completion; 0 sets none", Group = Heading, Min = 0)]
    public double DualClip { get; init; }

    /// <summary>A name of <see cref="Grpo.SurrogateLoss.Table"/>; the dual clip is taken where it has a bound.</summary>
    [Option("policy objective: ppo-clip or dual-clip", Group = Heading)]
    public string Surrogate { get; init; } = Grpo.SurrogateLoss.PpoClip;

    /// <summary>A name of <see cref="Aggregation.Table"/>.</summary>
    [Option("loss aggregation: token-mean, seq-mean-token-mean or seq-mean-token-sum-norm", Group = Heading)]
    public string LossAggregation { get; init; } = Aggregation.TokenMean;

    /// <summary>Weight of the divergence from the reference policy in the loss.</summary>
    [Option("weight of the divergence from the reference policy; 0 needs no reference", Group = Heading, Min = 0)]
    public double KlWeight { get; init; }

    /// <summary>How the divergence is estimated.</summary>
    [Option("how the divergence is estimated: k1, k2 or k3", Group = Heading)]
    public string KlEstimator { get; init; } = Grpo.KlEstimator.K3;

    /// <summary>What the difference of a reward and its baseline is divided by.</summary>
    [Option("what the difference of a reward and its baseline is divided by", Group = Heading)]
    public AdvantageScale AdvantageScale { get; init; } = AdvantageScale.Group;

    /// <summary>What a reward is compared with.</summary>
    [Option("what a reward is compared with", Group = Heading)]
    public AdvantageBaseline Baseline { get; init; } = AdvantageBaseline.GroupMean;

    /// <summary>Added to the standard deviation of rewards, in reward units.</summary>
    [Option("added to the standard deviation of rewards", Group = Heading, Above = 0)]
    public double AdvantageEpsilon { get; init; } = 1e-4;

    /// <summary>Most tokens in a completion.</summary>
    [Option("most tokens in a completion", Group = Drawing, Min = 1)]
    public int MaxNewTokens { get; init; } = 32;

    /// <summary>Logits are divided by this.</summary>
    [Option("logits are divided by this", Group = Drawing, Above = 0)]
    public double Temperature { get; init; } = 1;

    /// <summary>Draw among this many of the most likely tokens; 0 draws among all.</summary>
    [Option("draw among this many of the most likely tokens; 0 draws among all", Group = Drawing, Min = 0)]
    public int TopK { get; init; }

    /// <summary>Draw among the fewest tokens that together are this likely; 1 draws among all.</summary>
    [Option("draw among the fewest tokens that together are this likely; 1 draws among all", Group = Drawing,
        Above = 0, Max = 1)]
    public double TopP { get; init; } = 1;

    /// <summary>Draw among tokens at least this share as likely as the likeliest; 0 draws among all.</summary>
    [Option("draw among tokens at least this share as likely as the likeliest; 0 draws among all", Group = Drawing,
        Min = 0, Max = 1)]
    public double MinP { get; init; }

    /// <summary>Scores of tokens that prompt or completion hold already are divided by this.</summary>
    [Option("scores of tokens that were there before are divided by this; 1 changes nothing", Group = Drawing, Above = 0)]
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>How rewards become advantages.</summary>
    public AdvantageOptions Advantage => new(AdvantageScale, Baseline, AdvantageEpsilon);

    /// <summary>How completions are drawn, and how their log-probs are recomputed.</summary>
    public Sampling Sampling => new()
    {
        MaxNewTokens = MaxNewTokens,
        Temperature = Temperature,
        TopK = TopK,
        TopP = TopP,
        MinP = MinP,
        RepetitionPenalty = RepetitionPenalty,
    };

    /// <summary>The policy objective: <see cref="Surrogate"/>, or the dual clip where that has a bound.</summary>
    public string SurrogateLoss => DualClip > 0 && Surrogate == Grpo.SurrogateLoss.PpoClip ? Grpo.SurrogateLoss.DualClip : Surrogate;

    /// <summary>How far the ratio may move.</summary>
    public ClipRange Clip => new(ClipLow, ClipHigh, DualClip > 0 ? DualClip : null);

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        AtLeast(1, PromptsPerStep, "--prompts-per-step");
        AtLeast(1, Iterations, "--iterations");
        AtLeast(1, MaxNewTokens, "--max-new-tokens");
        ValidateGroup();
        ValidateClip();
        ValidateSampling();
        Grpo.SurrogateLoss.Table.Find(Surrogate, $"--surrogate {Surrogate}");
        Aggregation.Table.Find(LossAggregation, $"--loss-aggregation {LossAggregation}");
        Grpo.KlEstimator.Table.Find(KlEstimator, $"--kl-estimator {KlEstimator}");
        if (!(KlWeight >= 0))
            throw new UsageException(
                $"a divergence weighted by {Show(KlWeight)} would drive the policy away; the weight is 0 or above",
                $"--kl-weight {Show(KlWeight)}", "--kl-weight 0.02");
    }

    private void ValidateGroup()
    {
        if (GroupSize < 2)
            throw new UsageException(
                $"a group of {GroupSize} has nothing to compare; GRPO needs at least 2 completions per prompt",
                $"--group-size {GroupSize}", "--group-size 8");
        if (!(AdvantageEpsilon > 0))
            throw new UsageException(
                $"--advantage-epsilon is {Show(AdvantageEpsilon)} and must be above 0",
                $"--advantage-epsilon {Show(AdvantageEpsilon)}", "--advantage-epsilon 1e-4");
    }

    private void ValidateSampling()
    {
        if (!(Temperature > 0))
            throw new UsageException(
                $"a temperature of {Show(Temperature)} cannot be sampled at; it must be above 0",
                $"--temperature {Show(Temperature)}", "--temperature 1");
        AtLeast(0, TopK, "--top-k");
        if (!(TopP > 0 && TopP <= 1))
            throw new UsageException(
                $"no tokens are {Show(TopP)} likely together; --top-p is above 0 and at most 1",
                $"--top-p {Show(TopP)}", "--top-p 0.95");
        if (!(MinP >= 0 && MinP <= 1))
            throw new UsageException(
                $"no token is {Show(MinP)} as likely as the likeliest; --min-p is from 0 to 1",
                $"--min-p {Show(MinP)}", "--min-p 0.05");
        if (!(RepetitionPenalty > 0))
            throw new UsageException(
                $"a repetition penalty of {Show(RepetitionPenalty)} turns scores around; it must be above 0",
                $"--repetition-penalty {Show(RepetitionPenalty)}", "--repetition-penalty 1.05");
    }

    private void ValidateClip()
    {
        if (!(ClipLow > 0 && ClipLow <= 1))
            throw new UsageException(
                $"the ratio cannot fall {Show(ClipLow)} below 1; --clip-low is above 0 and at most 1",
                $"--clip-low {Show(ClipLow)}", "--clip-low 0.2");
        if (!(ClipHigh > 0))
            throw new UsageException(
                $"the ratio cannot rise {Show(ClipHigh)} above 1; --clip-high is above 0",
                $"--clip-high {Show(ClipHigh)}", "--clip-high 0.28");
        if (DualClip > 0 && DualClip <= 1 + ClipHigh)
            throw new UsageException(
                $"a dual clip of {Show(DualClip)} lies inside the clip range, which ends at {Show(1 + ClipHigh)}",
                $"--dual-clip {Show(DualClip)}", "--dual-clip 3");
    }
}
