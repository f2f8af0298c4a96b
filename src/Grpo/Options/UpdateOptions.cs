using System.Globalization;

namespace Vlm.Grpo;

/// <summary>What every update has: a rate and its schedule, a micro-batch, a bound on the gradient.</summary>
public record UpdateOptions : IRecipeOptions
{
    private const string Heading = "Update";

    /// <summary>Updates in the run.</summary>
    [Option("updates in the run", Group = Heading, Min = 1, Smoke = 2)]
    public int Steps { get; init; } = 100;

    /// <summary>Peak learning rate of AdamW.</summary>
    [Option("peak learning rate of AdamW", Group = Heading, Above = 0, Max = 1)]
    public double LearningRate { get; init; } = 1e-5;

    /// <summary>Share of each weight that decays per update, times the learning rate.</summary>
    [Option("decoupled weight decay of AdamW, times the learning rate", Group = Heading, Min = 0, Max = 1)]
    public double WeightDecay { get; init; }

    /// <summary>AdamW's memory of the gradient.</summary>
    [Option("AdamW's memory of the gradient", Group = Heading, Min = 0, Max = 0.9999)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>AdamW's memory of the squared gradient.</summary>
    [Option("AdamW's memory of the squared gradient", Group = Heading, Min = 0, Max = 0.99999)]
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Updates in which the learning rate rises to its peak.</summary>
    [Option("updates in which the learning rate rises to its peak", Group = Heading, Min = 0, Smoke = 0)]
    public int Warmup { get; init; }

    /// <summary>How the learning rate falls after the warm-up.</summary>
    [Option("how the learning rate falls after the warm-up", Group = Heading)]
    public ScheduleShape Decay { get; init; } = ScheduleShape.Constant;

    /// <summary>Share of the peak that the learning rate falls to.</summary>
    [Option("share of the peak that the learning rate falls to", Group = Heading, Min = 0, Max = 1)]
    public double FinalRate { get; init; }

    /// <summary>The gradient is scaled down to this Euclidean norm where it is longer; 0 leaves it.</summary>
    [Option("longest gradient, scaled down to it where longer; 0 leaves it", Group = Heading, Min = 0)]
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>Most completions in one forward and backward pass. Sets memory, never the gradient.</summary>
    [Option("most completions in one pass; sets memory, never the gradient", Group = Heading, Min = 1)]
    public int MicroBatch { get; init; } = 64;

    /// <summary>The learning rate over the run.</summary>
    public Schedule Schedule => new(Decay, Warmup, Steps, FinalRate);

    /// <inheritdoc/>
    public virtual void Validate()
    {
        AtLeast(1, Steps, "--steps");
        AtLeast(1, MicroBatch, "--micro-batch");
        if (!(LearningRate > 0 && double.IsFinite(LearningRate)))
            throw new UsageException(
                $"a learning rate of {Show(LearningRate)} moves nothing; it must be above 0",
                $"--learning-rate {Show(LearningRate)}", "--learning-rate 1e-5");
        if (Warmup < 0 || Warmup >= Steps)
            throw new UsageException(
                $"a warm-up of {Warmup} does not fit into {Steps} steps", $"--warmup {Warmup}",
                $"--warmup {Steps / 10}");
        if (!(MaxGradNorm >= 0))
            throw new UsageException(
                $"a gradient cannot be as short as {Show(MaxGradNorm)}; the bound is 0, for none, or above",
                $"--max-grad-norm {Show(MaxGradNorm)}", "--max-grad-norm 1");
    }

    /// <summary>Throws where a whole number is too small.</summary>
    private protected static void AtLeast(int smallest, int value, string option)
    {
        if (value < smallest)
            throw new UsageException(
                $"{option} is {value} and must be at least {smallest}", $"{option} {value}", $"{option} {smallest}");
    }

    /// <summary>A number as it would be typed.</summary>
    private protected static string Show(double number) => number.ToString("R", CultureInfo.InvariantCulture);
}
