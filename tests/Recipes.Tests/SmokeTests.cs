using System.Text.Json.Nodes;
using Vlm.Tables;
using Vlm.Testing;

namespace Recipes.Tests;

/// <summary>A smoke run of every recipe goes to its end in a clean clone and leaves its result.</summary>
[Collection(nameof(RecipeRunsGroup))]
public class SmokeTests(RecipeRuns runs)
{
    // These start from nothing, with the scores in their results; the other one needs a model, and has tests of its own.
    private static readonly Dictionary<string, string[]> s_fromNothing = new()
    {
        ["bench-export"] = [],
        ["bench-generate"] = [],
        ["bench-latent"] = [],
        ["bench-learned"] = [],
        ["bench-load"] = [],
        ["bench-rewards"] = [],
        ["bench-objectives"] = [],
        ["bench-step"] = [],
        ["bstar"] = ["before", "after"],
        ["encoder-shapes"] = [],
        ["grpo"] = ["before", "after"],
        ["gui-ground"] = [],
        ["guide-base"] = [],
        ["latent-ablations"] = [],
        ["latent-controls"] = [],
        ["latent-distill"] = ["teacher", "before", "after"],
        ["latent-grpo"] = ["before", "after"],
        ["latent-guide"] = [],
        ["latent-learn"] = ["before", "after"],
        ["pcurl"] = ["before", "after"],
        ["ppo"] = ["before", "after"],
        ["pseudo-labels"] = [],
        ["quickstart"] = ["before", "after"],
        ["reward-bench"] = [],
        ["reward-model"] = [],
        ["sft"] = ["before", "after"],
        ["sft-shapes"] = ["validation"],
        ["spark"] = ["before", "after"],
        ["trimpi"] = [],
        ["unigrpo"] = [],
    };

    private static readonly string[] s_given = ["pairs", "score"];

    public static TheoryData<string> FromNothing => [.. s_fromNothing.Keys];

