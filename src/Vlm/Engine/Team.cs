namespace Vlm.Engine;

/// <summary>Threads that run one piece of work together, each a share of it, meeting at points they agree on.</summary>
/// <remarks>
/// For work of microseconds between meetings: a token's way through a decoder layer. Waiting is spinning, and yields after
/// some turns, so that two busy processes do not stop each other. One piece at a time; a caller that finds the team at work,
/// a member among them, does its own alone.
/// </remarks>
internal sealed class Team
{
    private static readonly Lock s_one = new();
    private static Team? s_team;

    private readonly Thread[] _helpers;
    private readonly SemaphoreSlim[] _wake;
    private Action<Member>? _work;
    private Exception? _failure;
    private Member.Meeting? _meeting;
    private int _left, _busy;

    private Team(int size)
    {
        Size = size;
        _wake = [.. Enumerable.Range(1, size - 1).Select(_ => new SemaphoreSlim(0))];
        _helpers = [.. Enumerable.Range(1, size - 1).Select(number => new Thread(() => Help(number))
        {
            IsBackground = true,
            Name = "decoding " + number,
        })];
        foreach (Thread helper in _helpers)
            helper.Start();
    }

    /// <summary>Threads, the caller's among them.</summary>
    internal int Size { get; }

    /// <summary>Runs the work on every thread, and returns when all are through.</summary>
    /// <param name="size">Threads wanted, 1 or more.</param>
    /// <param name="work">A member's share. All members must come to the same meetings.</param>
    internal static void Run(int size, Action<Member> work)
    {
        Team? team = size == 1 ? null : Of(size);
        if (team is null || Interlocked.Exchange(ref team._busy, 1) == 1)
        {
            work(new Member(0, 1, new Member.Meeting(1)));
            return;
        }
        try
        {
            team.RunTogether(work);
        }
        finally
        {
            Volatile.Write(ref team._busy, 0);
        }
    }

    private static Team Of(int size)
    {
        lock (s_one)
            return s_team is { } team && team.Size == size ? team : s_team = new Team(size);
    }

    private void RunTogether(Action<Member> work)
    {
        (_work, _failure, _meeting) = (work, null, new Member.Meeting(Size));
        Volatile.Write(ref _left, _helpers.Length);
        foreach (SemaphoreSlim wake in _wake)
            wake.Release();
        Share(0);
        var wait = new SpinWait();
        while (Volatile.Read(ref _left) > 0)
            wait.SpinOnce(sleep1Threshold: -1);
        _work = null;
        if (_failure is not null)
            throw new InvalidOperationException("a thread of the team failed", _failure);
    }

    private void Help(int number)
    {
        while (true)
        {
            _wake[number - 1].Wait();
            Share(number);
            Interlocked.Decrement(ref _left);
        }
    }

    // Who fails frees the others from their meetings, or they would wait for ever.
    private void Share(int number)
    {
        try
        {
            _work!(new Member(number, Size, _meeting!));
        }
        catch (Exception error)
        {
            _failure ??= error;
            _meeting!.GiveUp();
        }
    }

    /// <summary>One thread's place.</summary>
    /// <param name="number">0 is the caller's.</param>
    /// <param name="count">Members.</param>
    /// <param name="meeting">Where they meet.</param>
    internal readonly struct Member(int number, int count, Member.Meeting meeting)
    {
        /// <summary>0 to the team's size less one.</summary>
        internal int Number => number;

        /// <summary>Waits until every member has come here.</summary>
        internal void Meet() => meeting.Come();

        /// <summary>This member's run of some equal things, in blocks that stay together.</summary>
        /// <returns>The first, and the one after the last.</returns>
        internal (int From, int To) Share(int things, int block = 1)
        {
            int blocks = (things + block - 1) / block;
            return (Math.Min(things, blocks * number / count * block), Math.Min(things, blocks * (number + 1) / count * block));
        }

        /// <summary>A place to meet again and again.</summary>
        internal sealed class Meeting(int members)
        {
            private int _waiting, _round;
            private bool _off;

            internal void Come()
            {
                if (members == 1)
                    return;
                int round = Volatile.Read(ref _round);
                if (Interlocked.Increment(ref _waiting) == members)
                {
                    _waiting = 0;
                    Volatile.Write(ref _round, round + 1);
                    return;
                }
                var wait = new SpinWait();
                while (Volatile.Read(ref _round) == round)
                {
                    if (Volatile.Read(ref _off))
                        throw new OperationCanceledException("another thread of the team failed");
                    wait.SpinOnce(sleep1Threshold: -1);
                }
            }

            internal void GiveUp() => Volatile.Write(ref _off, true);
        }
    }
}
