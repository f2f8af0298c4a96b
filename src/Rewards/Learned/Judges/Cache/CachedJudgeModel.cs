using System.Runtime.CompilerServices;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// A judge that is never asked the same twice: answers are kept in a file, each as soon as it is there.
/// </summary>
/// <remarks>
/// A run that is stopped and resumed pays for no answer again. What failed is not kept. Equal
/// requests of one call are asked once.
/// </remarks>
public sealed class CachedJudgeModel : IJudgeModel
{
    private readonly IJudgeModel _judge;
    private readonly string _identity;
    private readonly ReplyFile _file;
    private bool _disposed;

    /// <summary>A judge with a file of answers; it owns both.</summary>
    /// <param name="judge">Who is asked what the file does not hold.</param>
    /// <param name="path">The file; made where there is none. One process writes it at a time;
    /// several judges of it may.</param>
    /// <exception cref="ArgumentException">The judge changes while it is used: it has no identity.</exception>
    /// <exception cref="UsageException">The file cannot be written, another run writes it, or it
    /// holds something else.</exception>
    public CachedJudgeModel(IJudgeModel judge, string path)
    {
        ArgumentNullException.ThrowIfNull(judge);
        _judge = judge;
        _identity = judge.Identity
            ?? throw new ArgumentException("answers of a judge that changes cannot be kept", nameof(judge));
        _file = ReplyFile.Of(path);
    }

    /// <inheritdoc/>
    public string? Identity => _identity;

    /// <summary>How many answers the file holds.</summary>
    public int Count => _file.Count;

    /// <inheritdoc/>
    public async IAsyncEnumerable<JudgeReply> AskAsync(
        IReadOnlyList<JudgeRequest> requests, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        cancel.ThrowIfCancellationRequested();
        var digests = new Dictionary<ImageSource, byte[]>(ReferenceEqualityComparer.Instance);
        var open = new OrderedDictionary<string, List<int>>(StringComparer.Ordinal);
        for (int i = 0; i < requests.Count; i++)
        {
            string key = requests[i].Key(_identity, digests);
            if (_file.Find(key) is { } kept)
                yield return kept with { Request = i };
            else if (!open.TryAdd(key, [i]))
                open[key].Add(i);
        }

        if (open.Count == 0)
            yield break;
        JudgeRequest[] asked = [.. open.Values.Select(numbers => requests[numbers[0]])];
        await foreach (JudgeReply told in _judge.AskAsync(asked, cancel).ConfigureAwait(false))
        {
            (string key, List<int> numbers) = open.GetAt(told.Request);
            JudgeReply reply = told.Text is null ? told : _file.Add(key, told) with { IsCached = told.IsCached };
            foreach (int number in numbers)
            {
                bool isCached = reply.IsCached || (reply.Text is not null && number != numbers[0]);
                yield return reply with { Request = number, IsCached = isCached };
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _judge.Dispose();
        _file.Dispose();
    }
}
