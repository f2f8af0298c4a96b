using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Grpo.Tests.Runs;

public sealed class RolloutLogTests : IDisposable
{
    private static readonly Prompt Prompt = new("shapes-17", "How many?", [1, 2], null, []);
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("vlm-rollouts-");

    private string Folder => Path.Combine(_files.FullName, "run");

    public void Dispose() => _files.Delete(recursive: true);

    [Fact]
    public void A_finished_run_holds_every_rollout_with_scores_and_reasons()
    {
        Do(run =>
        {
            Step(run, 1);
            run.SaveCheckpoint(1, _ => { });
            Step(run, 2);
            run.Finish(new { });
        });

        TableRow[] rows = [.. ParquetFile.Read(Whole)];
        Assert.Equal([(1L, 0L), (1, 1), (2, 0), (2, 1)],
            rows.Select(row => (row.Get<long>("step"), row.Get<long>("member"))));
        Assert.Equal(("shapes-17", "three", "length", 0.5, -0.25), (rows[3].Get<string>("prompt"),
            rows[3].Get<string>("text"), rows[3].Get<string>("stop"), rows[3].Get<double>("reward"),
            rows[3].Get<double>("advantage")));
        Assert.Equal([7L, 8L, 2L], rows[3].Get<object?[]>("actions"));
        Assert.Equal([-0.5, -1.0, -2.0], rows[3].Get<object?[]>("log_probs"));
        var score = (IReadOnlyDictionary<string, object?>)rows[3].Get<object?[]>("scores")[1]!;
        Assert.Equal(("format", 0.0, 0.0, "no answer tags"),
            ((string)score["name"]!, (double)score["weight"]!, (double)score["value"]!, (string)score["reason"]!));
        Assert.False(Directory.Exists(Path.Combine(Folder, "rollouts")));
    }

    // Checkpoint at 2, death after 3. The resumed run keeps rollouts of 4 only: the old 3 would be seen if it stayed.
    [Fact]
    public void A_resumed_run_drops_what_came_after_its_checkpoint()
    {
        Do(run =>
        {
            Step(run, 1);
            Step(run, 2);
            run.SaveCheckpoint(2, _ => { });
            Step(run, 3);
        });
        Assert.Equal(2, Directory.GetFiles(Path.Combine(Folder, "rollouts")).Length);

        Do(run =>
        {
            Assert.Equal(3, run.FirstStep);
            Step(run, 4);
            run.Finish(new { });
        }, resume: true);

        Assert.Equal([1L, 1, 2, 2, 4, 4], Steps());
    }

    // The run finished with step 3, after checkpoint 2: what a resumed run repeats is taken out of the one file.
    [Fact]
    public void A_finished_run_can_be_resumed_from_its_last_checkpoint()
    {
        Do(run =>
        {
            Step(run, 2);
            run.SaveCheckpoint(2, _ => { });
            Step(run, 3);
            run.Finish(new { });
        });

        Do(run =>
        {
            Step(run, 5);
            run.Finish(new { });
        }, resume: true);

        Assert.Equal([2L, 2, 5, 5], Steps());
    }

    // Killed when the one file was whole and its parts not yet deleted: what it holds is not counted twice.
    [Fact]
    public void Parts_that_lie_beside_the_one_file_are_not_counted_again()
    {
        string parts = Path.Combine(Folder, "rollouts"), kept = Path.Combine(Folder, "part");
        Do(run =>
        {
            Step(run, 1);
            run.SaveCheckpoint(1, _ => { });
            File.Copy(Assert.Single(Directory.GetFiles(parts)), kept);
            run.Finish(new { });
        });
        Directory.CreateDirectory(parts);
        File.Move(kept, Path.Combine(parts, "part-0000000001.parquet"));

        Do(run =>
        {
            Step(run, 2);
            run.Finish(new { });
        }, resume: true);

        Assert.Equal([1L, 1, 2, 2], Steps());
    }

