namespace Vlm.Datasets;

/// <summary>Data sets that are made as they are asked for, and chosen by name where a file could be given.</summary>
/// <param name="Name">"shapes".</param>
/// <param name="Kinds">The kinds of question that are asked in turn where none are named.</param>
/// <param name="Make">The example of a seed, a split and an index, of one of the kinds that are named.</param>
public sealed record GeneratedData(
    string Name, IReadOnlyList<string> Kinds, Func<long, Split, long, IReadOnlyList<string>, Example> Make) : INamed
{
    /// <summary>Coloured shapes, as <see cref="Shapes"/> draws them; boxes twice as often as any one kind of question.</summary>
    public static GeneratedData Drawings { get; } = new("shapes", ShapesOptions.VqaAndGround,
        (seed, split, index, kinds) => Shapes.Example(seed, split, index, new ShapesOptions { Kinds = kinds }));

    /// <summary>Drawings and statements in NLVR's manner, each drawing as three images.</summary>
    public static GeneratedData Statements { get; } = new("nlvr-like", NlvrLike.Kinds,
        (seed, split, index, kinds) => Nlvr.InParts(NlvrLike.Example(seed, split, index, kinds)));

    /// <summary>Pictures to tell someone about, as <see cref="Guide"/> makes them, for the roles that reinforcement pays for; it has a dial.</summary>
    public static GeneratedData Tours { get; } = Guided(1) with { Dialled = Guided };

    /// <summary>Those that can be named.</summary>
    public static NamedTable<GeneratedData> Table { get; } = new("generated data set", Drawings, Statements, Tours);

    /// <summary>The same data at a setting of its dial, as <see cref="DatasetOptions.Dial"/>; null where it has none.</summary>
    public Func<int, GeneratedData>? Dialled { get; init; }

    /// <summary>Examples to train on, without end.</summary>
    /// <param name="seed">The run's.</param>
    /// <param name="kinds">Asked in turn; empty for <see cref="Kinds"/>.</param>
    public ExampleStream Train(long seed, IReadOnlyList<string> kinds) =>
        ExampleStream.Generated(index => Make(seed, Split.Train, index, Chosen(kinds)));

    /// <summary>Examples to report: the same for every run, and about scenes that no training example shows.</summary>
    /// <param name="count">How many.</param>
    /// <param name="kinds">Asked in turn; empty for <see cref="Kinds"/>.</param>
    public IEnumerable<Example> Test(int count, IReadOnlyList<string> kinds) =>
        Enumerable.Range(0, count).Select(index => Make(0, Split.Test, index, Chosen(kinds)));

    private static GeneratedData Guided(int dial) => new("guide", GuideRoles.Reinforced,
        (seed, split, index, roles) => Guide.Example(seed, split, index, roles, dial));

    private IReadOnlyList<string> Chosen(IReadOnlyList<string> kinds) => kinds.Count > 0 ? kinds : Kinds;
}
