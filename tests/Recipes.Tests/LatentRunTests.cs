using System.Globalization;
using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Tables;
using Vlm.Testing;

namespace Recipes.Tests;

/// <summary>score, chat, inspect and grpo-* take a folder with latent actions as any model.</summary>
[Collection(nameof(RecipeRunsGroup))]
public class LatentRunTests(RecipeRuns runs)
{
    private const int Steps = 4;
    private const string Model = "model.safetensors", Codes = LatentCheckpoint.WeightsFile;

    // The base answers yes or no and ends; codes sampled by a policy that never learned do not know when to end.
    [Fact]
    public void Score_asks_the_policy_over_codes_or_the_bases_own_tokens()
    {
        string[] codes = Score("by-codes"), sampled = Score("by-sampled", "--temperature", "1"), tokens = Score("by-tokens", "--tokens");
        string[] plain = Score("by-plain", "--model", runs.Model);

        Assert.Equal(plain, tokens);
        Assert.NotEqual(tokens, codes);
        Assert.NotEqual(codes, sampled);
        Assert.All(sampled, answer => Assert.Matches("^(yes|no| )*$", answer));
        Assert.True(sampled.Distinct().Count() > 4, string.Join('|', sampled));
    }

    // The base in half precision, what was added to it in float32: and a folder of both is written and read again.
    [Fact]
    public void A_base_in_half_precision_is_scored_and_reinforced_over()
    {
        Outcome run = runs.Run("grpo", "--smoke", "--steps", "1", "--dtype", "bfloat16", "--max-shard-size", "200KB",
            "--model", runs.Codes, "--out", "half");
        Assert.True(run.ExitCode == 0, run.Errors);
        string model = Path.Combine("half", "model");

        Assert.All(Score("of-half", "--model", model, "--dtype", "bfloat16", "--temperature", "1"),
            answer => Assert.Matches("^(yes|no| )*$", answer));
        Assert.True(Directory.GetFiles(runs.PathOf(model), "model-0000*.safetensors").Length > 1, "the base is in one file");
    }

    [Fact]
    public void Score_says_through_how_many_codes_it_asks()
    {
        Outcome codes = runs.Run("score", "--model", runs.Codes, "--limit", "2", "--out", "counted");
        Outcome tokens = runs.Run("score", "--model", runs.Codes, "--limit", "2", "--tokens", "--out", "uncounted");

        Assert.Contains($"answers through {Count} codes; --tokens takes the base's own tokens\n", codes.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("codes", tokens.Errors, StringComparison.Ordinal);
    }

    // So warm, that tokens come from everywhere in the vocabulary.
    [Fact]
    public void Chat_writes_the_tokens_of_codes_or_the_bases_own()
    {
        string[] asked = ["chat", "Is there a circle?", "--max-new-tokens", "6", "--temperature", "50", "--ids", "--model"];
        Outcome codes = runs.Run(asked[0], [.. asked[1..], runs.Codes]), plain = runs.Run(asked[0], [.. asked[1..], runs.Model]);
        Outcome tokens = runs.Run(asked[0], [.. asked[1..], runs.Codes, "--tokens"]);

        VlmCheckpoint vlm = VlmCheckpoint.Load(runs.PathOf(runs.Model), torch.CPU);
        int[] written = [.. codes.Output.Split().Where(word => word.Length > 0).Select(word => int.Parse(word, CultureInfo.InvariantCulture))];
        Assert.True(codes.ExitCode == 0, codes.Errors);
        Assert.NotEmpty(written);
        Assert.Subset(LatentFolders.Tokens(vlm).ToHashSet(), written.ToHashSet());
        Assert.Equal(plain.Output, tokens.Output);
        Assert.NotEqual(tokens.Output, codes.Output);
    }

    [Fact]
    public void Inspect_counts_the_parts_of_latent_actions()
    {
        Outcome inspect = runs.Run("inspect", "--model", runs.Codes);
        using SafetensorsFile file = SafetensorsFile.Open(runs.PathOf(runs.Codes, Codes));

        Assert.True(inspect.ExitCode == 0, inspect.Errors);
        Assert.Contains($"latent actions over {Count} codes, learned on this base\n", inspect.Output, StringComparison.Ordinal);
        Assert.Contains("inverse 1, policy 1, merge blocks 1, read out by the last block\n", inspect.Output, StringComparison.Ordinal);
        foreach ((string part, string[] modules) in ((string, string[])[])[("inverse", ["inverse"]), ("policy", ["policy"]),
            ("merge", ["world"]), ("codebook", ["codebook"]), ("projectors", ["to_paired", "to_text"])])
            Assert.Matches($@"(?m)^  {part,-13} {Values(modules)} values$", inspect.Output);
        Assert.Contains($"{Values("")} values, ", inspect.Output, StringComparison.Ordinal);

        string Values(params string[] modules) => file.Entries
            .Where(entry => modules.Any(module => entry.Key.StartsWith(module, StringComparison.Ordinal)))
            .Sum(entry => entry.Value.Shape.Aggregate(1L, (product, size) => product * size)).ToString("N0", CultureInfo.InvariantCulture);
    }

    // With a divergence term: a resumed run must find the reference it began with, not the checkpoint's policy.
    [Fact]
    public void A_killed_run_over_codes_resumes_to_the_same_bits_and_moves_their_policy_alone()
    {
        Outcome whole = runs.Run("grpo", Arguments("over-codes"));
        Assert.True(whole.ExitCode == 0, whole.Errors);
        Assert.Matches($@"trainable: base 0 of [0-9,]+, policy over {Count} codes [0-9,]+ of [0-9,]+ of the latent actions\n", whole.Errors);

        using (RecipeProcess process = runs.Start("grpo", Arguments("over-codes-cut")))
        {
            Assert.True(process.Appears(Checkpoint("over-codes-cut", 2)));
            process.Kill();
            _ = process.End();
        }
        Assert.False(Directory.Exists(Checkpoint("over-codes-cut", Steps)), "the run ended before it was killed");
        Outcome resumed = runs.Run("grpo", "--resume", "--out", "over-codes-cut");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);

        AssertEqual(Path.Combine("model", Model));
        AssertEqual(Path.Combine("model", Codes));
        AssertEqual(Path.Combine("checkpoints", $"step-{Steps}", "optimizer.safetensors"));
        AssertMoved();
        string[] answers = Score("after-codes", "--model", Path.Combine("over-codes", "model"), "--temperature", "1");
        Assert.All(answers, answer => Assert.Matches("^(yes|no| )*$", answer));
    }

