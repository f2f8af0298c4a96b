namespace Vlm.Grpo.Tests.Runs;

/// <summary>Three phases of 2, 3 and 2 steps: a is steps 1 and 2, b is 3 to 5 from a, c is 6 and 7 from a again.</summary>
public sealed class PhaseRunnerTests : IDisposable
{
    private static readonly Phase[] s_phases = [new("a", PhaseRunner.Start, 2), new("b", "a", 3), new("c", "a", 2)];
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-phases-");

    private string Folder => Path.Combine(_files.FullName, "run");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public void Steps_are_numbered_through_all_phases()
    {
        List<string> done = All();

        Assert.Equal(
            ["a 1 1", "a 2 2 last", "b 3 1", "b 4 2", "b 5 3 last", "c 6 1", "c 7 2 last"], done);
    }

    [Fact]
    public void Each_phase_starts_from_the_result_it_names()
    {
        Do(runner =>
        {
            Assert.Equal("base", runner.Begin(s_phases[0])!.From);
            Assert.Equal(Checkpoint(2), runner.Begin(s_phases[1])!.From);
            Assert.Equal((Checkpoint(2), Checkpoint(2)), (runner.Begin(s_phases[2])!.From, runner.Begin(s_phases[2])!.Start));
            Assert.Equal(new PhaseSpan(Checkpoint(5), 2, 5), runner["b"]);
        });
    }

    // Every 2 steps of a phase, and at its last: of b's 3 to 5 the second, 4, and the last.
    [Fact]
    public void Checkpoints_are_saved_every_n_steps_of_a_phase_and_at_its_end()
    {
        _ = All(saveSteps: 2);

        Assert.Equal([2L, 4, 5, 7], Checkpoints.All(Folder).Select(checkpoint => checkpoint.Step));
    }

    [Fact]
    public void A_resumed_run_continues_in_the_middle_of_a_phase()
    {
        _ = All(saveSteps: 1);
        foreach (int step in (int[])[5, 6, 7])
            Directory.Delete(Checkpoint(step), recursive: true);

        Do(runner =>
        {
            Assert.Null(runner.Begin(s_phases[0]));
            PhaseWork b = runner.Begin(s_phases[1])!, c = runner.Begin(s_phases[2])!;
            Assert.Equal((true, Checkpoint(4), Checkpoint(2)), (b.IsResumed, b.From, b.Start));
            Assert.Equal([new PhaseStep(5, 3, true)], b.Remaining());
            Assert.Equal((false, Checkpoint(2)), (c.IsResumed, c.From));
        }, resume: true);
    }

    // Stopped in step 4: it is saved though no checkpoint is due, and nothing begins after it.
    [Fact]
    public void A_cancelled_run_saves_the_step_it_is_in_and_stops()
    {
        using var stop = new CancellationTokenSource();
        List<string> done = All(saveSteps: 100, after: step =>
        {
            if (step.InRun == 4)
                stop.Cancel();
        }, token: stop.Token);

        Assert.Equal(["a 1 1", "a 2 2 last", "b 3 1", "b 4 2"], done);
        Assert.Equal([2L, 4], Checkpoints.All(Folder).Select(checkpoint => checkpoint.Step));
    }

    // Phases end at 2, 5 and 7. Of 1 to 7 the newest stays, and what the phases have made.
    [Fact]
    public void Old_checkpoints_go_but_the_results_of_phases_stay()
    {
        All(limit: 1);

        Assert.Equal([2L, 5, 7], Checkpoints.All(Folder).Select(checkpoint => checkpoint.Step));
    }

    // The run stands at step 4 or 6. c, still to begin at 4, starts from a; the result of b is wanted in the end, or not.
    [Theory]
    [InlineData(4, 2, "c", "the result of a is gone, and the rest of the run needs it")]
    [InlineData(6, 5, "b", "the result of b is gone, and the rest of the run needs it")]
    [InlineData(6, 5, "c", null)]
    [InlineData(6, 2, "c", null)]
    public void A_result_that_is_needed_and_gone_is_refused(int done, int gone, string wanted, string? says)
    {
        _ = All(saveSteps: 1);
        foreach (int step in Enumerable.Range(done + 1, 7 - done).Append(gone))
            Directory.Delete(Checkpoint(step), recursive: true);

        Do(runner =>
        {
            var mistake = Record.Exception(() => runner.RequireResults([wanted])) as UsageException;
            Assert.Equal((says, says is null ? null : Checkpoint(gone)), (mistake?.Message, mistake?.Where));
        }, resume: true);
    }

    [Theory]
    [InlineData("a", PhaseRunner.Start, 1, "there are two phases 'a'")]
    [InlineData("d", "e", 1, "phase 'd' must have 1 step or more (1) and start from an earlier phase ('e')")]
    [InlineData("d", "d", 1, "phase 'd' must have 1 step or more (1) and start from an earlier phase ('d')")]
    [InlineData("d", "a", 0, "phase 'd' must have 1 step or more (0) and start from an earlier phase ('a')")]
    public void Phases_that_cannot_follow_are_refused(string name, string from, int steps, string says)
    {
        using Run<UpdateOptions> run = Open(resume: false, default);
        var mistake = Assert.Throws<ArgumentException>(
            () => new PhaseRunner(run, "base", [s_phases[0], new Phase(name, from, steps)], new CheckpointOptions()));

        Assert.StartsWith(says, mistake.Message, StringComparison.Ordinal);
    }

    private List<string> All(int saveSteps = 1, Action<PhaseStep>? after = null, int limit = 0, CancellationToken token = default)
    {
        var done = new List<string>();
        using Run<UpdateOptions> run = Open(resume: false, token);
        var runner = new PhaseRunner(
            run, "base", s_phases, new CheckpointOptions { SaveSteps = saveSteps, SaveTotalLimit = limit });
        foreach (Phase phase in s_phases)
            if (runner.Begin(phase) is { } work)
                foreach (PhaseStep step in work.Remaining())
                {
                    done.Add($"{phase.Name} {step.InRun} {step.InPhase}{(step.IsLast ? " last" : "")}");
                    run.Log(step.InRun, (Metric.Loss, 1));
                    after?.Invoke(step);
                    work.SaveIfDue(step, _ => { });
                }
        return done;
    }

    private void Do(Action<PhaseRunner> body, bool resume = false)
    {
        using Run<UpdateOptions> run = Open(resume, default);
        body(new PhaseRunner(run, "base", s_phases, new CheckpointOptions { SaveSteps = 1 }));
    }

    private Run<UpdateOptions> Open(bool resume, CancellationToken token) =>
        Run.Open(new RunSetup(Folder) { Resume = resume, Token = token }, new UpdateOptions());

    private string Checkpoint(int step) => Checkpoints.PathOf(Folder, step);
}
