namespace Vlm.Grpo.Tests.Report;

/// <summary>Reports of runs that are not, not yet, or no longer what one expects.</summary>
public sealed class RunStateTests : IDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-states-");

    private string Folder => Path.Combine(_files.FullName, "drawn");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public void A_run_that_still_writes_is_shown_as_far_as_it_is()
    {
        string? page = null, said = null;
        DrawnRun.Write(Folder, steps: 3, finish: false, last: run =>
        {
            run.Flush();
            (page, said) = (RunReport.Html([Folder]), RunReport.Unfinished(Folder));
        });

        Assert.Contains("<strong>Still running</strong> step 3 of 3", page, StringComparison.Ordinal);
        Assert.Contains("Where is &lt;it&gt; of train-3-1?", page, StringComparison.Ordinal);
        Assert.StartsWith("still running (step 3 of 3: a process writes to this folder", said, StringComparison.Ordinal);
    }

    // What a kill leaves: the line of its end is not written, and no process holds the folder.
    [Fact]
    public void A_run_that_was_killed_is_called_that_and_says_how_to_go_on()
    {
        DrawnRun.Write(Folder, steps: 3, finish: false);
        string events = Path.Combine(Folder, "events.jsonl");
        string[] lines = File.ReadAllLines(events);
        Assert.Contains("\"ended\"", lines[^1], StringComparison.Ordinal);
        File.WriteAllLines(events, lines[..^1]);
        File.AppendAllText(events, "{\"event\":\"chec");      // torn

        Assert.Contains("<strong>Killed</strong> step 3 of 3", RunReport.Html([Folder]), StringComparison.Ordinal);
        Assert.EndsWith($"go on with: ./vlm grpo --resume --out {Folder}", RunReport.Unfinished(Folder), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_was_asked_to_stop_or_that_failed_is_called_that()
    {
        DrawnRun.Write(Folder, steps: 3, finish: false);
        Assert.Contains("<strong>Ended without a result</strong> step 3 of 3", RunReport.Html([Folder]), StringComparison.Ordinal);

        using var stop = new CancellationTokenSource();
        using (Run run = Run.Open(new RunSetup(Folder) { Resume = true, Token = stop.Token }, new GrpoOptions { Steps = 9 }))
        {
            DrawnRun.Step(run, 3);
            stop.Cancel();
        }

        string page = RunReport.Html([Folder]);
        Assert.Contains("<strong>Stopped</strong> step 3 of 9", page, StringComparison.Ordinal);
        Assert.Contains("<title>resumed from step 2</title>", page, StringComparison.Ordinal);
    }

    // As --eval none leaves it.
    [Fact]
    public void A_run_without_held_out_questions_is_shown_by_its_steps()
    {
        using (Run run = Run.Open(new RunSetup(Folder) { Name = "grpo" }, new GrpoOptions { Steps = 3 }))
        {
            Assert.Null(new HeldOut(run, null!, [], new Sampling(), new EvaluationOptions()).Before());
            for (long step = 1; step <= 3; step++)
                DrawnRun.Step(run, step);
            run.Finish(new { Before = (EvaluationReport?)null, After = (EvaluationReport?)null });
        }

        Assert.Contains("<strong>Finished</strong> step 3 of 3", RunReport.Html([Folder]), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Folder, RunReport.FileName)));
    }

    // Page of the checkpoint, while the run goes on; then of the end.
    [Fact]
    public void A_page_is_written_at_a_checkpoint()
    {
        DrawnRun.Write(Folder, steps: 2, finish: false);

        Assert.Contains("Still running", File.ReadAllText(Path.Combine(Folder, RunReport.FileName)), StringComparison.Ordinal);
        DrawnRun.Write(Folder, steps: 4, resume: true);
        Assert.Contains("<strong>Finished</strong> step 4 of 4", File.ReadAllText(Path.Combine(Folder, RunReport.FileName)), StringComparison.Ordinal);
        Assert.Null(RunReport.Unfinished(Folder));
    }

    // The parts become one file, and are deleted, sooner or later while the page is made.
    [Fact]
    public async Task A_run_that_merges_its_parts_meanwhile_is_shown_as_it_is()
    {
        DrawnRun.Write(Folder);
        string whole = RunReport.Html([Folder]);
        Assert.Contains("<p class=\"value\">16</p>", whole, StringComparison.Ordinal);

        var clock = System.Diagnostics.Stopwatch.StartNew();
        RunReport.Html([Folder]);
        TimeSpan page = clock.Elapsed;
        for (int moment = 0; moment < 24; moment++)
        {
            var pictures = new PictureLog(Folder, long.MaxValue);
            var rollouts = new RolloutLog(Folder, pictures, long.MaxValue);
            Assert.False(File.Exists(Path.Combine(Folder, "rollouts.parquet")));
            TimeSpan later = page * moment / 24;
            var merge = Task.Run(async () =>
            {
                await Task.Delay(later);
                rollouts.Merge();
                pictures.Merge();
            }, TestContext.Current.CancellationToken);
            Assert.Equal(whole, RunReport.Html([Folder]));
            await merge;
        }
    }

    [Fact]
    public void A_run_without_rollouts_has_its_curves_and_says_so()
    {
        using (Run run = Run.Open(new RunSetup(Folder), new UpdateOptions()))
        {
            run.Log(1, (Metric.Loss, 2));
            run.Log(2, (Metric.Loss, double.NaN));
            run.Finish(new { });
        }

        string page = RunReport.Html([Folder]);
        Assert.Contains("This run has no rollouts", page, StringComparison.Ordinal);
        Assert.Contains(">loss</span>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"held-out\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_that_has_nothing_yet_and_folders_without_one_are_refused()
    {
        Assert.Equal(("there is no such run", Folder), Refused());
        Directory.CreateDirectory(Folder);
        Assert.Equal(("this is no run: it has neither options.json nor metrics.jsonl nor result.json", Folder), Refused());
        using (Run.Open(new RunSetup(Folder), new UpdateOptions()))
            Assert.Equal(("the run has begun and has nothing to show yet: no step, no rollout and no held-out answer", Folder), Refused());
        Assert.Equal(("the run ended before its first step: it has no rollouts and no held-out answers", Folder), Refused());
        Assert.False(File.Exists(Path.Combine(Folder, RunReport.FileName)));
        Assert.Equal("a report shows 1 to 4 runs, not 5",
            Assert.Throws<UsageException>(() => RunReport.Html(["a", "b", "c", "d", "e"])).Message);
    }

    private (string, string) Refused() => Assert.Throws<UsageException>(() => RunReport.Html([Folder])) is var error ? (error.Message, error.Where) : default;
}
