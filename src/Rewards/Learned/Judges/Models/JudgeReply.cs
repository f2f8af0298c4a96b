namespace Vlm.Rewards.Learned.Judges;

/// <summary>What came of a request: a text, or the reason why there is none.</summary>
public sealed record JudgeReply
{
    private JudgeReply(int request, string? text, string failure) =>
        (Request, Text, Failure) = (request, text, failure);

    /// <summary>The number of the request in its call, from 0.</summary>
    public int Request { get; init; }

    /// <summary>What the judge wrote, thinking included; null where it wrote nothing.</summary>
    public string? Text { get; }

    /// <summary>Why there is no text: "timed out after 60 s"; empty where there is one. It holds no key.</summary>
    public string Failure { get; }

    /// <summary>The text ends where the limit of its length was reached.</summary>
    public bool IsTruncated { get; init; }

    /// <summary>It was asked before, and nobody was asked now.</summary>
    public bool IsCached { get; init; }

    /// <summary>An answer.</summary>
    /// <param name="request">The number of the request.</param>
    /// <param name="text">What the judge wrote.</param>
    public static JudgeReply Answered(int request, string text) => new(request, text, "");

    /// <summary>None, and why.</summary>
    /// <param name="request">The number of the request.</param>
    /// <param name="reason">A few words.</param>
    public static JudgeReply Failed(int request, string reason) => new(request, null, reason);
}
