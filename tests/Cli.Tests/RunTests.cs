using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Recipes.Cli;
using Vlm.Grpo;
using Vlm.Testing;

namespace Cli.Tests;

public sealed class RunTests : IDisposable
{
    private readonly TestRecipe _recipe = new();

    public void Dispose() => _recipe.Dispose();

    [Fact]
    public void A_line_is_on_the_disk_as_soon_as_it_is_logged()
    {
        int code = _recipe.Run("", run =>
        {
            _recipe.Time.Pass(1.5);
            run.Log(0, (Metric.Reward, 0.25), (Metric.Loss, double.NaN));
            _recipe.Time.Pass(2);
            run.Log(1, (Metric.Reward, 0.5), ("accuracy/count", 1));

            Assert.Equal(
                "{\"step\":0,\"reward\":0.25,\"loss\":null,\"elapsed_s\":1.5}\n"
                + "{\"step\":1,\"reward\":0.5,\"accuracy/count\":1,\"elapsed_s\":3.5}\n",
                Shared("metrics.jsonl"));
        });

        Assert.Equal((0, ""), (code, WithoutProgress()));
    }

    [Fact]
    public void A_metric_without_a_definition_is_refused()
    {
        int code = _recipe.Run("", run => run.Log(1, ("rewrad", 1)));

        Assert.Equal(1, code);
        Assert.Contains(
            "metric 'rewrad' is not defined in Grpo.Runs.Metric and Metrics.md", _recipe.Error, StringComparison.Ordinal);
        Assert.Equal("", _recipe.Read("metrics.jsonl"));
    }

    [Fact]
    public void A_step_is_logged_once_and_in_order()
    {
        int code = _recipe.Run("", run =>
        {
            run.Log(2, (Metric.Reward, 1));
            Assert.Throws<ArgumentException>(() => run.Log(2, (Metric.Reward, 1)));
            Assert.Throws<ArgumentException>(() => run.Log(1, (Metric.Reward, 1)));
        });

        Assert.Equal(0, code);
    }

