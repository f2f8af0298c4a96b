namespace Vlm.Rewards;

/// <summary>The columns of a row that hold what is right.</summary>
public sealed record TruthColumns
{
    /// <summary><c>truth</c>, or <c>answer</c> where it is not filled; null where columns of their own hold the truth.</summary>
    public string? Text { get; init; }

    /// <summary><c>choices</c>: the options' texts.</summary>
    public IReadOnlyList<string>? Choices { get; init; }

    /// <summary>
    /// The number of the true option, 0 the first, where a column of whole numbers holds it; null where only <see cref="Text"/>
    /// says which.
    /// </summary>
    public long? Index { get; init; }

    /// <summary><c>box</c>: x1, y1, x2, y2.</summary>
    public IReadOnlyList<double>? Box { get; init; }

    /// <summary><c>frame</c>: the name of a <see cref="Rewards.Frame"/>, which says what the numbers of the box mean.</summary>
    public string? Frame { get; init; }

    /// <summary><c>frame_size</c>: width and height of the frame.</summary>
    public IReadOnlyList<double>? FrameSize { get; init; }

    /// <summary>Width and height of the first image in pixels; null where there is none.</summary>
    public Func<Extent>? ImageSize { get; init; }

    /// <summary>The file and row, for messages.</summary>
    public string Where { get; init; } = "";

    /// <summary>A complaint about this row.</summary>
    /// <param name="problem">What is wrong.</param>
    /// <param name="fix">What would be right.</param>
    public UsageException Wrong(string problem, string fix) => new(problem, Where, fix);
}
