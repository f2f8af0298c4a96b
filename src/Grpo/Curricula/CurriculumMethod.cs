namespace Vlm.Grpo;

/// <summary>A way to choose the questions of a step.</summary>
/// <param name="Name">As options spell it.</param>
/// <param name="Next">From where the curriculum stands to the questions of a step. Pure: the same state, seed and step, the same
/// questions.</param>
/// <param name="Source">Paper and equation.</param>
public sealed record CurriculumMethod(
    string Name, Func<CurriculumState, CurriculumRequest, CurriculumDraw> Next, string Source) : INamed
{
    /// <summary>Every question once in each pass, data sets in turn by their weights.</summary>
    public const string Shuffled = "shuffled";

    /// <summary>The next questions follow from the number of the step alone, and nothing has to be kept.</summary>
    public bool IsStateless { get; init; }

    /// <summary>It looks at the success rate of each source.</summary>
    public bool RatesSources { get; init; }

    /// <summary>It looks at the success rate of each question.</summary>
    public bool RatesQuestions { get; init; }

    /// <summary>Each question must come again some time: data without end has none that does.</summary>
    public bool NeedsAnEnd { get; init; }

    /// <summary>The curricula that options choose from; a package adds its own.</summary>
    public static NamedTable<CurriculumMethod> Table { get; } = new("curriculum",
        new CurriculumMethod(Shuffled, InTurn.Shuffled,
            "epochs of shuffled data: Bottou 2012, https://doi.org/10.1007/978-3-642-35289-8_25")
        {
            IsStateless = true,
        },
        new CurriculumMethod("mixture", ByChance.Mixture, "Raffel et al. 2020 (T5), arXiv:1910.10683, section 3.5.2"),
        new CurriculumMethod("success-rate", ByChance.SuccessRate, "VLA-RL, Lu et al. 2025, arXiv:2505.18719") { RatesSources = true },
        new CurriculumMethod("band", InTurn.Band, "PRIME, Cui et al. 2025, arXiv:2502.01456: online prompt filtering")
        {
            RatesQuestions = true,
            NeedsAnEnd = true,
        },
        new CurriculumMethod("replay", HardReplay.Next, "Kimi k1.5, Kimi Team 2025, arXiv:2501.12599: prioritized sampling")
        {
            RatesQuestions = true,
        });

    /// <inheritdoc/>
    public override string ToString() => Name;
}