    // Checkpoints at 2 and 4. The process dies after logging 5, in the middle of a line; the resumed run repeats 5.
    [Fact]
    public void A_resumed_run_leaves_the_metrics_of_an_uninterrupted_one()
    {
        using var whole = new TestRecipe();
        Assert.Equal(0, whole.Run("--steps 6 --seed 3", run => Train(run, dieAfter: 0)));

        Assert.Equal(1, _recipe.Run("--steps 6 --seed 3", run => Train(run, dieAfter: 5)));
        File.AppendAllText(Path.Combine(_recipe.Folder, "metrics.jsonl"), "{\"step\":6,\"rew");
        long first = 0;
        int code = _recipe.Run("--resume", run =>
        {
            first = run.FirstStep;
            Train(run, dieAfter: 0);
        });

        Assert.Equal((0, 5), (code, first));
        Assert.Equal(6, whole.Read("metrics.jsonl").Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Equal(whole.Read("metrics.jsonl"), _recipe.Read("metrics.jsonl"));
    }

    [Fact]
    public void A_resumed_run_keeps_its_options_and_says_so()
    {
        _recipe.Run("--steps 6 --seed 3 --learning-rate 0.5", run => run.Log(1, (Metric.Reward, 1)));

        (TestOptions Options, long Seed)? seen = null;
        int code = _recipe.Run("--resume --steps 9", run =>
        {
            seen = (run.Options, run.Seed);
            run.Log(2, (Metric.Reward, 1));
        });

        Assert.Equal(0, code);
        Assert.Equal((9, 0.5, 3), (seen!.Value.Options.Steps, seen.Value.Options.LearningRate, seen.Value.Seed));
        using JsonDocument json = JsonDocument.Parse(_recipe.Read("options.json"));
        JsonElement options = json.RootElement.GetProperty("options");
        Assert.Equal("command line", options.GetProperty("steps").GetProperty("source").GetString());
        Assert.Equal("resumed", options.GetProperty("learning-rate").GetProperty("source").GetString());
    }

    [Fact]
    public void A_folder_with_a_run_is_not_written_over()
    {
        _recipe.Run("", run => run.Log(1, (Metric.Reward, 1)));
        string before = _recipe.Read("metrics.jsonl");

        int code = _recipe.Run("", _ => Assert.Fail("the recipe ran"));

        Golden.Equal("run-folder-exists.txt", _recipe.Error);
        Assert.Equal((2, before), (code, _recipe.Read("metrics.jsonl")));
    }

    [Fact]
    public void A_finished_run_is_not_written_over_either()
    {
        _recipe.Run("", run => run.Finish(new { Before = 1 }));

        int code = _recipe.Run("", _ => Assert.Fail("the recipe ran"));

        Golden.Equal("run-folder-finished.txt", _recipe.Error);
        Assert.Equal(2, code);
    }

    [Fact]
    public void A_run_that_did_nothing_is_not_in_the_way()
    {
        _recipe.Run("", _ => throw new InvalidOperationException("before the first step"));

        Assert.Equal(0, _recipe.Run(""));
    }

    [Fact]
    public void A_smoke_run_replaces_a_smoke_run_and_nothing_else()
    {
        _recipe.Run("--smoke", run => run.Log(1, (Metric.Reward, 1)));
        Assert.Equal(0, _recipe.Run("--smoke", run => run.Log(1, (Metric.Reward, 2))));
        Assert.Equal(2, _recipe.Run("--smoke", name: "other"));
        Assert.Equal(2, _recipe.Run(""));
        Assert.Contains("\"reward\":2", _recipe.Read("metrics.jsonl"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_recipe_that_only_measures_replaces_its_own_result_only()
    {
        _recipe.Run("", run => run.Finish(new { Accuracy = 0.5 }), name: "score", kind: RecipeKind.Measures);

        Assert.Equal(0, _recipe.Run("", run => run.Finish(new { Accuracy = 0.6 }), name: "score", kind: RecipeKind.Measures));
        Assert.Equal(2, _recipe.Run("", name: "bench", kind: RecipeKind.Measures));
        Assert.Contains("\"accuracy\": 0.6", _recipe.Read("result.json"), StringComparison.Ordinal);
    }

    [Fact]
    public void Two_processes_cannot_write_one_run()
    {
        using var second = new TestRecipe();
        (int Code, string Error) seen = (0, "");
        int code = _recipe.Run("", _ =>
            seen = (second.RunAs<TestOptions>(["--out", _recipe.Folder], _ => { }), second.Error));

        Assert.Equal((0, 2), (code, seen.Code));
        Golden.Equal("run-folder-in-use.txt", seen.Error.Replace(_recipe.Folder, "FOLDER", StringComparison.Ordinal));
    }

    [Fact]
    public void The_result_says_what_when_where_and_from_which_commit()
    {
        _recipe.Run("--seed 4", run =>
        {
            _recipe.Time.Pass(61.25);
            run.Finish(new { Before = new { VqaAccuracy = 0.25 }, After = new { VqaAccuracy = 0.5 } });
        });

        using JsonDocument json = JsonDocument.Parse(_recipe.Read("result.json"));
        JsonElement result = json.RootElement;
        Assert.Equal(0.25, result.GetProperty("before").GetProperty("vqa_accuracy").GetDouble());
        Assert.Equal(0.5, result.GetProperty("after").GetProperty("vqa_accuracy").GetDouble());
        Assert.Equal(("grpo-shapes", 4, 61.2), (result.GetProperty("recipe").GetString(),
            result.GetProperty("seed").GetInt64(), result.GetProperty("seconds").GetDouble()));
        Assert.Equal(
            $"./vlm grpo-shapes --seed 4 --out {_recipe.Folder}", result.GetProperty("command").GetString());
        Assert.True(result.GetProperty("machine").GetProperty("cores").GetInt32() >= 1);
        Assert.True(result.TryGetProperty("commit", out _));
    }

    // The loop sees the signal, saves and returns; a second signal would end the process.
    [Fact]
    public void A_signal_to_end_saves_says_how_to_resume_and_returns_130()
    {
        if (OperatingSystem.IsWindows())
            return;

        int code = _recipe.Run("", run =>
        {
            Interrupt();
            Assert.True(run.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(20)));
            run.Log(7, (Metric.Reward, 1));
            run.SaveCheckpoint(7, folder => File.WriteAllText(Path.Combine(folder, "weights"), "w"));
        });

        Golden.Equal("interrupted.txt", WithoutProgress());
        Assert.Equal(130, code);
        Assert.Equal(7, Checkpoints.Latest(_recipe.Folder)!.Step);
    }

    [Fact]
    public void A_signal_to_end_before_the_first_checkpoint_says_how_to_start_again()
    {
        if (OperatingSystem.IsWindows())
            return;

        int code = _recipe.Run("--steps 9", run =>
        {
            Interrupt();
            run.Token.WaitHandle.WaitOne(TimeSpan.FromSeconds(20));
            run.Token.ThrowIfCancellationRequested();
        });

        Golden.Equal("interrupted-early.txt", _recipe.Error);
        Assert.Equal(130, code);
    }

    [Fact]
    public void A_folder_that_is_deleted_under_a_run_is_a_mistake_of_the_user()
    {
        int code = _recipe.Run("", run =>
        {
            Directory.Delete(_recipe.Folder, recursive: true);
            run.Finish(new { after = 1 });
        });

        Golden.Equal("folder-gone.txt", _recipe.Error.Replace(_recipe.Folder, "FOLDER", StringComparison.Ordinal));
        Assert.Equal(2, code);
    }

    [Fact]
    public void A_full_disk_while_logging_is_a_mistake_the_user_can_fix()
    {
        if (!File.Exists("/dev/full"))
            return;

        int code = _recipe.Run("", _ => File.WriteAllText("/dev/full", "more than fits"));

        Golden.Equal("disk-full-while-logging.txt", _recipe.Error);
        Assert.Equal(2, code);
    }

    // SIGTERM: at a SIGINT xunit, which is in this process too, leaves out the tests that remain and fails none.
    // Recipes.Tests presses Ctrl-C in a process of the recipe's own.
    private static void Interrupt()
    {
        string id = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
        using var kill = Process.Start("kill", ["-TERM", id]);
        kill.WaitForExit();
    }

    private static void Train(Run<TestOptions> run, long dieAfter)
    {
        for (long step = run.FirstStep; step <= run.Options.Steps; step++)
        {
            run.Log(step, (Metric.Reward, step * 0.1 + run.Seed));
            if (step == dieAfter)
                throw new InvalidOperationException("power failure");
            if (step % 2 == 0)
                run.SaveCheckpoint(step, folder => File.WriteAllText(Path.Combine(folder, "weights"), $"{step}"));
        }
    }

    private string Shared(string file)
    {
        using var stream = new FileStream(
            Path.Combine(_recipe.Folder, file), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return new StreamReader(stream).ReadToEnd();
    }

    private string WithoutProgress() =>
        string.Join("\n", _recipe.Error.Split('\n').Where(line => !line.StartsWith("step ", StringComparison.Ordinal)));
}
