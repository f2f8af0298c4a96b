using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Learned.Tests.Judges;
using Recipes.Cli;

namespace Recipes.Tests;

/// <summary>Runs whose reward is learned: what the log says, and every way in which a judge or a folder can fail them.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public sealed class LearnedRewardRunTests(RecipeRuns runs) : IDisposable
{
    private const string Secret = "sk-Very-Secret-456";
    private readonly string _variable = $"JUDGE_KEY_{Guid.NewGuid():N}";
    private readonly string _id = Guid.NewGuid().ToString("N")[..8];

    public void Dispose() => Environment.SetEnvironmentVariable(_variable, null);

    // Who is scored gets the most: a rollout that was not scored and counted as 0 would show in the mean.
    [Fact]
    public void What_is_no_verdict_is_counted_and_never_a_zero()
    {
        using var server = new StubServer(call => call.SayAsync(Number(call) % 3 == 0 ? "who knows" : "[[10]]"));

        Outcome outcome = Grpo("rubbish", server.Address, "--steps", "3");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        JsonObject[] steps = Metrics("rubbish");
        Assert.Equal(3, steps.Length);
        Assert.All(steps, step => Assert.Equal((1.0, 1.0), ((double)step["reward/judge"]!, (double)step["reward"]!)));
        Assert.All(steps, step => Assert.InRange((double)step["reward/gold"]!, 0, 1));
        double[] missing = [.. steps.Where(step => step.ContainsKey("frac_unscored")).Select(step => (double)step["frac_unscored"]!)];
        Assert.NotEmpty(missing);
        Assert.All(missing, share => Assert.InRange(share, 1.0 / 8, 7.0 / 8));
        Assert.Contains($"{8 * missing[0]} of 8 rollouts could not be scored, and teach nothing", outcome.Errors, StringComparison.Ordinal);
        Assert.Contains("judge: no verdict in 'who knows'", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void A_judge_that_dies_stops_the_run_which_resumed_ends_as_if_it_had_not()
    {
        ConcurrentQueue<string> asked = [];
        using (var server = new StubServer(call => Said(call, [])))
            Assert.Equal(0, Grpo("whole", server.Address, "--steps", "4", "--save-steps", "1", "--judge-concurrency", "1").ExitCode);
        int port = StubServer.FreePort();
        Outcome stopped;
        StubServer? dying = null;
        using (dying = new StubServer(call => call.Number < 16 ? Said(call, asked) : Ended(call), port))
            stopped = Grpo("cut", dying.Address, "--steps", "4", "--save-steps", "1", "--judge-concurrency", "1", "--judge-retries", "1");

        Refused(stopped, "the judge answers no more", "resume the run");
        Assert.True(Metrics("cut").Length is > 0 and < 4, "it is to be cut off in the middle");
        using (var back = new StubServer(call => Said(call, asked), port))
        {
            Outcome resumed = runs.Run("grpo", "--resume", "--out", Out("cut"));
            Assert.True(resumed.ExitCode == 0, resumed.Errors);
        }

        Assert.Equal(asked.Count, asked.Distinct().Count());
        Assert.Equal(Metrics("whole").Select(Measured), Metrics("cut").Select(Measured));
        Assert.DoesNotContain(Metrics("cut"), step => step.ContainsKey("frac_unscored"));

        async Task Ended(StubCall call)
        {
            await call.CutAsync();
            dying!.Dispose();
        }
    }

    [Fact]
    public void One_that_hangs_is_timed_out_and_one_that_asks_to_wait_is_waited_for()
    {
        using var server = new StubServer(call => call.Number switch
        {
            9 => call.HangAsync(),
            1 => call.SendAsync(429, "{}", "1"),
            _ => call.SayAsync("[[7]]"),
        });

        Outcome outcome = Grpo("hangs", server.Address, "--judge-timeout", "2");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.Contains("judge: not answered: timed out after 2 s", outcome.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("429", outcome.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_only_hangs_stops_the_run()
    {
        using var server = new StubServer(call => call.HangAsync());

        Refused(Grpo("silent", server.Address, "--judge-timeout", "1"), "none of ", "resume the run");
    }

    [Fact]
    public void A_wrong_key_stops_the_run_and_is_nowhere_to_be_read()
    {
        Environment.SetEnvironmentVariable(_variable, Secret);
        using var server = new StubServer(call => call.SendAsync(401, $"{{\"error\":{{\"message\":\"no key {Secret}\"}}}}"));

        Outcome outcome = Grpo("key", server.Address, "--judge-api-key-variable", _variable);

        Refused(outcome, $"the judge at {server.Address}/v1 refuses the key (HTTP 401)", _variable);
        Assert.Contains($"Bearer {Secret}", server.Keys);
        Assert.DoesNotContain(Secret, outcome.Errors + outcome.Output, StringComparison.OrdinalIgnoreCase);
        Assert.All(Directory.EnumerateFiles(runs.PathOf(Out("key")), "*", SearchOption.AllDirectories),
            file => Assert.DoesNotContain(Secret, File.ReadAllText(file), StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void A_key_in_place_of_its_variable_is_neither_shown_nor_written()
    {
        Outcome outcome = Grpo("typed", "http://127.0.0.1:9", "--judge-api-key-variable", Secret);

        Refused(outcome, "--judge-api-key-variable must be a variable's name", "OPENAI_API_KEY");
        Assert.DoesNotContain(Secret, outcome.Errors + outcome.Output, StringComparison.OrdinalIgnoreCase);
        Assert.False(Directory.Exists(runs.PathOf(Out("typed"))));
    }

    [Theory]
    [InlineData("a judge behind an address needs the name of its model", "--reward", "judge:http://127.0.0.1:9/v1")]
    [InlineData("nothing answers at http://127.0.0.1:9/v1", "--reward", "judge:http://127.0.0.1:9/v1", "--judge-model", "stub")]
    [InlineData("", "--reward", "rm:nowhere")]
    [InlineData("", "--reward", "rm:recipes/warm-start")]
    [InlineData("", "--reward", "clip:recipes/warm-start")]
    [InlineData("", "--reward", "judge:nowhere")]
    public void What_cannot_score_is_said_in_three_lines(string problem, params string[] words) =>
        Refused(runs.Run("grpo", [.. Arguments("bad"), .. words]), problem, "");

    [Theory]
    [InlineData("self")]
    [InlineData("recipes/warm-start")]
    public void A_folder_judges_and_so_does_the_policy_itself(string judge)
    {
        Outcome outcome = runs.Run("grpo", [.. Arguments(judge[..4]), "--reward", $"judge:{judge}", "--rubric", "yes-no", "--judge-max-tokens", "8"]);

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.All(Metrics(judge[..4]), step => Assert.InRange((double)step["reward/judge"]!, 0, 1));
        Assert.Equal(judge != "self", Directory.GetFiles(runs.PathOf(Out(judge[..4])), "judge-*.jsonl").Length > 0);
    }

    // Options of judges are of every judge: both are asked by the same rubric, for the same model, and keep their answers in one file.
    [Fact]
    public void Two_judges_of_a_run_are_asked_alike_and_told_apart()
    {
        using var low = new StubServer(call => call.SayAsync("[[1]]"));
        using var high = new StubServer(call => call.SayAsync("[[10]]"));
        string cache = runs.PathOf($"two-{_id}.jsonl");
        string[] two = ["--reward", $"judge:{low.Address}/v1:0.25", $"judge:{high.Address}/v1:0.5", "--judge-model", "stub",
            "--rubric", "pointwise", "--judge-max-tokens", "77", "--judge-cache", cache];

        Outcome first = runs.Run("grpo", [.. Arguments("two"), .. two]);
        int asked = low.Requests;
        Outcome again = runs.Run("grpo", [.. Arguments("two-again"), .. two]);

        Assert.True(first.ExitCode == 0, first.Errors);
        Assert.True(again.ExitCode == 0, again.Errors);
        Assert.All([.. Metrics("two"), .. Metrics("two-again")], step => Assert.Equal(
            (0.0, 1.0, 0.5), ((double)step["reward/judge"]!, (double)step["reward/judge2"]!, (double)step["reward"]!)));
        Assert.True(asked > 0);
        Assert.Equal((asked, asked), (low.Requests, high.Requests));
        Assert.Equal(2 * asked, File.ReadAllLines(cache).Length);
        Assert.All([.. low.Bodies, .. high.Bodies], body => Assert.Equal(
            ("stub", 77), ((string)body["model"]!, (int)(body["max_tokens"] ?? body["max_completion_tokens"])!)));
        Assert.Equal(low.Bodies.Select(body => body.ToJsonString()).Order(), high.Bodies.Select(body => body.ToJsonString()).Order());
    }

    [Fact]
    public void A_critic_and_latent_actions_learn_from_a_judge()
    {
        using StubServer server = StubServer.Saying("[[7]]");
        string[] judged = ["--reward", $"judge:{server.Address}", "--judge-model", "stub"];

        Outcome critic = runs.Run("ppo", [.. Arguments("ppo"), .. judged]);
        Outcome latent = runs.Run("grpo", ["--smoke", "--data", "shapes", "--model", runs.Codes, "--out", Out("latent"), .. judged]);

        Assert.True(critic.ExitCode == 0, critic.Errors);
        Assert.True(latent.ExitCode == 0, latent.Errors);
        Assert.All([.. Metrics("ppo"), .. Metrics("latent")], step => Assert.Equal(6.0 / 9, (double)step["reward/judge"]!, 12));
    }

    [Fact]
    public void An_encoder_pays()
    {
        Assert.Equal(0, runs.Run("encoder-shapes", "--smoke", "--out", Out("encoder")).ExitCode);

        Outcome outcome = runs.Run("grpo", [.. Arguments("clip"), "--reward", $"clip:{Out("encoder")}/model"]);

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.All(Metrics("clip"), step => Assert.InRange((double)step["reward/clip"]!, -1, 1));
    }

    [Fact]
    public void A_reward_model_pays_in_every_run()
    {
        Outcome trained = runs.Run("reward-model", "--smoke", "--out", Out("rm"));
        Assert.True(trained.ExitCode == 0, trained.Errors);
        string[] paid = ["--reward", $"rm:{Out("rm")}/model"];

        Outcome group = runs.Run("grpo", [.. Arguments("rm-grpo"), .. paid]), critic = runs.Run("ppo", [.. Arguments("rm-ppo"), .. paid]);
        Outcome scored = runs.Run("score", ["--smoke", "--model", Repository.PathOf("recipes", "warm-start"), "--out", Out("rm-score"), .. paid]);

        Assert.All([group, critic, scored], outcome => Assert.True(outcome.ExitCode == 0, outcome.Errors));
        Assert.All([.. Metrics("rm-grpo"), .. Metrics("rm-ppo")], step => Assert.Equal((double)step["reward/rm"]!, (double)step["reward"]!, 9));
        Assert.All([.. Metrics("rm-grpo"), .. Metrics("rm-ppo")], step => Assert.DoesNotContain("frac_unscored", step.Select(item => item.Key)));
        Assert.Contains("rm", File.ReadAllText(runs.PathOf(Out("rm-score"), "result.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rm:a/b:0.5", "a/b", 0.5)]
    [InlineData("judge:http://127.0.0.1:8000", "http://127.0.0.1:8000", 1)]
    [InlineData("judge:http://127.0.0.1:8000:0.5", "http://127.0.0.1:8000", 0.5)]
    [InlineData("judge:http://[::1]:8000", "http://[::1]:8000", 1)]
    [InlineData("judge:http://[::1]:8000:0.5", "http://[::1]:8000", 0.5)]
    [InlineData("judge:http://[::1]:8000/v1:2", "http://[::1]:8000/v1", 2)]
    public void A_port_is_no_weight(string word, string target, double weight) =>
        Assert.Equal((target, weight), (LearnedSpec.Parse(word).Target, LearnedSpec.Parse(word).Weight));

    private static void Refused(Outcome outcome, string problem, string within)
    {
        string[] lines = outcome.Errors.TrimEnd().Split('\n')[^3..];
        Assert.True(outcome.ExitCode == 2, outcome.Errors);
        Assert.StartsWith($"error: {problem}", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("   at: ", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("  try: ", lines[2], StringComparison.Ordinal);
        Assert.Contains(within, string.Join('\n', lines), StringComparison.Ordinal);
        Assert.DoesNotContain("   at Recipes", outcome.Errors, StringComparison.Ordinal);
    }

    // The same request, the same score, whoever asks and whenever.
    private static async Task Said(StubCall call, ConcurrentQueue<string> asked)
    {
        await call.SayAsync($"[[{1 + Number(call) % 10}]]");
        asked.Enqueue(call.Body.ToJsonString());
    }

    private static int Number(StubCall call) => SHA256.HashData(Encoding.UTF8.GetBytes(call.Body.ToJsonString()))[0];

    // Without what depends on the clock and the machine.
    private static string Measured(JsonObject step) => string.Join(' ', step.Where(item => !item.Key.EndsWith("_s", StringComparison.Ordinal)
        && item.Key != "peak_rss_mb").Select(item => $"{item.Key}={item.Value}").Order(StringComparer.Ordinal));

    private JsonObject[] Metrics(string run) =>
        [.. File.ReadLines(runs.PathOf(Out(run), "metrics.jsonl")).Select(line => JsonNode.Parse(line)!.AsObject())];

    private string Out(string run) => $"learned-{run}-{_id}";

    private string[] Arguments(string run) => ["--smoke", "--model", "recipes/warm-start", "--data", "shapes", "--out", Out(run)];

    private Outcome Grpo(string run, string address, params string[] words) => runs.Run("grpo",
        [.. Arguments(run), "--reward", $"judge:{address}/v1", "--judge-model", "stub", "--rubric", "pointwise", .. words]);
}
