namespace Vlm.Grpo.Tests.Step;

public sealed class GrpoOptionsTests
{
    public static TheoryData<object, string> Wrong { get; } = new()
    {
        { new GrpoOptions { GroupSize = 1 }, "GroupSize must be >= 2, got 1|GroupSize = 1|GroupSize = 8" },
        { new GrpoOptions { MicroBatch = 0 }, "MicroBatch must be >= 1, got 0|MicroBatch = 0|MicroBatch = 64" },
        { new GrpoOptions { PromptsPerStep = 0 }, "PromptsPerStep must be >= 1, got 0|PromptsPerStep = 0|PromptsPerStep = 8" },
        { new GrpoOptions { Steps = 20, Warmup = 20 }, "Warmup must be < Steps (20), got 20|Warmup = 20|Warmup = 2" },
        {
            new GrpoOptions { LearningRate = double.NaN },
            "LearningRate must be > 0 and <= 1, got NaN|LearningRate = NaN|LearningRate = 1e-05"
        },
        { new GrpoOptions { LearningRate = 0 }, "LearningRate must be > 0 and <= 1, got 0|LearningRate = 0|LearningRate = 1e-05" },
        { new GrpoOptions { Beta1 = 1 }, "Beta1 must be >= 0 and <= 0.9999, got 1|Beta1 = 1|Beta1 = 0.9" },
        { new GrpoOptions { ClipLow = 1.5 }, "ClipLow must be > 0 and <= 1, got 1.5|ClipLow = 1.5|ClipLow = 0.2" },
        { new GrpoOptions { ClipHigh = 0 }, "ClipHigh must be > 0, got 0|ClipHigh = 0|ClipHigh = 0.28" },
        { new GrpoOptions { DualClip = 1.25 }, "DualClip must be > 1 + ClipHigh (1.28), or 0, got 1.25|DualClip = 1.25|DualClip = 3" },
        {
            new GrpoOptions { KlWeight = double.PositiveInfinity },
            "KlWeight must be >= 0 and finite, got Infinity|KlWeight = Infinity|KlWeight = 0"
        },
        { new GrpoOptions { KlWeight = -0.1 }, "KlWeight must be >= 0, got -0.1|KlWeight = -0.1|KlWeight = 0" },
        { new GrpoOptions { MaxGradNorm = -1 }, "MaxGradNorm must be >= 0, got -1|MaxGradNorm = -1|MaxGradNorm = 1" },
        {
            new GrpoOptions { AdvantageEpsilon = 0 },
            "AdvantageEpsilon must be > 0, got 0|AdvantageEpsilon = 0|AdvantageEpsilon = 0.0001"
        },
        {
            new GrpoOptions { KlEstimator = (KlEstimator)7 },
            "KlEstimator must be one of K1, K2, K3, got 7|KlEstimator = 7|KlEstimator = k3"
        },
        // A record within the record is checked with it.
        { new GrpoOptions { Sampling = new() { Temperature = 0 } }, "Temperature must be > 0, got 0|Temperature = 0|Temperature = 1" },
        { new GrpoOptions { MaxNewTokens = 0 }, "MaxNewTokens must be >= 1, got 0|MaxNewTokens = 0|MaxNewTokens = 32" },
        { new Sampling { TopK = -1 }, "TopK must be >= 0, got -1|TopK = -1|TopK = 0" },
        { new Sampling { TopP = 0 }, "TopP must be > 0 and <= 1, got 0|TopP = 0|TopP = 1" },
        { new Sampling { TopP = 1.5 }, "TopP must be > 0 and <= 1, got 1.5|TopP = 1.5|TopP = 1" },
        { new Sampling { MinP = double.NaN }, "MinP must be >= 0 and <= 1, got NaN|MinP = NaN|MinP = 0" },
        { new Sampling { MinP = 1.1 }, "MinP must be >= 0 and <= 1, got 1.1|MinP = 1.1|MinP = 0" },
        {
            new Sampling { RepetitionPenalty = -1 },
            "RepetitionPenalty must be > 0, got -1|RepetitionPenalty = -1|RepetitionPenalty = 1"
        },
        { new PpoOptions { Epochs = 0 }, "Epochs must be >= 1, got 0|Epochs = 0|Epochs = 4" },
        { new PpoOptions { Minibatches = 0 }, "Minibatches must be >= 1, got 0|Minibatches = 0|Minibatches = 1" },
        { new PpoOptions { Gamma = 1.5 }, "Gamma must be >= 0 and <= 1, got 1.5|Gamma = 1.5|Gamma = 1" },
        { new PpoOptions { Lambda = -0.5 }, "Lambda must be >= 0 and <= 1, got -0.5|Lambda = -0.5|Lambda = 0.95" },
        { new PpoOptions { RewardKl = -1 }, "RewardKl must be >= 0, got -1|RewardKl = -1|RewardKl = 0" },
        { new PpoOptions { ValueClip = -1 }, "ValueClip must be >= 0, got -1|ValueClip = -1|ValueClip = 0.2" },
        { new PpoOptions { ValueWeight = double.NaN }, "ValueWeight must be >= 0, got NaN|ValueWeight = NaN|ValueWeight = 0.1" },
        {
            new PpoOptions { ValueLearningRate = 0 },
            "ValueLearningRate must be > 0 and <= 1, got 0|ValueLearningRate = 0|ValueLearningRate = 0.001"
        },
        { new PpoOptions { EntropyWeight = -1 }, "EntropyWeight must be >= 0, got -1|EntropyWeight = -1|EntropyWeight = 0" },
        { new PpoOptions { CriticWarmup = -1 }, "CriticWarmup must be >= 0, got -1|CriticWarmup = -1|CriticWarmup = 0" },
        { new PpoOptions { TargetKl = -1 }, "TargetKl must be >= 0, got -1|TargetKl = -1|TargetKl = 0" },
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
