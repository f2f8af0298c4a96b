using System.ClientModel;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Polly.Timeout;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>What is to be made of a call that failed.</summary>
internal enum FailureKind
{
    /// <summary>This request was refused, or its answer is none: others may fare better.</summary>
    Refused,

    /// <summary>The server did not answer in time.</summary>
    TimedOut,

    /// <summary>Not now: the server is busy or broken, or the connection was lost.</summary>
    Transient,

    /// <summary>Nothing listens at the address.</summary>
    Unreachable,

    /// <summary>The key is wrong.</summary>
    Key,

    /// <summary>There is no such model or no such address.</summary>
    Unknown,
}

/// <summary>Why a call failed, read from what the client threw.</summary>
/// <param name="Kind">What is to be made of it.</param>
/// <param name="Reason">A few words of ours, and what the server said; it may hold the key.</param>
/// <param name="Status">The HTTP status; 0 where there was none.</param>
/// <param name="RetryAfter">How long the server asks to wait; null where it asks nothing.</param>
internal sealed record CallFailure(FailureKind Kind, string Reason, int Status = 0, TimeSpan? RetryAfter = null)
{
    /// <summary>The failure; null for a defect of ours, which is not caught.</summary>
    /// <param name="error">What was thrown.</param>
    /// <param name="now">For servers that name a date.</param>
    public static CallFailure? Of(Exception error, DateTimeOffset now) => error switch
    {
        TimeoutRejectedException late => new(FailureKind.TimedOut, $"timed out after {Seconds(late.Timeout)}"),
        ClientResultException { Status: > 0 } answered =>
            OfStatus(answered.Status, answered.Message, RetryAfterOf(answered, now)),
        HttpRequestException { StatusCode: { } status } answered => OfStatus((int)status, answered.Message, null),
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } huge =>
            new(FailureKind.Refused, huge.Message),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            new(FailureKind.Unreachable, "no machine of that name"),
        _ when Socket(error) is
        {
            SocketErrorCode: SocketError.ConnectionRefused or SocketError.HostUnreachable
            or SocketError.NetworkUnreachable or SocketError.HostNotFound
        } => new(FailureKind.Unreachable, "connection refused"),
        ClientResultException { InnerException: { } inner } => Of(inner, now),
        HttpRequestException or IOException or SocketException => new(FailureKind.Transient, "the connection was lost"),
        // What the clients throw where the body is no chat completion: no JSON, a field of another type, no choice.
        ClientResultException or JsonException or FormatException or InvalidOperationException or ArgumentException
            or KeyNotFoundException or IndexOutOfRangeException =>
                new(FailureKind.Refused, "answered what is no chat completion"),
        _ => null,
    };

    private static CallFailure OfStatus(int status, string said, TimeSpan? retryAfter) => status switch
    {
        401 or 403 => new(FailureKind.Key, $"HTTP {status}", status),
        404 => new(FailureKind.Unknown, $"HTTP {status}", status),
        408 or 429 or >= 500 => new(FailureKind.Transient, $"HTTP {status}: {said}", status, retryAfter),
        _ => new(FailureKind.Refused, $"HTTP {status}: {said}", status),
    };

    // Seconds or a date: RFC 9110, section 10.2.3.
    private static TimeSpan? RetryAfterOf(ClientResultException error, DateTimeOffset now)
    {
        if (error.GetRawResponse()?.Headers.TryGetValue("Retry-After", out string? text) != true)
            return null;
        TimeSpan? wait = double.TryParse(
            text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && seconds < TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date)
                ? date - now : null;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    private static SocketException? Socket(Exception? error)
    {
        while (error is not (null or SocketException))
            error = error.InnerException;
        return error as SocketException;
    }

    private static string Seconds(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}
