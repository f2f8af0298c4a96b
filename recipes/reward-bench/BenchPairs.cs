using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;

/// <summary>What rewards are measured on.</summary>
/// <param name="Pairs">Of which the better answer is known.</param>
/// <param name="Contrasts">Questions that are alike, with each other's answers.</param>
/// <param name="ContrastsFrom">The files, generated drawings, or none.</param>
sealed record BenchPairs(IReadOnlyList<Preference> Pairs, IReadOnlyList<ContrastPair> Contrasts, string ContrastsFrom)
{
    /// <summary>What the truth says of both answers of each pair; null where it is not known.</summary>
    public IReadOnlyList<(double Chosen, double Rejected)?> Verified { get; } = [.. Pairs.Select(Truth)];

    /// <summary>Reads or makes what the options name.</summary>
    /// <exception cref="UsageException">A file or a row cannot be read, or both sides of a pair are equal.</exception>
    public static BenchPairs Open(Run run, RewardBenchOptions options)
    {
        if (PairFiles.AreGenerated(options.Data))
        {
            FilesOnly.RefuseFor(options.Reading, options.Data);
            return new([.. ShapesPreferences.Pairs(0, Split.Test, options.GeneratedPairs)], Generated(options.Contrasts), "generated drawings");
        }

        PreferenceData read = PairFiles.Read(run, options.Data, options.Reading);
        IReadOnlyList<ContrastPair> own = ContrastPair.In(read.Pairs);
        return own.Count > 0 ? new(read.Pairs, own, "the files") : new(read.Pairs, Generated(options.Contrasts), "generated drawings");
    }

    private static ContrastPair[] Generated(int count) => [.. ShapesContrasts.Pairs(0, Split.Test, count)];

    private static (double, double)? Truth(Preference pair) => pair.Example.Truth.IsKnown
        ? (Score(pair.Example, pair.Chosen), Score(pair.Example, pair.Rejected)) : null;

    private static double Score(Example example, string text) => example.Truth.Kind.Score.Compute(example.Read(text), example.Truth).Value;
}