    // What an answer was to: the truth is in thousandths, and its box in pixels of a picture of 100 x 60.
    [Fact]
    public void A_rollout_stands_beside_its_question_its_truth_and_its_picture()
    {
        var prompt = new Prompt(Report.DrawnRun.Box("b-1", 0), "where", [1], null, []);
        Do(run =>
        {
            run.Rollouts(1, Batch.Of([new Rollout(prompt, 0, [5, 2], [60, 61], [-1, -1], "[0, 0, 500, 1000]", StopReason.EndOfSequence) { Pieces = ["[0, 0, 500, 1000]", ""] }],
                rollout => rollout.Prompt.Example.Score(rollout.Text)));
            Step(run, 2);
            run.Finish(new { });
        });

        TableRow[] rows = [.. ParquetFile.Read(Whole)];
        Assert.Equal(("ground", "Where is <it> of b-1?", "[100, 200, 500, 800]"),
            (rows[0].Get<string>("kind"), rows[0].Get<string>("question"), rows[0].Get<string>("truth")));
        Assert.Equal([10.0, 12.0, 50.0, 48.0], rows[0].Get<object?[]>("truth_box"));
        Assert.Equal([0.0, 0.0, 50.0, 60.0], rows[0].Get<object?[]>("box"));
        Assert.Equal([5L, 2L], rows[0].Get<object?[]>("tokens"));
        Assert.Equal(["[0, 0, 500, 1000]", ""], rows[0].Get<object?[]>("pieces"));
        TableRow picture = Assert.Single(ParquetFile.Read(Path.Combine(Folder, "pictures.parquet")));
        Assert.Equal((rows[0].Get<string>("picture"), 100L, 60L), (picture.Get<string>("key"), picture.Get<long>("width"), picture.Get<long>("height")));
        Assert.All(["truth", "truth_box", "box", "picture", "tokens", "pieces"], column => Assert.Null(rows[1][column]));
    }

    // A file of an earlier version has no such columns; the run goes on all the same.
    [Fact]
    public void A_run_of_an_earlier_version_is_resumed()
    {
        Do(run =>
        {
            Step(run, 1);
            run.SaveCheckpoint(1, _ => { });
            run.Finish(new { });
        });
        string[] old = ["step", "prompt", "member", "text", "stop", "actions", "log_probs", "scores", "reward", "advantage"];
        (string Name, string Type)[] types = [.. ParquetFile.Columns(Whole)];
        ColumnType reals = ColumnType.List(ColumnType.Real), score = ColumnType.List(ColumnType.Of(
            ("name", ColumnType.Text), ("weight", ColumnType.Real), ("value", ColumnType.Real), ("reason", ColumnType.Text)));
        ColumnType[] kinds = [ColumnType.Integer, ColumnType.Text, ColumnType.Integer, ColumnType.Text, ColumnType.Text,
            ColumnType.List(ColumnType.Integer), reals, score, ColumnType.Real, ColumnType.Real];
        IReadOnlyList<object?>[] rows = [.. ParquetFile.Read(Whole, old).Select(row => row.Values)];
        ParquetFile.Write(Whole, [.. old.Zip(kinds, (name, kind) => new Column(name, kind))], rows);

        Do(run =>
        {
            Step(run, 2);
            run.Finish(new { });
        }, resume: true);

        Assert.Equal([1L, 1, 2, 2], Steps());
        Assert.Equal(types, ParquetFile.Columns(Whole));
    }

    private void Do(Action<Run> body, bool resume = false)
    {
        using Run<UpdateOptions> run = Run.Open(new RunSetup(Folder) { Resume = resume }, new UpdateOptions());
        body(run);
        run.Flush();
    }

    private string Whole => Path.Combine(Folder, "rollouts.parquet");

    private IEnumerable<long> Steps() => ParquetFile.Read(Whole, "step").Select(row => row.Get<long>("step"));

    private static void Step(Run run, long step) => run.Rollouts(step, Batch.Of(Sample(), Scores()).With([0.25, -0.25]));

    private static Rollout[] Sample() =>
    [
        new(Prompt, 0, [5, 2], [5, 2], [-0.25f, -0.5f], "3", StopReason.EndOfSequence),
        new(Prompt, 1, [7, 8, 2], [7, 8, 2], [-0.5f, -1, -2], "three", StopReason.Length),
    ];

    private static TotalScore[] Scores() =>
    [
        TotalScore.Of(new("number", 1, Score.One("same number")), new("format", 0, Score.One("answer tags"))),
        TotalScore.Of(new("number", 0.5, Score.One("same number")), new("format", 0, Score.Zero("no answer tags"))),
    ];
}
