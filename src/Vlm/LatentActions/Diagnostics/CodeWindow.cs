using System.Collections.Immutable;

namespace Vlm.LatentActions;

/// <summary>
/// Code usage over the last steps of a stage: distinguishes a collapsed codebook from one unlucky batch.
/// </summary>
/// <param name="Steps">Number of steps, 1 or more.</param>
public sealed record CodeWindow(int Steps)
{
    private const int Fewest = 2;

    private ImmutableQueue<long[]> Kept { get; init; } = [];

    private int Count { get; init; }

    /// <summary>Adds a step, and drops the oldest beyond <see cref="Steps"/>.</summary>
    /// <param name="counts">K counts, how often the step used each code: <see cref="LatentParts.CodeCounts"/>.</param>
    public CodeWindow Add(long[] counts) => Count < Steps
        ? this with { Kept = Kept.Enqueue(counts), Count = Count + 1 }
        : this with { Kept = Kept.Enqueue(counts).Dequeue() };

    /// <summary>True once <see cref="Steps"/> steps together used fewer than 2 codes.</summary>
    public bool Collapsed => Count == Steps && Usage.Used < Fewest;

    /// <summary>The code usage of all these steps.</summary>
    /// <exception cref="InvalidOperationException">No step was added yet.</exception>
    public CodeUsage Usage => Count == 0 ? throw new InvalidOperationException("the window is empty")
        : CodeUsage.OfCounts(Kept.Aggregate((all, step) => [.. all.Zip(step, (a, b) => a + b)]));
}
