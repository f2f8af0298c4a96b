namespace Vlm.Grpo.Tests.Step;

public sealed class GrpoOptionsTests
{
    public static TheoryData<object, string> Wrong { get; } = new()
    {
        { new GrpoOptions { GroupSize = 1 }, "GroupSize must be >= 2, got 1|GroupSize = 1|GroupSize = 8" },
        { new GrpoOptions { MicroBatchSize = 0 }, "MicroBatchSize must be >= 1, got 0|MicroBatchSize = 0|MicroBatchSize = 64" },
        { new GrpoOptions { PromptsPerStep = 0 }, "PromptsPerStep must be >= 1, got 0|PromptsPerStep = 0|PromptsPerStep = 8" },
        { new GrpoOptions { Steps = 20, WarmupSteps = 20 }, "WarmupSteps must be < Steps (20), got 20|WarmupSteps = 20|WarmupSteps = 2" },
        {
            new GrpoOptions { LearningRate = double.NaN },
            "LearningRate must be > 0 and <= 1, got NaN|LearningRate = NaN|LearningRate = 1e-05"
        },
        { new GrpoOptions { LearningRate = 0 }, "LearningRate must be > 0 and <= 1, got 0|LearningRate = 0|LearningRate = 1e-05" },
        { new GrpoOptions { AdamBeta1 = 1 }, "AdamBeta1 must be >= 0 and <= 0.9999, got 1|AdamBeta1 = 1|AdamBeta1 = 0.9" },
        { new GrpoOptions { Epsilon = 1.5 }, "Epsilon must be > 0 and <= 1, got 1.5|Epsilon = 1.5|Epsilon = 0.2" },
        { new GrpoOptions { EpsilonHigh = 0 }, "EpsilonHigh must be > 0, got 0|EpsilonHigh = 0|EpsilonHigh = 0.28" },
        { new GrpoOptions { DualClip = 1.25 }, "DualClip must be > 1 + EpsilonHigh (1.28), or 0, got 1.25|DualClip = 1.25|DualClip = 3" },
        {
            new GrpoOptions { Beta = double.PositiveInfinity },
            "Beta must be >= 0 and finite, got Infinity|Beta = Infinity|Beta = 0"
        },
        { new GrpoOptions { Beta = -0.1 }, "Beta must be >= 0, got -0.1|Beta = -0.1|Beta = 0" },
        { new GrpoOptions { MaxGradNorm = -1 }, "MaxGradNorm must be >= 0, got -1|MaxGradNorm = -1|MaxGradNorm = 1" },
        {
            new GrpoOptions { AdvantageEpsilon = 0 },
            "AdvantageEpsilon must be > 0, got 0|AdvantageEpsilon = 0|AdvantageEpsilon = 0.0001"
        },
        {
            new GrpoOptions { KlEstimator = "k3x" },
            "KlEstimator must be one of k1, k2, k3, abs, k1+, k3+, abs+, full, got k3x|KlEstimator = k3x|KlEstimator = k3"
        },
        {
            new GrpoOptions { LossAggregation = "token-meen" },
            "LossAggregation must be one of token-mean, seq-mean-token-mean, seq-mean-token-sum-norm, seq-mean-token-sum, token-sum, "
            + "gui-g1, group-mean-token-mean, got token-meen|LossAggregation = token-meen|LossAggregation = token-mean"
        },
        {
            new GrpoOptions { Surrogate = SurrogateLoss.Gspo },
            "LossAggregation must be seq-mean-token-mean with Surrogate gspo, which is one number per completion, got token-mean|"
            + "LossAggregation = token-mean|LossAggregation = seq-mean-token-mean"
        },
        {
            new GrpoOptions { Surrogate = SurrogateLoss.TwoSidedClip },
            "DualClip must be > 0 with Surrogate two-sided-clip, which it is the bound of, got 0|DualClip = 0|DualClip = 3"
        },
        {
            new GrpoOptions { Regularizer = new() { KlInReward = true } },
            "Beta must be > 0 with KlInReward, which speaks of the divergence that it weighs, got 0|Beta = 0|Beta = 0.04"
        },
        {
            new GrpoOptions { Beta = 0.1, Regularizer = new() { KlInReward = true, KlRatioWeighted = true } },
            "KlRatioWeighted must be false with KlInReward, where no ratio has moved yet, got true|"
            + "KlRatioWeighted = true|KlRatioWeighted = false"
        },
        {
            new RegularizerOptions { EntropyMin = 2 },
            "EntropyMax must be >= EntropyMin (2), got 1|EntropyMax = 1|EntropyMax = 3"
        },
        {
            new SurrogateOptions { CovarianceLow = 6 },
            "CovarianceHigh must be > CovarianceLow (6), got 5|CovarianceHigh = 5|CovarianceHigh = 10"
        },
        {
            new CorrectionOptions { CorrectionMin = 4 },
            "CorrectionMax must be > CorrectionMin (4), got 3|CorrectionMax = 3|CorrectionMax = 7"
        },
        // A record within the record is checked with it.
        { new GrpoOptions { Sampling = new() { Temperature = 0 } }, "Temperature must be > 0, got 0|Temperature = 0|Temperature = 1" },
        { new GrpoOptions { MaxNewTokens = 0 }, "MaxNewTokens must be >= 1, got 0|MaxNewTokens = 0|MaxNewTokens = 32" },
        { new Sampling { TopK = -1 }, "TopK must be >= 0, got -1|TopK = -1|TopK = 0" },
        { new Sampling { TopP = -0.1 }, "TopP must be >= 0 and <= 1, got -0.1|TopP = -0.1|TopP = 1" },
        { new Sampling { TopP = 1.5 }, "TopP must be >= 0 and <= 1, got 1.5|TopP = 1.5|TopP = 1" },
        { new Sampling { MinP = double.NaN }, "MinP must be >= 0 and <= 1, got NaN|MinP = NaN|MinP = 0" },
        { new Sampling { MinP = 1.1 }, "MinP must be >= 0 and <= 1, got 1.1|MinP = 1.1|MinP = 0" },
        {
            new Sampling { RepetitionPenalty = -1 },
            "RepetitionPenalty must be > 0, got -1|RepetitionPenalty = -1|RepetitionPenalty = 1"
        },
        { new PpoOptions { PpoEpochs = 0 }, "PpoEpochs must be >= 1, got 0|PpoEpochs = 0|PpoEpochs = 4" },
        { new PpoOptions { Minibatches = 0 }, "Minibatches must be >= 1, got 0|Minibatches = 0|Minibatches = 1" },
        { new PpoOptions { Gamma = 1.5 }, "Gamma must be >= 0 and <= 1, got 1.5|Gamma = 1.5|Gamma = 1" },
        { new PpoOptions { GaeLambda = -0.5 }, "GaeLambda must be >= 0 and <= 1, got -0.5|GaeLambda = -0.5|GaeLambda = 0.95" },
        { new PpoOptions { KlCoef = -1 }, "KlCoef must be >= 0, got -1|KlCoef = -1|KlCoef = 0" },
        { new PpoOptions { ClipRangeValue = -1 }, "ClipRangeValue must be >= 0, got -1|ClipRangeValue = -1|ClipRangeValue = 0.2" },
        { new PpoOptions { VfCoef = double.NaN }, "VfCoef must be >= 0, got NaN|VfCoef = NaN|VfCoef = 0.1" },
        {
            new PpoOptions { ValueLearningRate = 0 },
            "ValueLearningRate must be > 0 and <= 1, got 0|ValueLearningRate = 0|ValueLearningRate = 0.001"
        },
        { new PpoOptions { EntropyCoef = -1 }, "EntropyCoef must be >= 0, got -1|EntropyCoef = -1|EntropyCoef = 0" },
        { new PpoOptions { CriticWarmup = -1 }, "CriticWarmup must be >= 0, got -1|CriticWarmup = -1|CriticWarmup = 0" },
        { new PpoOptions { TargetKl = -1 }, "TargetKl must be >= 0, got -1|TargetKl = -1|TargetKl = 0" },
        {
            new PpoOptions { Critic = CriticKind.Categorical, NormalizeValues = true },
            "NormalizeValues must be false where Critic is categorical, which scales returns itself, got true|NormalizeValues = true|NormalizeValues = false"
        },
        { new PpoOptions { CriticBins = 1 }, "CriticBins must be >= 2 and <= 10000, got 1|CriticBins = 1|CriticBins = 101" },
        { new PpoOptions { CriticRange = 0 }, "CriticRange must be > 0, got 0|CriticRange = 0|CriticRange = 10" },
        { new PpoOptions { RewardClip = -1 }, "RewardClip must be >= 0, got -1|RewardClip = -1|RewardClip = 10" },
        { new ShapingOptions { TimeWeight = -1 }, "TimeWeight must be >= 0, got -1|TimeWeight = -1|TimeWeight = 0" },
        { new GrpoOptions { RefillRounds = -1 }, "RefillRounds must be >= 0, got -1|RefillRounds = -1|RefillRounds = 10" },
        { new GrpoOptions { AdvantageGamma = 2 }, "AdvantageGamma must be >= 0 and <= 1, got 2|AdvantageGamma = 2|AdvantageGamma = 1" },
        {
            new GrpoOptions { AdvantageEstimator = "opo", ScaleRewards = AdvantageScale.None },
            "AdvantageEstimator must be left unset where ScaleRewards (none) or Baseline (group-mean) is set, got opo|"
            + "AdvantageEstimator = opo|leave AdvantageEstimator unset"
        },
        {
            new GrpoOptions { GroupMeanMin = 0.9, GroupMeanMax = 0.1 },
            "GroupMeanMin must be <= GroupMeanMax (0.1), got 0.9|GroupMeanMin = 0.9|leave GroupMeanMin unset"
        },
        {
            new GrpoOptions { GroupSize = 1, AdvantageEstimator = "psr", ZeroVariance = ZeroVariance.Drop },
            "ZeroVariance must be keep where GroupSize is 1: a group of one has no spread, got drop|ZeroVariance = drop|ZeroVariance = keep"
        },
        { new AnswerOptions(), "Model must be given|Model = |set Model" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_that_cannot_work_is_refused_with_one_that_does(object options, string expected)
    {
        string[] parts = expected.Split('|');

        var error = Assert.Throws<OptionException>(() => OptionsCheck.Validate(options));
        Assert.Equal((parts[0], parts[1], parts[2]), (error.Message, error.Where, error.Fix));
    }

    // Two rules, and three with one of a record that is held; the first is the exception's own, as if it were alone.
    [Fact]
    public void Options_that_exclude_each_other_are_told_all_at_once()
    {
        var two = new GrpoOptions { Surrogate = SurrogateLoss.TwoSidedClip, AdvantageEstimator = "opo", ScaleRewards = AdvantageScale.None };
        var error = Assert.Throws<OptionException>(() => OptionsCheck.Validate(two));
        Assert.Equal("AdvantageEstimator", error.Property);
        Assert.Equal(["DualClip"], error.Others.Cast<OptionException>().Select(other => other.Property));
        Assert.Equal(
            "error: AdvantageEstimator must be left unset where ScaleRewards (none) or Baseline (group-mean) is set, got opo\n"
            + "   at: AdvantageEstimator = opo\n  try: leave AdvantageEstimator unset\n"
            + "error: DualClip must be > 0 with Surrogate two-sided-clip, which it is the bound of, got 0\n   at: DualClip = 0\n  try: DualClip = 3",
            error.Render());

        var three = new GrpoOptions
        {
            Surrogate = SurrogateLoss.Gspo,
            GroupSize = 1,
            Regularizer = new() { KlInReward = true, KlRatioWeighted = true },
        };
        error = Assert.Throws<OptionException>(() => OptionsCheck.Validate(three));
        Assert.Equal(["KlRatioWeighted", "GroupSize", "LossAggregation", "Beta"],
            error.Others.Prepend(error).Cast<OptionException>().Select(other => other.Property));
        Assert.Equal(4 * 3, error.Render().Split('\n').Length);
    }

    // A rule between options supposes that each is within its range: those come first, all of them.
    [Fact]
    public void Values_out_of_their_range_are_told_before_rules_and_all_at_once()
    {
        var wrong = new GrpoOptions { LearningRate = 0, GroupSize = 0, Surrogate = "gspo", Sampling = new() { Temperature = 0 } };
        var error = Assert.Throws<OptionException>(() => OptionsCheck.Validate(wrong));
        Assert.Equal(["GroupSize", "LearningRate", "Temperature"],
            error.Others.Prepend(error).Cast<OptionException>().Select(other => other.Property).Order());
    }

    [Fact]
    public void PPO_tells_all_that_it_has_no_place_for()
    {
        var options = new GrpoOptions { NumIterations = 2, AdvantageEstimator = "opo", ZeroVariance = ZeroVariance.Drop, Surrogate = "kl-cov" };
        UsageException[] all = [.. PpoUpdate.Conflicts(options)];
        Assert.Equal(["NumIterations", "Surrogate", "AdvantageEstimator", "ZeroVariance"], all.Cast<OptionException>().Select(one => one.Property));
        Assert.Empty(PpoUpdate.Conflicts(new GrpoOptions()));
        UsageException moving = Assert.Throws<OptionException>(() => ObjectiveState.Refuse(new GrpoOptions
        {
            Beta = 1,
            Regularizer = new() { KlTarget = 1, ReferenceSyncSteps = 5 },
        }));
        Assert.Equal("ReferenceSyncSteps", Assert.IsType<OptionException>(Assert.Single(moving.Others)).Property);
    }

    private const string OfGrpo = "EntropyBonus, EntropyTarget, TopEntropyQuantile and KlInReward are of GRPO";

    public static TheoryData<GrpoOptions, string> Foreign { get; } = new()
    {
        { new() { Regularizer = new() { EntropyBonus = 0.1 } }, OfGrpo },
        { new() { Regularizer = new() { EntropyTarget = 0.1 } }, OfGrpo },
        { new() { Regularizer = new() { TopEntropyQuantile = 0.2 } }, OfGrpo },
        { new() { Beta = 1, Regularizer = new() { KlInReward = true } }, OfGrpo },
        { new() { KlEstimator = "full" }, "KlEstimator must be an estimate from sampled actions in PPO" },
        { new() { GroupMeanMin = 0 }, "GroupMeanMin must be left unset in PPO" },
        { new() { GroupMeanMax = 1 }, "GroupMeanMax must be left unset in PPO" },
    };

    [Theory]
    [MemberData(nameof(Foreign))]
    public void PPO_has_no_place_for_it(GrpoOptions options, string problem) =>
        Assert.StartsWith(problem, Assert.Single(PpoUpdate.Conflicts(options)).Message, StringComparison.Ordinal);

    public static TheoryData<GrpoOptions, string> Moving { get; } = new()
    {
        { new() { Beta = 1, Regularizer = new() { KlTarget = 1 } }, "KlTarget" },
        { new() { Regularizer = new() { EntropyTarget = 0.1 } }, "EntropyTarget" },
        { new() { Beta = 1, Regularizer = new() { ReferenceSyncSteps = 1 } }, "ReferenceSyncSteps" },
        { new() { Correction = new() { SamplerCorrection = SamplerCorrection.TokenMask } }, "SamplerCorrection" },
        { new() { KlEstimator = "full" }, "KlEstimator" },
    };

    [Theory]
    [MemberData(nameof(Moving))]
    public void A_loop_without_state_refuses_what_needs_one(GrpoOptions options, string property) =>
        Assert.Equal(property, Assert.Throws<OptionException>(() => ObjectiveState.Refuse(options)).Property);

    // Those of a record that is held come first; then rules, then options that exclude each other, in words of their own.
    [Fact]
    public void What_excludes_each_other_is_told_with_the_rules()
    {
        var error = Assert.Throws<OptionException>(() => OptionsCheck.Validate(new Holder()));
        Assert.Equal(["Inner must be 1, got 0", "Outer must be 2, got 0", "one and two exclude each other"],
            error.Others.Prepend(error).Select(one => one.Message));

        error = Assert.Throws<OptionException>(() => OptionsCheck.Validate(new Holder { Throws = true }));
        Assert.Equal(["Inner must be 1, got 0", "Outer is none"], error.Others.Prepend(error).Select(one => one.Message));
    }

    private sealed record Holder : IOptionRules
    {
        [System.ComponentModel.Description("an option")]
        public int Outer { get; init; }

        public Held Held { get; init; } = new();

        public bool Throws { get; init; }

        public IEnumerable<OptionRule> Rules() => Throws ? throw new OptionException("Outer is none", nameof(Outer), 0, "Outer = 2")
            : [new(nameof(Outer), Outer == 2, "must be 2", 2)];

        public IEnumerable<UsageException> Conflicts() => [new("one and two exclude each other", "one", "leave out two")];
    }

    private sealed record Held : IOptionRules
    {
        [System.ComponentModel.Description("an option")]
        public int Inner { get; init; }

        public IEnumerable<OptionRule> Rules() => [new(nameof(Inner), Inner == 1, "must be 1", 1)];
    }

    [Fact]
    public void An_estimator_that_compares_no_groups_takes_a_group_of_one_and_an_unknown_one_is_named()
    {
        _ = OptionsCheck.Validate(new GrpoOptions { GroupSize = 1, AdvantageEstimator = "remax" });
        Assert.Equal("GroupSize", Assert.Throws<OptionException>(
            () => OptionsCheck.Validate(new GrpoOptions { GroupSize = 1, AdvantageEstimator = "opo" })).Property);
        OptionException unknown = Assert.Throws<OptionException>(
            () => OptionsCheck.Validate(new GrpoOptions { AdvantageEstimator = "remx" }));
        Assert.Equal(("AdvantageEstimator", "AdvantageEstimator = remax"), (unknown.Property, unknown.Fix));
    }

    [Fact]
    public void The_defaults_are_allowed()
    {
        var options = new GrpoOptions();

        Assert.Same(options, OptionsCheck.Validate(options));
        _ = OptionsCheck.Validate(new UpdateOptions());
        _ = OptionsCheck.Validate(new PpoOptions());
        _ = OptionsCheck.Validate(new ModelOptions());
    }

    // Whoever calls the library with a setting that cannot work is told before anything is computed.
    [Fact]
    public void Each_update_checks_its_options()
    {
        var wrong = new GrpoOptions { LearningRate = 0 };

        Refused("LearningRate", () => OptimizerStep.Create(null!, wrong));
        Refused("LearningRate", () => GrpoUpdate.Apply(null!, null!, null!, wrong, 1, default));
        Refused("LearningRate", () => SupervisedUpdate.Apply(null!, null!, [], wrong, 1));
        Refused("LearningRate", () => PpoUpdate.Apply(null!, null!, null!, wrong, new(), 1, 1, default));
        Refused("Gamma", () => PpoUpdate.Apply(null!, null!, null!, new(), new() { Gamma = 2 }, 1, 1, default));
        Refused("Gamma", () => PpoUpdate.Optimizer(null!, new(), new() { Gamma = 2 }));

        static void Refused(string property, Action update) => Assert.Equal(property, Assert.Throws<OptionException>(update).Property);
    }
}
