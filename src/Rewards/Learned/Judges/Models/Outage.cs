namespace Vlm.Rewards.Learned.Judges;

/// <summary>What became of one call's requests: whether anybody answers, and whether it is worth asking on.</summary>
/// <param name="facts">For the message.</param>
/// <param name="most">So many failures of the server one after another, and the rest is not asked.</param>
internal sealed class Outage(EndpointFacts facts, int most)
{
    private readonly Lock _lock = new();
    private int _answered, _failed, _inRow;
    private bool _server, _gone;
    private string _first = "";

    /// <summary>Why nothing more is asked; null where it is.</summary>
    public string? Reason
    {
        get
        {
            lock (_lock)
                return _inRow < most ? null : $"not asked: {_inRow} requests in a row failed, the first so: {_first}";
        }
    }

    /// <summary>A request was answered.</summary>
    public void Answered()
    {
        lock (_lock)
            (_answered, _inRow, _gone) = (_answered + 1, 0, false);
    }

    /// <summary>A request failed for good.</summary>
    /// <param name="kind">Why.</param>
    /// <param name="reason">As it is shown.</param>
    public void Failed(FailureKind kind, string reason)
    {
        lock (_lock)
        {
            _first = _failed++ == 0 ? reason : _first;
            if (kind is not (FailureKind.Refused or FailureKind.Key))
                (_server, _inRow, _gone) = (true, _inRow + 1, kind == FailureKind.Unreachable);
        }
    }

    /// <summary>At the end of a call.</summary>
    /// <remarks>
    /// One request that was refused alone may be at fault itself, such as one that is too long. Where the server
    /// is gone, what it answered before stands in the cache, and a step that learned from that part would not be
    /// the one that a resumed run makes.
    /// </remarks>
    /// <param name="requests">How many there were.</param>
    /// <exception cref="UsageException">There were some, and nobody answered one, or
    /// nobody answers any more.</exception>
    public void End(int requests)
    {
        lock (_lock)
            if (requests > 0 && _answered == 0 && (_server || requests > 1))
                throw facts.Silent(requests, _first);
            else if (_gone || _inRow >= most)
                throw facts.Gone(requests - _answered, requests, _first);
    }
}