    [SharedFact]
    public void Sentences_that_people_wrote_are_reinforced_over_codes()
    {
        Outcome outcome = runs.Run("grpo", "--smoke", "--data", SharedFiles.PathOf("data", "nlvr", "nlvr-hidden.parquet"),
            "--limit", "50", "--model", runs.Codes, "--out", "nlvr-codes");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        Assert.NotNull(JsonNode.Parse(File.ReadAllText(runs.PathOf("nlvr-codes", "result.json")))!["after"]);
        Assert.Equal(Count, LatentCheckpoint.Load(runs.PathOf("nlvr-codes", "model"), torch.CPU).Modules.Config.Codes);
    }

    private int Count => HubFolder.ReadJson(runs.PathOf(runs.Codes, LatentCheckpoint.ConfigFile))["codes"]!.GetValue<int>();

    private string[] Score(string folder, params string[] arguments)
    {
        string[] model = arguments.Contains("--model") ? [] : ["--model", runs.Codes];
        Outcome outcome = runs.Run("score", ["--limit", "16", "--out", folder, .. model, .. arguments]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return [.. ParquetFile.Read(runs.PathOf(folder, "answers.parquet")).Select(row => (string)row["answer"]!)];
    }

    // The base, the codebook, the world and inverse models are those of the start, bit by bit; the policy is not.
    private void AssertMoved()
    {
        string start = runs.PathOf(runs.Codes), end = runs.PathOf("over-codes", "model");
        Assert.Equal(File.ReadAllBytes(Path.Combine(start, Model)), File.ReadAllBytes(Path.Combine(end, Model)));
        using SafetensorsFile before = SafetensorsFile.Open(Path.Combine(start, Codes)), after = SafetensorsFile.Open(Path.Combine(end, Codes));
        Assert.Equal(before.Entries.Keys.Order(), after.Entries.Keys.Order());
        Assert.All(before.Entries.Keys, name => Assert.Equal(
            !name.StartsWith("policy.", StringComparison.Ordinal),
            before.Load(name, torch.CPU).equal(after.Load(name, torch.CPU)).all().item<bool>()));
    }

    private void AssertEqual(string file) => Assert.True(
        File.ReadAllBytes(runs.PathOf("over-codes", file)).SequenceEqual(File.ReadAllBytes(runs.PathOf("over-codes-cut", file))),
        $"{file} differs");

    private string Checkpoint(string run, int step) => runs.PathOf(run, "checkpoints", $"step-{step}");

    private string[] Arguments(string run) =>
    [
        "--smoke", "--steps", $"{Steps}", "--save-steps", "1", "--prompts-per-step", "16", "--group-size", "8",
        "--kinds", "exists", "--learning-rate", "0.003", "--beta", "0.1", "--max-new-tokens", "4", "--model", runs.Codes,
        "--out", run,
    ];
}
