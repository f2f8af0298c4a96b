using System.Text.Json.Nodes;
using Learned.Tests.Judges;
using Vlm.Datasets;
using Vlm.Tables;

namespace Recipes.Tests;

/// <summary>./vlm score --task: every benchmark is asked of its sample, and what cannot be scored is refused in three lines.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public sealed class TaskScoreTests(RecipeRuns runs)
{
    [Fact]
    public void Every_task_is_scored_on_its_sample_in_one_call()
    {
        string[] tasks = [.. Benchmark.Table.Names];
        string[] files = [.. tasks.Select(task => Sample($"{task}.jsonl"))];

        using StubServer judge = StubServer.Saying("1");
        Outcome outcome = runs.Run("score", ["--model", runs.Model, "--task", .. tasks, "--data", .. files, "--max-new-tokens", "3", "--out", "tasks",
            "--judge", judge.Address, "--judge-model", "stub"]);

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        JsonObject scores = JsonNode.Parse(File.ReadAllText(runs.PathOf("tasks", "result.json")))!["tasks"]!.AsObject();
        Assert.Equal(tasks, scores.Select(score => score.Key));
        Assert.All(scores, score =>
        {
            (double value, double low, double high) = ((double)score.Value!["value"]!, (double)score.Value["low"]!, (double)score.Value["high"]!);
            Assert.True(low <= value && value <= high, score.Key);
            Assert.Equal(3, (int)score.Value["questions"]!);
            Assert.Contains($"{score.Key}: {Benchmark.Table[score.Key].Metric} ", outcome.Output, StringComparison.Ordinal);
        });
        TableRow[] answers = [.. ParquetFile.Read(runs.PathOf("tasks", "answers.parquet"))];
        Assert.Equal(3 * tasks.Length, answers.Select(row => (string)row["id"]!).Distinct().Count());
        Assert.Equal(scores.Sum(score => (int)score.Value!["unparsed"]!), answers.Count(row => (bool)row["unparsed"]!));
        Assert.All(answers, row => Assert.NotEmpty((string)row["question"]!));
        Assert.True(File.Exists(runs.PathOf("tasks", "report.html")));
    }

    // The judge takes the right answers of two questions and is silent about the third; what it said is not asked again.
    [Fact]
    public void A_judge_says_what_answers_mean_and_its_silence_is_counted()
    {
        JsonNode[] rows = [.. File.ReadLines(Sample("mathvista.jsonl")).Select(line => JsonNode.Parse(line)!)];
        using StubServer judge = new(call => rows.Single(row => call.Text.Contains((string)row["question"]!, StringComparison.Ordinal)) switch
        {
            var row when (string)row["pid"]! == "1" => call.SayAsync($"<think>It says 99.</think>{row["answer"]}"),
            var row when (string)row["pid"]! == "2" => call.SayAsync("The answer is (B)."),
            _ => call.HangAsync(),
        });
        string[] words = ["--model", runs.Model, "--task", "mathvista", "--data", Sample("mathvista.jsonl"), "--max-new-tokens", "3",
            "--judge", judge.Address, "--judge-model", "stub", "--judge-timeout", "2", "--judge-retries", "0", "--judge-cache", "math-cache.jsonl"];

        Outcome first = runs.Run("score", [.. words, "--out", "judged-1"]);
        int asked = judge.Requests;
        Outcome again = runs.Run("score", [.. words, "--mode", "lmms-eval", "--out", "judged-2"]);

        Assert.True(first.ExitCode == 0 && again.ExitCode == 0, first.Errors + again.Errors);
        Assert.Contains("mathvista: accuracy 100.0 % ", first.Output, StringComparison.Ordinal);
        Assert.Contains("2 questions, 0 answers unparsed, 1 not judged", first.Output, StringComparison.Ordinal);
        Assert.Contains("1 of 3 answers were not judged, and are left out; the last: timed out", first.Errors, StringComparison.Ordinal);
        TableRow[] answers = [.. ParquetFile.Read(runs.PathOf("judged-1", "answers.parquet"))];
        Assert.Equal([1.0, 1.0, double.NaN], answers.Select(row => (double)row["reward"]!));
        Assert.Equal([true, true, null], answers.Select(row => (bool?)row["correct"]));
        Assert.Contains("not judged: timed out", (string)answers[2]["reason"]!, StringComparison.Ordinal);
        Assert.Equal(3, asked);
        Outcome none = runs.Run("score", "--model", runs.Model, "--task", "mathvista", "--data", Sample("mathvista.jsonl"), "--max-new-tokens", "3",
            "--limit", "1", "--judge", "http://127.0.0.1:9/v1", "--judge-model", "stub", "--judge-retries", "0", "--out", "judged-3");
        Assert.Equal(2, none.ExitCode);
        Assert.All(judge.Bodies, body => Assert.Contains("Extracted answer: ", body!.ToJsonString(), StringComparison.Ordinal));
    }

    [Fact]
    public void A_judge_is_asked_twice_about_an_answer_to_MathVerse()
    {
        using StubServer judge = new(call => call.SayAsync(
            call.Text.StartsWith("I am providing you a response", StringComparison.Ordinal) ? "Extracted Answer: 4"
                : call.Text.EndsWith("[Model_answer] : 4\nJudgement:", StringComparison.Ordinal) ? "Judgement: 1" : "what?"));

        Outcome outcome = runs.Run("score", "--model", runs.Model, "--task", "mathverse", "--data", Sample("mathverse.jsonl"), "--max-new-tokens", "3",
            "--judge", judge.Address, "--judge-model", "stub", "--out", "verse");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains("mathverse: accuracy 100.0 % ", outcome.Output, StringComparison.Ordinal);
    }

    // The same answers, counted by another's rules.
    [Fact]
    public void A_harness_is_followed_and_circular_questions_are_asked_four_times()
    {
        Outcome outcome = runs.Run("score", "--model", runs.Model, "--task", "ai2d", "--data", Sample("ai2d.jsonl"), "--mode", "vlmevalkit",
            "--choices", "circular", "--max-new-tokens", "3", "--out", "circular");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        JsonNode score = JsonNode.Parse(File.ReadAllText(runs.PathOf("circular", "result.json")))!["tasks"]!["ai2d"]!;
        Assert.Equal((3, "vlmevalkit", "circular"), ((int)score["questions"]!, (string)score["mode"]!, (string)score["choices"]!));
        Assert.Equal(12, ParquetFile.Read(runs.PathOf("circular", "answers.parquet")).Count());
        Assert.Contains("rules of vlmevalkit, right in every order of the options", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_samples_have_a_mean_pass_at_k_a_majority_and_a_best()
    {
        Outcome outcome = runs.Run("score", "--model", runs.Model, "--task", "ai2d", "pope", "--data", Sample("ai2d.jsonl"), Sample("pope.jsonl"),
            "--samples", "3", "--temperature", "1", "--best-of", "likelihood", "--max-new-tokens", "3", "--out", "sampled");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Equal(2, outcome.Output.Split("of 3 samples: mean ").Length - 1);
        JsonObject tasks = JsonNode.Parse(File.ReadAllText(runs.PathOf("sampled", "result.json")))!["tasks"]!.AsObject();
        Assert.All(tasks, task =>
        {
            JsonNode samples = task.Value!["samples"]!;
            Assert.Equal(3, (int)samples["count"]!);
            Assert.Equal(["1", "2", "3"], samples["pass_at_k"]!.AsObject().Select(pass => pass.Key));
            Assert.All((JsonNode?[])[samples["mean"], samples["majority"], samples["best_of_n"]], value => Assert.InRange((double)value!, 0, 1));
        });
        TableRow[] rows = [.. ParquetFile.Read(runs.PathOf("sampled", "samples.parquet"))];
        TableRow[] first = [.. ParquetFile.Read(runs.PathOf("sampled", "answers.parquet"))];
        Assert.Equal(18, rows.Length);
        Assert.Equal(first.Select(row => row["answer"]), rows.Where(row => row.Get<long>("sample") == 0).Select(row => row["answer"]));
        Assert.Equal(first.Select(row => row["extracted"]), rows.Where(row => row.Get<long>("sample") == 0).Select(row => row["extracted"]));
        Assert.All(rows, row => Assert.Equal(row["log_prob"], row["liking"]));
    }

    // A picture that breaks when it is decoded stops the run; once it is mended, what was answered before is not asked again.
    [Fact]
    public void A_run_that_was_stopped_goes_on_after_its_last_answer()
    {
        JsonObject[] rows = [.. File.ReadLines(Sample("vqav2.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];
        foreach ((int i, JsonObject row) in rows.Index())
        {
            File.Copy(Sample((string)row["image"]!), runs.PathOf($"stopped-{i}.png"));
            row["image"] = $"stopped-{i}.png";
        }

        byte[] image = File.ReadAllBytes(runs.PathOf("stopped-2.png"));
        File.WriteAllBytes(runs.PathOf("stopped-2.png"), [.. image.AsSpan(0, 60), .. new byte[40], .. image.AsSpan(100)]);
        File.WriteAllLines(runs.PathOf("stopped.jsonl"), rows.Select(row => row.ToJsonString()));
        string[] ask = ["--model", runs.Model, "--task", "vqav2", "--data", "stopped.jsonl", "--batch", "1", "--max-new-tokens", "3"];

        Outcome stopped = runs.Run("score", [.. ask, "--out", "score-stopped"]);
        Assert.Equal(2, stopped.ExitCode);
        Assert.Equal(2, File.ReadAllLines(runs.PathOf("score-stopped", "answers.jsonl")).Length);
        Outcome other = runs.Run("score", "--resume", "--out", "score-stopped", "--max-new-tokens", "4");
        Assert.Contains("what was measured so far was not measured so: --max-new-tokens 4 in place of 3", other.Errors, StringComparison.Ordinal);
        File.WriteAllBytes(runs.PathOf("stopped-2.png"), image);
        Outcome resumed = runs.Run("score", "--resume", "--out", "score-stopped");
        Outcome whole = runs.Run("score", [.. ask, "--out", "score-whole"]);

        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Contains("vqav2: 2 questions were answered before the run was stopped", resumed.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(runs.PathOf("score-stopped", "answers.jsonl")));
        Assert.Equal(File.ReadAllBytes(runs.PathOf("score-whole", "answers.parquet")), File.ReadAllBytes(runs.PathOf("score-stopped", "answers.parquet")));
        Assert.Equal(whole.Output, resumed.Output);
    }

    [Theory]
    [InlineData("--temperature must be above 0 with --samples", "--samples", "4")]
    [InlineData("--samples must be 1 with --choices circular", "--task", "ai2d", "--data", "ai2d.jsonl", "--samples", "4", "--temperature", "1", "--choices", "circular")]
    [InlineData("--best-of means something with --samples of 2 or more", "--best-of", "likelihood")]
    [InlineData("--best-of must be likelihood or a learned reward", "--samples", "4", "--temperature", "1", "--best-of", "iou")]
    [InlineData("there is no task 'docvqe'", "--task", "docvqe", "--data", "docvqa.jsonl")]
    [InlineData("tasks are asked of files, and none is named", "--task", "docvqa")]
    [InlineData("2 tasks are asked of 1 files", "--task", "docvqa", "gqa", "--data", "docvqa.jsonl")]
    [InlineData("the task gqa is named twice", "--task", "gqa", "gqa", "--data", "gqa.jsonl", "gqa.jsonl")]
    [InlineData("--mode must be one of official, lmms-eval, vlmevalkit", "--task", "gqa", "--data", "gqa.jsonl", "--mode", "paper")]
    [InlineData("--mode means something with --task alone", "--mode", "lmms-eval")]
    [InlineData("--kinds must not be set with --task", "--task", "gqa", "--data", "gqa.jsonl", "--kinds", "color")]
    [InlineData("1,024 new ones are asked for, and the model's context is ", "--task", "gqa", "mmbench", "--data", "gqa.jsonl", "mmbench.jsonl")]
    [InlineData("the scorer of mathvista asks a language model what an answer says, and no judge is named", "--task", "gqa", "mathvista",
        "--data", "gqa.jsonl", "mathvista.jsonl", "--max-new-tokens", "3")]
    [InlineData("mathverse cannot be scored by the rules of vlmevalkit", "--task", "mathverse", "--data", "mathverse.jsonl", "--mode", "vlmevalkit")]
    [InlineData("--judge means something with --task alone", "--judge", "http://127.0.0.1:9/v1")]
    [InlineData("docvqa needs the answers", "--task", "docvqa", "--data", "gqa.jsonl", "--ignore-columns", "answer")]
    public void What_cannot_be_scored_is_refused(string problem, params string[] words)
    {
        Outcome outcome = runs.Run("score", ["--model", runs.Model, .. words.Select(word => word.EndsWith(".jsonl", StringComparison.Ordinal) ? Sample(word) : word), "--out", "wrong-task"]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Matches(@"(?m)^error: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
        Assert.Contains(problem, outcome.Errors, StringComparison.Ordinal);
    }

    private static string Sample(string file) => Path.Combine(Repository.Root, "datasets", "samples", "benchmarks", file);
}
