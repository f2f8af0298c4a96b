namespace Vlm.Datasets;

/// <summary>What a layout of pairs finds in a row, as the file has it: nothing is checked, resolved or converted yet.</summary>
/// <param name="Prompt">What was asked; its last turn is a user's.</param>
/// <param name="Pairs">One, or several where more than two answers are ranked.</param>
internal sealed record PairParts(RowParts? Prompt, IReadOnlyList<PairSides> Pairs)
{
    /// <summary>A row that is in order and compares no two answers, and why.</summary>
    public static PairParts None(string reason) => new(null, []) { Unusable = reason };

    /// <summary>Why the row compares no two answers; null where it does.</summary>
    public string? Unusable { get; private init; }

    /// <summary>Reports are split by it, where no column says it.</summary>
    public string? Kind { get; init; }

    /// <summary>The row without its pair, where that is an example of <see cref="OwnLayout"/> with a truth.</summary>
    public Row? Known { get; init; }
}

/// <summary>Two answers to one question.</summary>
/// <param name="Chosen">The better one.</param>
/// <param name="Rejected">The other.</param>
internal readonly record struct PairSides(string Chosen, string Rejected)
{
    /// <summary>How much better; null where the layout does not say.</summary>
    public double? Strength { get; init; }
}
