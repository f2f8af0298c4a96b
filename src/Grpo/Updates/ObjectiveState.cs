using System.Text.Json;

namespace Vlm.Grpo;

/// <summary>Weights of the objective that follow what steps measure; immutable, and part of a checkpoint.</summary>
/// <param name="Beta">Of the divergence.</param>
/// <param name="EntropyBonus">Of the entropy, before it is decided whether the next step pays it.</param>
/// <param name="Entropy">What the last step measured, in nats; null before the first.</param>
public sealed record ObjectiveState(double Beta, double EntropyBonus, double? Entropy)
{
    private const string File = "objective.json";

    /// <summary>Before the first step.</summary>
    /// <param name="options">Where the weights begin.</param>
    public static ObjectiveState Start(GrpoOptions options) => new(options.Beta, options.Regularizer.EntropyBonus, null);

    /// <summary>That of a checkpoint; the start where there is no folder, or none of its weights moves.</summary>
    /// <param name="folder">A checkpoint's; null for a fresh run.</param>
    /// <param name="options">The run's.</param>
    /// <exception cref="UsageException">The file is missing or damaged.</exception>
    public static ObjectiveState Load(string? folder, GrpoOptions options)
    {
        if (folder is null || !Moves(options))
            return Start(options);
        string path = Path.Combine(folder, File);
        try
        {
            return JsonSerializer.Deserialize<ObjectiveState>(System.IO.File.ReadAllText(path)) ?? throw new JsonException("it is empty");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException($"cannot read the weights of the objective: {error.Message}", path,
                "resume from an earlier checkpoint of the run");
        }
    }

    /// <summary>Writes it into a checkpoint's folder, where one of its weights moves.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="options">The run's.</param>
    public void Write(string folder, GrpoOptions options)
    {
        if (Moves(options))
            System.IO.File.WriteAllText(Path.Combine(folder, File), JsonSerializer.Serialize(this) + "\n");
    }

    /// <summary>The options of the next step.</summary>
    /// <param name="options">The run's.</param>
    public GrpoOptions Of(GrpoOptions options) => !Moves(options) ? options : options with
    {
        Beta = Beta,
        Regularizer = options.Regularizer with
        {
            EntropyBonus = options.Regularizer.EntropyTarget == 0 ? EntropyBonus : AdaptiveEntropy.Applied(
                EntropyBonus, Entropy ?? double.PositiveInfinity, options.Regularizer.EntropyTarget),
        },
    };

    /// <summary>After a step.</summary>
    /// <param name="stats">What it measured.</param>
    /// <param name="completions">Of the step.</param>
    /// <param name="options">The run's.</param>
    public ObjectiveState After(StepStats stats, int completions, GrpoOptions options)
    {
        RegularizerOptions chosen = options.Regularizer;
        double kl = stats[Metric.Kl], entropy = stats[Metric.Entropy];
        return new(
            chosen.KlTarget > 0 && double.IsFinite(kl) ? AdaptiveKl.Next(Beta, kl, chosen.KlTarget, chosen.KlHorizon, completions) : Beta,
            chosen.EntropyTarget > 0 && double.IsFinite(entropy) ? AdaptiveEntropy.Next(EntropyBonus, entropy, chosen) : EntropyBonus,
            double.IsFinite(entropy) ? entropy : Entropy);
    }

    /// <summary>
    /// For loops that keep no such state: throws where the options ask for weights that move, or for another engine's rollouts.
    /// </summary>
    /// <param name="options">The run's.</param>
    /// <exception cref="UsageException">They do.</exception>
    public static void Refuse(GrpoOptions options)
    {
        RegularizerOptions chosen = options.Regularizer;
        (string? name, object value) = chosen.KlTarget > 0 ? (nameof(chosen.KlTarget), chosen.KlTarget)
            : chosen.EntropyTarget > 0 ? (nameof(chosen.EntropyTarget), chosen.EntropyTarget)
            : chosen.ReferenceSyncSteps > 0 ? (nameof(chosen.ReferenceSyncSteps), chosen.ReferenceSyncSteps)
            : options.Correction.SamplerCorrection != SamplerCorrection.None
                ? (nameof(options.Correction.SamplerCorrection), options.Correction.SamplerCorrection)
            : options.KlEstimator == KlEstimator.Full ? (nameof(options.KlEstimator), options.KlEstimator) : ((string?)null, (object)0);
        if (name is not null)
            throw OptionException.Breaks(name, value, "is of the grpo recipe and GrpoSession alone", null);
    }

    private static bool Moves(GrpoOptions options) => options.Regularizer is { KlTarget: > 0 } or { EntropyTarget: > 0 };
}
