namespace Vlm.Rewards;

/// <summary>What a completion earned, and why.</summary>
/// <param name="Value">
/// 0 worthless .. 1 right, unless the reward says otherwise. Always finite, but for NaN where a judge that had to be asked failed.
/// </param>
/// <param name="Reason">A few words for logs: what was matched, or what was wrong.</param>
public readonly record struct Score(double Value, string Reason)
{
    /// <summary>A wrong answer, with the reason.</summary>
    public static Score Zero(string reason) => new(0, reason);

    /// <summary>A right answer.</summary>
    public static Score One(string reason) => new(1, reason);
}
