using Vlm.Grpo.Tests.Report;

namespace Vlm.Grpo.Tests.Trackers;

/// <summary>What trackers are told, and what becomes of a run whose tracker fails.</summary>
public sealed class TrackerTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-tracker-");
    private readonly List<string> _said = [];

    private string Folder => Path.Combine(_folder.FullName, "run");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_tracker_is_told_of_everything_in_its_order()
    {
        var tracker = new Told();
        Write(tracker);

        Assert.Equal(
            ["start run 1 False", "held_out before 0: held-0 held-1 held-2 held-3", "step 1: 0.1", "step 2: 0.2",
                "rollouts training 2: train-2-0 train-2-1", "flush", "step 3: 0.3", "step 4: 0.4", "held_out after 4: held-0 held-1 held-2 held-3",
                "rollouts training 4: train-4-0 train-4-1", "flush", "end True"], tracker.Lines);
    }

    [Fact]
    public void A_resumed_run_says_where_it_goes_on_and_one_that_stops_that_it_did()
    {
        Write(new Told(), finish: false);
        var tracker = new Told();
        Write(tracker, resume: true);

        Assert.Equal(["start run 3 True", "step 3: 0.3"], tracker.Lines[..2]);
        var stopped = new Told();
        DrawnRun.Write(Path.Combine(_folder.FullName, "stopped"), finish: false, setup: setup => setup with { Trackers = [stopped] });
        Assert.Equal("end False", stopped.Lines[^1]);
    }

    // A tracker that fails at a step, at an evaluation or at a checkpoint: the folder is what it is without one, and others go on.
    [Theory]
    [InlineData("step 2", 2)]
    [InlineData("held_out before", 0)]
    [InlineData("flush", 2)]
    public void A_tracker_that_fails_is_said_once_and_changes_nothing(string at, int step)
    {
        (Told failing, Told other) = (new Told { FailsAt = at }, new Told());
        Write(failing, other);
        string with = Text(Folder);
        Directory.Delete(Folder, recursive: true);
        Write();

        Assert.Equal([$"Told failed at step {step} and gets nothing more of this run: no such server"], _said.Where(line => line.Contains("failed", StringComparison.Ordinal)));
        Assert.Equal(["end False"], failing.Lines[(failing.Lines.FindIndex(line => line.StartsWith(at, StringComparison.Ordinal)) + 1)..]);
        Assert.Equal("end True", other.Lines[^1]);
        Assert.Equal(Text(Folder), with);
    }

    [Fact]
    public void Where_a_tracker_cannot_start_the_run_does_not_begin_and_its_folder_is_free()
    {
        (Told first, Told failing) = (new Told(), new Told { FailsAt = "start" });

        Assert.Equal("no\nsuch server", Assert.Throws<IOException>(() => Write(first, failing)).Message);
        Assert.Equal(["start run 1 False", "end False"], first.Lines);
        Assert.False(File.Exists(Path.Combine(Folder, "metrics.jsonl")) && new FileInfo(Path.Combine(Folder, "metrics.jsonl")).Length > 0);
        Write();
        Assert.True(RunFolder.IsFinished(Folder));
    }

    private void Write(params ITracker[] trackers) => DrawnRun.Write(Folder, setup: setup => With(setup, trackers));

    private void Write(Told tracker, bool finish = true, bool resume = false) =>
        DrawnRun.Write(Folder, finish: finish, resume: resume, setup: setup => With(setup, tracker));

    private RunSetup With(RunSetup setup, params ITracker[] trackers) =>
        setup with { Trackers = trackers, Name = "run", Logger = new LineLogger(_said.Add) };

    // All files that do not hold times.
    private static string Text(string folder) => string.Join('\n', Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
        .Where(file => !file.EndsWith(".html", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        .Select(file => $"{Path.GetRelativePath(folder, file)} {(file.EndsWith(".parquet", StringComparison.Ordinal)
            ? Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))
            : System.Text.RegularExpressions.Regex.Replace(File.ReadAllText(file), "\"(elapsed_s|seconds)\": ?[0-9.]+|\"time\":\"[^\"]*\"", ""))}"));

    private sealed class Told : ITracker
    {
        public List<string> Lines { get; } = [];

        public string FailsAt { get; init; } = "nowhere";

        public void Start(TrackedRun run) => Say($"start {run.Name} {run.FirstStep} {run.Resumed}");

        public void Step(TrackedStep step) => Say(FormattableString.Invariant($"step {step.Step}: {step.Metrics[Metric.Reward]:0.0}"));

        public void Answers(TrackedAnswers answers) =>
            Say($"{answers.Group} {answers.Moment} {answers.Step}: {string.Join(' ', answers.Questions.Select(question => question.Id))}");

        public void Flush() => Say("flush");

        public void End(bool finished) => Say($"end {finished}");

        private void Say(string line)
        {
            Lines.Add(line);
            if (line.StartsWith(FailsAt, StringComparison.Ordinal))
                throw new IOException("no\nsuch server");
        }
    }
}
