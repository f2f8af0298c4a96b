namespace Vlm.Loading;

/// <summary>
/// Counts the calls that use a model, so that it is freed when its owner has disposed it and the last call has ended. Safe to
/// use from several threads.
/// </summary>
/// <param name="free">Called once.</param>
internal sealed class Lease(Action free)
{
    private readonly Lock _lock = new();
    private int _calls;
    private bool _closed;

    /// <summary>A call begins.</summary>
    /// <returns>To dispose where the call ends.</returns>
    /// <exception cref="ObjectDisposedException"><see cref="Close"/> was called.</exception>
    internal IDisposable Enter()
    {
        lock (_lock)
        {
            Check();
            _calls++;
        }
        return new Call(this);
    }

    /// <summary>Throws where <see cref="Enter"/> would.</summary>
    /// <exception cref="ObjectDisposedException"><see cref="Close"/> was called.</exception>
    internal void Check() => ObjectDisposedException.ThrowIf(_closed, typeof(VisionLanguageModel));

    /// <summary>No call begins any more. Frees now, or where the last call ends.</summary>
    internal void Close()
    {
        bool last;
        lock (_lock)
        {
            last = !_closed && _calls == 0;
            _closed = true;
        }
        if (last)
            free();
    }

    private void Leave()
    {
        bool last;
        lock (_lock)
            last = --_calls == 0 && _closed;
        if (last)
            free();
    }

    private sealed class Call(Lease lease) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
                lease.Leave();
        }
    }
}
