using System.Collections.Immutable;

namespace Vlm.LatentActions;

/// <summary>
/// How codes were used in the last steps of a stage: tells a codebook that has collapsed from one bad batch.
/// </summary>
/// <param name="Steps">How many steps it looks back, 1 or more.</param>
public sealed record CodeWindow(int Steps)
{
    private const int Fewest = 2;       // of one code there is no choice

    private ImmutableQueue<long[]> Kept { get; init; } = [];

    private int Count { get; init; }

    /// <summary>Adds a step, and forgets the oldest where there are too many.</summary>
    /// <param name="times">K numbers, how often the step used each code: <see cref="LatentParts.CodeTimes"/>.</param>
    public CodeWindow Add(long[] times) => Count < Steps
        ? this with { Kept = Kept.Enqueue(times), Count = Count + 1 }
        : this with { Kept = Kept.Enqueue(times).Dequeue() };

    /// <summary>True when it has seen <see cref="Steps"/> steps that together used fewer than 2 codes.</summary>
    public bool Collapsed => Count == Steps && Usage.Used < Fewest;

    /// <summary>The steps' codes together.</summary>
    /// <exception cref="InvalidOperationException">No step was added yet.</exception>
    public CodeUsage Usage => Count == 0 ? throw new InvalidOperationException("the window is empty")
        : CodeUsage.OfTimes(Kept.Aggregate((all, step) => [.. all.Zip(step, (a, b) => a + b)]));
}
