namespace Vlm.Datasets;

/// <summary>What a layout finds in a row, as the file has it: nothing is checked, resolved or converted yet.</summary>
internal sealed record RowParts
{
    /// <summary>The chat; the last turn may be the reference answer. Image places stand where parts of the turns name images.</summary>
    public required IReadOnlyList<Message> Turns { get; init; }

    /// <summary>Images that parts of the turns name, one for each place.</summary>
    public IReadOnlyList<object?> Inside { get; init; } = [];

    /// <summary>Images of columns, in order.</summary>
    public IReadOnlyList<RowImage> Beside { get; init; } = [];

    /// <summary>What is right, or the reference answer: a text, a number, a flag, a list, named values. Null where no column has it.</summary>
    public object? Answer { get; init; }

    /// <summary>The question is a column of its own, so options that it does not name are added to it.</summary>
    public bool IsQuestion { get; init; }

    /// <summary>Where the last turn is an answer, it is the reference and no part of the prompt.</summary>
    public bool EndsWithAnswer { get; init; } = true;

    /// <summary>What the numbers of a box mean where neither a column nor the options say it; null where the layout does not.</summary>
    public Rewards.Frame? Frame { get; init; }

    /// <summary>How the four numbers of a box are meant; null where the layout does not say.</summary>
    public BoxForm? BoxForm { get; init; }

    /// <summary>The box that is the truth, where a column of this layout holds it.</summary>
    public object? Box { get; init; }

    /// <summary>The type of a truth that is no box, where the layout knows it.</summary>
    public string? AnswerType { get; init; }

    /// <summary>Reports are split by it, where no column says it.</summary>
    public string? Kind { get; init; }

    /// <summary>Boxes and points that the turns name, in the order of their places, in <see cref="Frame"/>.</summary>
    public IReadOnlyList<double[]> Named { get; init; } = [];
}

/// <summary>An image of a column.</summary>
/// <param name="Value">A path, bytes, base64, a data URL, or named values with one of these.</param>
/// <param name="Number">Of image_1, image_2 ..., which marks refer to by their number; 0 for others.</param>
internal sealed record RowImage(object Value, int Number = 0);
