namespace Vlm.Grpo;

/// <summary>How much better than expected a completion turned out: one number for all its actions, or one for each.</summary>
public readonly struct Advantage
{
    private readonly double _one;
    private readonly double[]? _each;

    private Advantage(double one, double[]? each) => (_one, _each) = (one, each);

    /// <summary>One number for all actions, as group-relative estimators give it.</summary>
    public static implicit operator Advantage(double one) => new(one, null);

    /// <summary>One number per action, as GAE gives it.</summary>
    public static implicit operator Advantage(double[] each) => new(0, each);

    /// <summary>Actions that have a number of their own; null where one counts for all.</summary>
    public int? Count => _each?.Length;

    /// <summary>That of one action.</summary>
    public double this[int action] => _each is null ? _one : _each[action];

    /// <summary>The one number, or the mean of all: what a table shows.</summary>
    public double Mean => _each is null ? _one : _each.Length == 0 ? 0 : _each.Average();

    /// <summary>True where no action has any.</summary>
    public bool IsZero => _each is null ? _one == 0 : _each.All(value => value == 0);

    /// <summary>False where one is NaN or infinite.</summary>
    public bool IsFinite => _each is null ? double.IsFinite(_one) : _each.All(double.IsFinite);

    /// <summary>As many numbers as the completion has actions.</summary>
    public float[] PerAction(int actions)
    {
        Advantage self = this;
        return [.. Enumerable.Range(0, actions).Select(t => (float)self[t])];
    }
}
