using Vlm.Engine;

namespace Vlm.Tests.Engine;

/// <summary>A piece of work that hangs fails after <see cref="Patience"/>.</summary>
public sealed class TeamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_member_works_once_on_a_thread_of_its_own(int size)
    {
        var threads = new int[size];
        await Within(() => Team.Run(size, member =>
        {
            Interlocked.Add(ref threads[member.Number], Environment.CurrentManagedThreadId);
            member.Meet();
        }));

        Assert.DoesNotContain(0, threads);
        Assert.Equal(size, threads.Distinct().Count());
    }

    // Member m adds m + 1 before each meeting: after meeting r all see (r + 1)(1 + 2 + 3).
    [Fact]
    public async Task Nobody_passes_a_meeting_before_all_have_come()
    {
        int sum = 0;
        var seen = new int[3, 500];
        await Within(() => Team.Run(3, member =>
        {
            for (int round = 0; round < 500; round++)
            {
                Interlocked.Add(ref sum, member.Number + 1);
                member.Meet();
                seen[member.Number, round] = Volatile.Read(ref sum);
                member.Meet();
            }
        }));

        for (int i = 0; i < 3; i++)
            for (int round = 0; round < 500; round++)
                Assert.Equal(6 * (round + 1), seen[i, round]);
    }

    // The others wait at a meeting to which the failed one never comes.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task One_members_failure_reaches_the_caller_and_frees_the_others(int failing)
    {
        Exception? error = await Within(() => Record.Exception(() => Team.Run(3, member =>
        {
            if (member.Number == failing)
                throw new NotSupportedException("no");
            member.Meet();
        })));

        Assert.IsType<NotSupportedException>(Assert.IsType<InvalidOperationException>(error).InnerException);
        int worked = 0;
        await Within(() => Team.Run(3, member =>
        {
            Interlocked.Increment(ref worked);
            member.Meet();
        }));
        Assert.Equal(3, worked);
    }

    [Fact]
    public async Task It_works_again_and_again_and_in_other_sizes()
    {
        int worked = 0;
        await Within(() =>
        {
            for (int i = 0; i < 1000; i++)
                Team.Run(2 + i / 500, member =>
                {
                    member.Meet();
                    Interlocked.Increment(ref worked);
                });
        });

        Assert.Equal(500 * 2 + 500 * 3, worked);
    }

    // A member that asks for a team, and a thread that comes meanwhile, get one member each that does it all.
    [Fact]
    public async Task Who_finds_the_team_at_work_works_alone()
    {
        var shares = new List<(int From, int To)>();
        await Within(() => Team.Run(2, member =>
        {
            if (member.Number == 0)
                Team.Run(2, alone => Add(alone.Share(10)));
            member.Meet();
            if (member.Number == 1)
                Task.Run(() => Team.Run(2, alone => Add(alone.Share(10)))).Wait();
            member.Meet();
        }));

        Assert.Equal([(0, 10), (0, 10)], shares);

        void Add((int, int) share)
        {
            lock (shares)
                shares.Add(share);
        }
    }

    // Ten in fours for three members: blocks 0-3, 4-7, 8-9, one each; in ones 3 + 3 + 4.
    [Fact]
    public async Task Shares_cover_all_things_once_in_blocks_that_stay_together()
    {
        var shares = new (int, int)[2, 3];
        await Within(() => Team.Run(3, member =>
        {
            shares[0, member.Number] = member.Share(10, 4);
            shares[1, member.Number] = member.Share(10);
        }));

        Assert.Equal([(0, 4), (4, 8), (8, 10), (0, 3), (3, 6), (6, 10)], shares.Cast<(int, int)>());
        await Within(() => Team.Run(3, member => shares[0, member.Number] = member.Share(1, 4)));
        Assert.Equal([(0, 0), (0, 0), (0, 1)], shares.Cast<(int, int)>().Take(3));
    }

    private static Task Within(Action work) => Task.Run(work).WaitAsync(Patience);

    private static Task<T> Within<T>(Func<T> work) => Task.Run(work).WaitAsync(Patience);
}
