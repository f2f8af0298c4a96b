using System.Runtime.CompilerServices;
using Vlm.Rewards.Learned.Judges;

namespace Learned.Tests.Judges;

/// <summary>Answers as it was told to; null is a failure.</summary>
internal sealed class ScriptedJudge(Func<JudgeRequest, string?> answer, string? identity = "scripted") : IJudgeModel
{
    public string? Identity => identity;

    public List<JudgeRequest> Asked { get; } = [];

    public bool IsDisposed { get; private set; }

    public static string TextOf(JudgeRequest request) => request.Messages[0].Content[^1].Text!;

    // The last first: nobody may count on their order.
    public async IAsyncEnumerable<JudgeReply> AskAsync(
        IReadOnlyList<JudgeRequest> requests, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        for (int i = requests.Count - 1; i >= 0; i--)
        {
            await Task.Yield();
            cancel.ThrowIfCancellationRequested();
            Asked.Add(requests[i]);
            yield return answer(requests[i]) is { } text ? JudgeReply.Answered(i, text) : JudgeReply.Failed(i, "timed out after 60 s");
        }
    }

    public void Dispose() => IsDisposed = true;
}
