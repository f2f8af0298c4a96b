namespace Vlm.Rewards.Learned;

/// <summary>A reward that asks a model: a trained reward model, a generative judge, an encoder.</summary>
/// <remarks>
/// It sees all completions of a step together, so that it can batch them, share what they have in common, and compare those of
/// a group. Completions of one group have the same <see cref="Completion.Example"/> object.
/// </remarks>
public interface ILearnedReward : IDisposable
{
    /// <summary>What it is logged under, such as "rm" or "judge".</summary>
    string Name { get; }

    /// <summary>Scores completions.</summary>
    /// <param name="completions">Of one step; any number.</param>
    /// <param name="cancel">Looked at before each batch and each request.</param>
    /// <returns>One for each, in their order; what could not be scored says why.</returns>
    /// <exception cref="UsageException">
    /// Nothing can be scored, and nothing will be: a wrong key, no such model, an image that cannot be read.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default);
}
