namespace Vlm.Grpo;

/// <summary>What the weight of a prompt is made from.</summary>
/// <param name="Accuracy">Share of its rollouts that are right; NaN where nothing was scored.</param>
/// <param name="TargetArea">Share of the image that its truth covers; NaN where it is no region.</param>
public readonly record struct PromptFacts(double Accuracy, double TargetArea);

/// <summary>How much each prompt of a step counts.</summary>
/// <param name="Name">The paper's.</param>
/// <param name="Weigh">From the prompts of a step, a weight of each, 0 or more. Pure.</param>
/// <param name="Source">Paper and equation.</param>
public sealed record PromptWeight(string Name, Func<IReadOnlyList<PromptFacts>, double[]> Weigh, string Source) : INamed
{
    /// <summary>All prompts count the same.</summary>
    public const string None = "none";

    private const string VlCogito = "VL-Cogito, Yuan et al. 2025, arXiv:2507.22607, online difficulty soft weighting";

    /// <summary>The weights that options choose from; a package adds its own.</summary>
    public static NamedTable<PromptWeight> Table { get; } = new("prompt weight",
        new PromptWeight(None, facts => [.. facts.Select(_ => 1.0)], "Shao et al. 2024, arXiv:2402.03300, equation 3"),
        new PromptWeight("odsw-easy", Soft(DifficultyStage.Easy), VlCogito),
        new PromptWeight("odsw-medium", Soft(DifficultyStage.Medium), VlCogito),
        new PromptWeight("odsw-hard", Soft(DifficultyStage.Hard), VlCogito),
        new PromptWeight("binary-easy", Binary(DifficultyStage.Easy), VlCogito + ", hard weighting"),
        new PromptWeight("binary-medium", Binary(DifficultyStage.Medium), VlCogito + ", hard weighting"),
        new PromptWeight("binary-hard", Binary(DifficultyStage.Hard), VlCogito + ", hard weighting"),
        new PromptWeight("small-target", facts => Grpo.TargetArea.Weights([.. facts.Select(fact => fact.TargetArea)]),
            "GUI-G1, Zhou et al. 2025, arXiv:2505.15810, section 4.3"));

    /// <summary>The batch with its advantages times the weights of their prompts.</summary>
    /// <param name="batch">With advantages, which are scaled already.</param>
    /// <param name="name">A row of <see cref="Table"/>.</param>
    /// <param name="factor">What all of them are multiplied by besides.</param>
    /// <returns>The batch, and <c>prompt_weight</c>: the mean weight.</returns>
    /// <exception cref="UsageException">There is no such row, or a weight of accuracy whose rewards do not say what is right.</exception>
    public static (Batch Batch, StepStats Stats) Apply(Batch batch, string name, double factor = 1)
    {
        if (name == None)
            return (factor == 1 ? batch : batch.With([.. batch.Select(sample => Times(sample.Advantage, factor))]), StepStats.Empty);
        double[] weights = Table[name].Weigh([.. GroupSuccess.Of(batch).Zip(batch.Groups, (accuracy, group) =>
            new PromptFacts(accuracy, Grpo.TargetArea.Of(batch[group[0]].Rollout.Prompt.Example.Truth)))]);
        var weighed = new Advantage[batch.Count];
        foreach ((int[] group, double weight) in batch.Groups.Zip(weights))
            foreach (int i in group)
                weighed[i] = Times(batch[i].Advantage, weight * factor);
        return (batch.With(weighed), StepStats.Of((Metric.PromptWeight, weights.Sum(), weights.Length)));
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Advantage Times(Advantage advantage, double factor) => advantage.Count is { } actions
        ? Enumerable.Range(0, actions).Select(t => advantage[t] * factor).ToArray() : advantage[0] * factor;

    // A prompt of which nothing was scored has no advantage to weigh.
    private static Func<IReadOnlyList<PromptFacts>, double[]> Soft(DifficultyStage stage) =>
        facts => [.. facts.Select(fact => double.IsNaN(fact.Accuracy) ? 1 : OnlineDifficulty.Soft(stage, fact.Accuracy))];

    private static Func<IReadOnlyList<PromptFacts>, double[]> Binary(DifficultyStage stage) =>
        facts => [.. facts.Select(fact => double.IsNaN(fact.Accuracy) ? 1 : OnlineDifficulty.Binary(stage, fact.Accuracy))];
}
