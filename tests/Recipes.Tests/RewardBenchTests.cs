using System.Text.Json.Nodes;

namespace Recipes.Tests;

/// <summary>./vlm reward-bench: what it measures of a reward that rules give, of one that was trained, and what it refuses.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public sealed class RewardBenchTests(RecipeRuns runs)
{
    private const string Pair = """{"id": "p", "question": "Q?", "chosen": "yes", "rejected": "no"}""";

    // A caption is right or wrong by the same rule that made the pairs: all are in order but those whose rejected caption says as much.
    [Fact]
    public void The_verifiable_reward_orders_all_pairs_but_those_that_it_calls_equal()
    {
        JsonObject result = Bench("bench-caption", "--smoke", "--reward", "caption");

        JsonObject reward = result["rewards"]!.AsArray().Single()!.AsObject(), report = reward["report"]!.AsObject();
        int tooLong = report["kinds"]!.AsArray().Where(kind => (string)kind!["name"]! == "too-long").Sum(kind => (int)kind!["count"]!);
        Assert.Equal((16, 0), ((int)reward["pairs"]!, (int)reward["not_scored"]!));
        Assert.Equal(1 - (0.5 * tooLong / 16), (double)report["all"]!["accuracy"]!, 1e-9);
        Assert.Equal((1.0, 1.0), ((double)reward["agreement"]!["ordered_alike"]!, Math.Round((double)reward["agreement"]!["spearman"]!, 9)));
        // It reads captions alone: contrasts about numbers and colours are not scored, and are no 0.
        Assert.Equal(8, (int)reward["consistency"]!["contrasts"]! + (int)reward["consistency"]!["not_scored"]!);
        Assert.True((int)reward["consistency"]!["not_scored"]! > 0);
        Assert.Null(reward["consistency"]!["instruction"]);
        Assert.Equal(16, Lines("bench-caption", "pairs.jsonl").Length);
        Assert.Equal(8, Lines("bench-caption", "contrasts.jsonl").Length);
    }

    [Fact]
    public void A_trained_reward_model_stands_in_the_table_beside_a_rule()
    {
        Outcome trained = runs.Run("reward-model", "--smoke", "--out", "bench-rm");
        Assert.True(trained.ExitCode == 0, trained.Errors);
        string model = "rm:" + Path.Combine("bench-rm", "model");

        Outcome outcome = runs.Run("reward-bench", "--smoke", "--reward", model, "--reward", "caption", "--generated-pairs", "12", "--out", "bench-both");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains(model, outcome.Output, StringComparison.Ordinal);
        Assert.Contains("calibration error", outcome.Output, StringComparison.Ordinal);
        JsonObject[] rewards = [.. Result("bench-both")["rewards"]!.AsArray().Select(one => one!.AsObject())];
        Assert.Equal([model, "caption"], rewards.Select(one => (string)one["reward"]!));
        Assert.Equal((12, 0, 8), ((int)rewards[0]["pairs"]!, (int)rewards[0]["not_scored"]!, (int)rewards[0]["consistency"]!["contrasts"]!));
        Assert.InRange((double)rewards[0]["report"]!["all"]!["accuracy"]!, 0, 1);
        Assert.True((double)rewards[0]["completions_per_second"]! > 0);
        JsonObject[] lines = Lines("bench-both", "pairs.jsonl");
        Assert.Equal(24, lines.Length);
        Assert.All(lines, line => Assert.Equal(line["chosen_score"] is null, line["not_scored"] is not null));
    }

    // Two questions with each other's answers are a contrast; without a truth, a rule scores nothing and no mean has it.
    [Fact]
    public void Contrasts_of_a_file_are_found_and_what_nothing_scores_is_no_zero()
    {
        string data = Write("contrast.jsonl", """{"question": "How many?", "chosen": "2", "rejected": "3"}""", """{"question": "How many more?", "chosen": "3", "rejected": "2"}""");

        JsonObject result = Bench("bench-file", "--reward", "word_match", "--data", data);

        JsonObject reward = result["rewards"]!.AsArray().Single()!.AsObject();
        Assert.Equal((2, 1, "the files"), ((int)result["pairs"]!, (int)result["contrasts"]!, (string)result["contrasts_from"]!));
        Assert.Equal((0, 2, 1), ((int)reward["pairs"]!, (int)reward["not_scored"]!, (int)reward["consistency"]!["not_scored"]!));
        Assert.Null(reward["report"]);
        Assert.Equal("nobody knows what is right", (string)Lines("bench-file", "pairs.jsonl")[0]["not_scored"]!);
    }

    [Theory]
    [InlineData("both answers are \"yes\"", """{"id": "x7", "question": "Q?", "chosen": "yes", "rejected": "yes"}""")]
    [InlineData("there is no image gone.png", """{"id": "x7", "question": "Q?", "image": "gone.png", "chosen": "yes", "rejected": "no"}""")]
    public void A_bad_pair_is_refused_in_three_lines_or_skipped_and_counted(string problem, string row)
    {
        string data = Write("bad.jsonl", Pair, row);

        Outcome refused = runs.Run("reward-bench", "--reward", "caption", "--data", data, "--out", "bench-bad");
        Outcome skipped = runs.Run("reward-bench", "--reward", "caption", "--data", data, "--out", "bench-bad", "--skip-bad", "1", "--contrasts", "0");

        Assert.Equal(2, refused.ExitCode);
        Assert.Matches(@"(?m)^error: .+\n   at: .+\n  try: .+\n\z", refused.Errors);
        Assert.Contains(problem, refused.Errors, StringComparison.Ordinal);
        Assert.Contains("bad.jsonl, line 2 (id x7)", refused.Errors, StringComparison.Ordinal);
        Assert.True(skipped.ExitCode == 0, skipped.Errors);
        Assert.Contains("1 bad row skipped", skipped.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("there is no reward 'capton'", "--reward", "capton")]
    [InlineData("a weight says nothing of how a reward orders answers", "--reward", "rm:nowhere:0.5")]
    [InlineData("--reward must name each reward once", "--reward", "caption", "--reward", "caption")]
    [InlineData("--limit is of files", "--reward", "caption", "--limit", "3")]
    [InlineData("there is no such file", "--reward", "caption", "--data", "nowhere.parquet")]
    public void What_cannot_be_is_said_in_three_lines(string problem, params string[] words)
    {
        Outcome outcome = runs.Run("reward-bench", [.. words, "--out", "bench-wrong"]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Matches(@"(?m)^error: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
        Assert.Contains(problem, outcome.Errors, StringComparison.Ordinal);
    }

    private JsonObject Bench(string folder, params string[] words)
    {
        Outcome outcome = runs.Run("reward-bench", [.. words, "--out", folder]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return Result(folder);
    }

    private JsonObject Result(string folder) => JsonNode.Parse(File.ReadAllText(runs.PathOf(folder, "result.json")))!.AsObject();

    private JsonObject[] Lines(string folder, string name) =>
        [.. File.ReadAllLines(runs.PathOf(folder, name)).Select(line => JsonNode.Parse(line)!.AsObject())];

    private string Write(string name, params string[] rows)
    {
        File.WriteAllText(runs.PathOf(name), string.Join('\n', rows) + "\n");
        return name;
    }
}
