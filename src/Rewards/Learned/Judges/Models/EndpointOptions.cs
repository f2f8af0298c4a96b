using System.ComponentModel.DataAnnotations;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>How a judge behind an address is asked.</summary>
public sealed record EndpointOptions
{
    /// <summary>Most requests in flight.</summary>
    /// <value>The default is 16.</value>
    [Range(1, 4096)]
    public int MaxConcurrency { get; init; } = 16;

    /// <summary>Seconds that one try may take. What takes longer is not tried again.</summary>
    /// <value>The default is 60 seconds.</value>
    [Range(0d, 86_400, MinimumIsExclusive = true)]
    public double Timeout { get; init; } = 60;

    /// <summary>
    /// How often a request is repeated that was turned away for now: statuses 408, 429 and 5xx, a broken connection.
    /// </summary>
    /// <value>The default is 4.</value>
    [Range(0, 100)]
    public int MaxRetries { get; init; } = 4;

    /// <summary>
    /// Seconds before the first repetition; doubled before each further one, with jitter. What
    /// the server asks for comes first.
    /// </summary>
    /// <value>The default is 0.5 seconds.</value>
    [Range(0d, 3600)]
    public double RetryDelay { get; init; } = 0.5;

    /// <summary>Seconds that a repetition waits at most; a server that asks for a longer wait has failed.</summary>
    /// <value>The default is 120 seconds.</value>
    [Range(0d, 86_400)]
    public double MaxRetryDelay { get; init; } = 120;

    /// <summary>Most tokens of an answer, thinking included.</summary>
    /// <value>The default is 1024 tokens.</value>
    [Range(1, int.MaxValue)]
    public int MaxNewTokens { get; init; } = 1024;

    /// <summary>
    /// The temperature that is asked for; null leaves it to the server, as models that take none want it.
    /// </summary>
    /// <value>The default is 0: the same question, the same answer.</value>
    [Range(0d, 2)]
    public double? Temperature { get; init; } = 0;
}
