namespace Vlm.Grpo;

/// <summary>A completion that comes near the limit of new tokens pays for it, and more the nearer it comes. Pure.</summary>
/// <remarks>
/// <code>
/// penalty = 0                               length up to limit - buffer
///           (limit - buffer - length) / buffer      from there to the limit
///           -1                              beyond it
/// </code>
/// Soft overlong punishment, Yu et al. 2025 (DAPO), arXiv:2503.14476, equation 13. verl scales it by a factor, which is the weight here.
/// </remarks>
public static class OverlongPenalty
{
    /// <summary>The penalty of a length, -1 to 0.</summary>
    /// <param name="length">Tokens of a completion.</param>
    /// <param name="limit">Most tokens of one.</param>
    /// <param name="buffer">Tokens over which the penalty rises, 1 to <paramref name="limit"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">A buffer that is longer than the limit, or none.</exception>
    public static double Of(int length, int limit, int buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(buffer);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(buffer, limit);
        return Math.Clamp((limit - buffer - length) / (double)buffer, -1, 0);
    }
}
