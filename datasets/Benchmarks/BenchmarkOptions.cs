using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>In which order the options of a multiple-choice question are shown.</summary>
public enum ChoiceOrder
{
    /// <summary>As the file has them.</summary>
    File,

    /// <summary>Shuffled, by the seed and the id of the question.</summary>
    Shuffled,

    /// <summary>
    /// As many times as there are options, each time moved on by one; right where every answer is. MMBench, Liu et al. 2023,
    /// arXiv:2307.06281, section 4.1 (CircularEval).
    /// </summary>
    Circular,
}

/// <summary>How the questions of a benchmark are asked.</summary>
/// <param name="Mode">Whose prompts and rules.</param>
public sealed record BenchmarkOptions(ScoringMode Mode)
{
    /// <summary>The order of options.</summary>
    public ChoiceOrder Choices { get; init; } = ChoiceOrder.File;

    /// <summary>Of shuffled options.</summary>
    public long Seed { get; init; }

    /// <summary>How the answer is found in what the model wrote; null for all that follows its thinking, as the scorers read it.</summary>
    public AnswerFormat? Format { get; init; }
}