    [Fact]
    public void Every_recipe_has_a_smoke_test() => Assert.Equal(
        Repository.Recipes, s_fromNothing.Keys.Concat(s_given).Concat(RecipeTests.Tools).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(FromNothing))]
    public void A_recipe_that_starts_from_nothing_ends_with_a_result(string recipe)
    {
        JsonObject result = Smoke(recipe);

        Assert.Equal((recipe, 7), ((string?)result["recipe"], (int?)result["seed"]));
        AssertScores(result, s_fromNothing[recipe]);
        if (recipe == "latent-ablations")
            AssertCompared(result);
        else if (recipe == "latent-controls")
            AssertControls(result);
        else if (recipe == "latent-guide")
            AssertGuided(result);
        else if (recipe == "bench-latent")
            Assert.Equal(6, result["forms"]!.AsArray().Count(row => (double)row!["rollout_ratio"]! > 0 && (double)row["update_ratio"]! > 0));
        else if (recipe is "gui-ground" or "pseudo-labels" or "trimpi")
            Assert.All(["before", "after"], moment => Assert.InRange((double)result[moment]!["reward"]!, 0, 2));
        else if (recipe == "bench-step")
            Assert.True((double?)result["rollout_tok_s"] > 0);
        else if (recipe == "bench-objectives")
            Assert.Equal(["surrogate", "aggregation", "advantage", "kl", "entropy", "correction"],
                result["objectives"]!.AsArray().Where(row => (double)row!["update_ratio"]! > 0).Select(row => (string)row!["kind"]!));
    }

    // Every arm with its base and what was cloned for it; what each policy over codes keeps of tokens, and a frontier of all.
    private static void AssertControls(JsonObject result)
    {
        JsonObject[] rows = [.. result["rows"]!.AsArray().Select(row => row!.AsObject())];
        string[] arms = ["token", "t-frozen", "t-released", "t-lora", "t-cool", "t-fresh", "t-branch", "latent", "changed", "l-open", "l-hot", "l-exact", "l-random"];
        string[] methods = [.. rows.Select(row => (string)row["method"]!)];
        Assert.Equal(arms, methods.Where(arms.Contains));
        Assert.Equal(["base SFT", "t-fresh SFT", "latent SFT", "changed SFT", "l-random SFT"], methods.Except(arms));
        Assert.All(rows, row => Assert.Equal(10, row["rewards"]!.AsArray().Count));
        Assert.All(rows, row => Assert.InRange((double)row["nats_per_answer"]!, 0, 1e3));
        Assert.All(rows.Where(row => arms.Contains((string)row["method"]!)), row =>
        {
            Assert.True((double)row["trainable_parameters"]! > 0 && (double)row["cpu_seconds"]! > 0);
            Assert.NotEmpty(row["curve"]!.AsArray());
        });
        long Trained(string arm) => (long)(double)rows.Single(row => (string)row["method"]! == arm)["trainable_parameters"]!;
        Assert.True(Trained("token") > Trained("t-frozen") && Trained("t-frozen") >= Trained("t-released") && Trained("t-released") > Trained("t-lora"));
        JsonObject[] diagnoses = [.. result["diagnoses"]!.AsArray().Select(item => item!.AsObject())];
        Assert.Equal(methods, diagnoses.Select(item => (string)item["phase"]!));
        Assert.All(diagnoses, item => Assert.Equal(5, item["frontier"]!.AsArray().Count));
        JsonObject Of(string phase) => diagnoses.Single(item => (string)item["phase"]! == phase);
        Assert.Equal(["tokens"], Of("base SFT")["signals"]!.AsObject().Select(item => item.Key));
        Assert.Equal(["sampled code", "equivalent codes"], Of("latent SFT")["signals"]!.AsObject().Select(item => item.Key));
        Assert.True((int)Of("base SFT")["relevance"]!["choices"]! > 0);
        Assert.All(diagnoses, item => Assert.Equal(["color", "shape"], item["probes"]!.AsObject().Select(probe => probe.Key)));
        Assert.All(["latent", "changed", "l-exact", "l-random"], arm => Assert.True(
            (double)diagnoses.Single(item => (string)item["phase"]! == arm)["effects"]!["all"]!["reachable"]! >= 1));
    }

    // The base, what was cloned, and all arms; the smallest model has a single layer.
    private static void AssertGuided(JsonObject result)
    {
        JsonObject[] rows = [.. result["rows"]!.AsArray().Select(row => row!.AsObject())];
        Assert.Equal(["start", "token", "t-last", "t-lora", "concepts", "c-concept", "c-open", "random classes", "c-random"],
            rows.Select(row => (string)row["method"]!));
        Assert.All(rows, row => Assert.InRange((double)row["greedy"]!["guide_reward"]!, 0, 1));
        long Trained(string arm) => (long)(double)rows.Single(row => (string)row["method"]! == arm)["trainable_parameters"]!;
        Assert.True(Trained("token") >= Trained("t-last") && Trained("t-last") > Trained("c-concept") && Trained("c-concept") > Trained("t-lora"));
        Assert.True(Trained("c-open") >= Trained("c-concept"));
        Assert.Equal(Trained("c-random"), Trained("c-concept"));
    }

    // Every method and ablation, each with greedy and sampled answers; times where there was reinforcement.
    private static void AssertCompared(JsonObject result)
    {
        JsonObject[] rows = [.. result["rows"]!.AsArray().Select(row => row!.AsObject())];
        Assert.Equal(
            ["start", "base", "base SFT", "token GRPO", "latent SFT", "latent GRPO", "latent Dr.GRPO", "latent PPO",
                "codes-16 SFT", "codes-16 GRPO", "codes-128 SFT", "codes-128 GRPO", "no-cycle SFT", "no-cycle GRPO",
                "no-projector SFT", "no-projector GRPO", "no-text SFT", "no-text GRPO"],
            rows.Select(row => (string)row["method"]!));
        foreach (JsonObject row in rows)
        {
            AssertScores(row, "greedy", "sampled");
            Assert.InRange((double)row["diversity"]!["distinct_answers"]!, 1, 4);
            Assert.Equal(((string)row["method"]!).Contains("SFT") || (string)row["method"]! is "start" or "base", row["rollout_seconds"] is null);
        }
    }

    // Options that every loop over GrpoOptions takes, and that ask it for more than rollouts and rewards.
    [Theory]
    [InlineData("quickstart")]
    [InlineData("gui-ground", "--scale-rewards", "group")]
    [InlineData("pseudo-labels")]
    [InlineData("trimpi")]
    public void A_reference_in_the_reward_and_greedy_baselines_are_there_in_every_loop(string recipe, params string[] arguments)
    {
        string folder = $"reference-{recipe}";
        Outcome outcome = runs.Run(recipe, ["--smoke", "--out", folder, "--beta", "0.04", "--kl-in-reward", "--advantage-estimator", "remax", .. arguments]);

        Assert.True(outcome.ExitCode == 0, $"{recipe} ended with {outcome.ExitCode}\n{outcome.Errors}");
        Assert.Contains(File.ReadLines(runs.PathOf(folder, "metrics.jsonl")), line => line.Contains("\"kl\"", StringComparison.Ordinal));
    }

    // The peak of a smoke run is the libraries': the 1.25 of half a gigabyte is in docs/results.md.
    [Fact]
    public void Bench_loads_what_it_wrote_and_leaves_nothing_of_it()
    {
        JsonObject result = Smoke("bench-load");

        Assert.Equal("load", (string?)result["size"]);
        Assert.InRange((double)result["peak_rss_mb"]!, (double)result["file_mb"]!, double.MaxValue);
        Assert.False(Directory.Exists(runs.PathOf("smoke-bench-load", "weights")));
    }

    // How long it takes on an idle machine is in docs/results.md.
    [Fact]
    public void Bench_scores_every_answer_and_leaves_nothing_of_its_model()
    {
        JsonObject result = Smoke("bench-learned");

        Assert.Equal((4, 2, 4), ((int)result["completions"]!, (int)result["questions"]!, (int)result["judged"]!));
        Assert.All(["reward_s", "states_s", "rows_s", "states_ratio", "rows_ratio"], name => Assert.True((double)result[name]! > 0, name));
        Assert.InRange((double)result["judge_s"]!, (double)result["judge_least_s"]!, 60);
        Assert.Equal(0.01, (double)result["judge_least_s"]!);
        Assert.Empty(Directory.GetDirectories(runs.PathOf("smoke-bench-learned")));
    }

    // Random weights, so equal tokens are of the same computation; how much memory it takes is in docs/results.md.
    [Fact]
    public void Bench_exports_and_answers_with_the_graphs_as_with_the_engine()
    {
        JsonObject result = Smoke("bench-export");

        Assert.Equal("export", (string?)result["size"]);
        Assert.Equal(3, result["files_mb"]!.AsObject().Count);
        double weights = (double)result["weights_mb"]!, files = result["files_mb"]!.AsObject().Sum(file => (double)file.Value!);
        Assert.InRange(files, weights - 0.1, 1.2 * weights);     // the vocabulary is not large, nor are the nodes
        Assert.InRange((double)result["peak_rss_mb"]!, weights, double.MaxValue);
        Assert.Equal((64, 64), ((int)result["tokens"]!, (int)result["same_tokens"]!));
        Assert.True((double)result["graphs_tok_s"]! > 0 && (double)result["engine_tok_s"]! > 0);
        Assert.DoesNotContain(Directory.GetDirectories(runs.PathOf("smoke-bench-export")),
            made => Path.GetFileName(made) is "weights" or "exported");
    }

    // --smoke asks 16 questions.
    [Fact]
    public void Score_reads_a_model_that_a_recipe_made()
    {
        JsonObject result = Smoke("score", "--model", runs.Model);

        AssertScores(new JsonObject { ["score"] = result }, "score");
        TableRow[] answers = [.. ParquetFile.Read(runs.PathOf("smoke-score", "answers.parquet"))];
        Assert.Equal(16, answers.Length);
        Assert.All(answers, answer => Assert.NotEmpty(answer.Get<string>("question")));
        Assert.All(answers.Select(answer => answer.Get<string>("picture")), key => Assert.Contains(key,
            ParquetFile.Read(runs.PathOf("smoke-score", "pictures.parquet"), "key").Select(row => row.Get<string>("key"))));
        Assert.Contains("data-outcome=\"wrong\"", File.ReadAllText(runs.PathOf("smoke-score", "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_of_a_model_that_a_recipe_made_are_paired()
    {
        JsonObject result = Smoke("pairs", "--model", runs.Model);

        Assert.Equal((8, 64), ((int)result["questions"]!, (int)result["answers"]!));
        Assert.True(File.Exists(runs.PathOf("smoke-pairs", "pairs.parquet")));
    }

    // A blind answer is right in a third of the questions and in no box; docs/results.md has the scores of 800 questions.
    [Fact]
    public void The_shipped_model_is_small_and_sees()
    {
        string model = Repository.PathOf("recipes", "warm-start");
        Outcome outcome = runs.Run("score", "--model", model, "--limit", "240", "--out", "shipped");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.InRange(Directory.GetFiles(model).Sum(file => new FileInfo(file).Length), 1, 8_000_000);
        Assert.InRange((double)Result("shipped")["vqa_accuracy"]!, 0.38, 0.55);
        Assert.InRange((double)Result("shipped")["grounding_acc50"]!, 0.15, 0.45);
    }

    [SharedFact]
    public void Sentences_that_people_wrote_are_read_to_the_end()
    {
        JsonObject result = Smoke("grpo", "--data", SharedFiles.PathOf("data", "nlvr", "nlvr-hidden.parquet"),
            "--eval", SharedFiles.PathOf("data", "nlvr", "nlvr-dev.parquet"), "--limit", "50");

        AssertScores(result, "before", "after");
    }

    private JsonObject Smoke(string recipe, params string[] arguments)
    {
        string folder = $"smoke-{recipe}";
        Outcome outcome = runs.Run(recipe, ["--smoke", "--seed", "7", "--out", folder, .. arguments]);
        Assert.True(outcome.ExitCode == 0, $"{recipe} ended with {outcome.ExitCode}\n{outcome.Errors}");
        return Result(folder);
    }

    private JsonObject Result(string folder) =>
        JsonNode.Parse(File.ReadAllText(runs.PathOf(folder, "result.json")))!.AsObject();

    private static void AssertScores(JsonObject result, params string[] moments)
    {
        foreach (string moment in moments)
            foreach (string score in (string[])["vqa_accuracy", "grounding_acc50", "reward"])
                Assert.InRange((double)result[moment]![score]!, 0, 1);
    }
}
