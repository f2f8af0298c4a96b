namespace Vlm.Rewards.Learned.Judges;

/// <summary>A model that answers what a judge asks: behind an address, from a folder, or the policy itself.</summary>
public interface IJudgeModel : IDisposable
{
    /// <summary>
    /// Tells it from every other that would answer otherwise: address, name and sampling, or the bytes of its folder.
    /// Null for one that changes while it is used, such as the policy in training: its answers cannot be kept.
    /// </summary>
    string? Identity { get; }

    /// <summary>Asks many requests, as many at once as the model bears.</summary>
    /// <param name="requests">Any number.</param>
    /// <param name="cancel">Ends it at once.</param>
    /// <returns>One reply for each request, each as soon as it is there; their order is that of their coming.</returns>
    /// <exception cref="UsageException">
    /// Nobody will answer: a wrong key, no such model, nothing at the address; or none of these requests was answered.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    IAsyncEnumerable<JudgeReply> AskAsync(IReadOnlyList<JudgeRequest> requests, CancellationToken cancel = default);
}

/// <summary>What all judges' models can do.</summary>
public static class JudgeModels
{
    /// <summary>Asks many requests and gives their replies in the order of the requests.</summary>
    /// <inheritdoc cref="IJudgeModel.AskAsync"/>
    public static async Task<IReadOnlyList<JudgeReply>> AskAllAsync(
        this IJudgeModel model, IReadOnlyList<JudgeRequest> requests, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        var replies = new JudgeReply[requests.Count];
        await foreach (JudgeReply reply in model.AskAsync(requests, cancel).ConfigureAwait(false))
            replies[reply.Request] = reply;
        return Array.IndexOf(replies, null) is var missing and >= 0
            ? throw new InvalidOperationException($"request {missing} of {requests.Count} has no reply") : replies;
    }
}
