using System.Text.Json.Nodes;

namespace Recipes.Tests;

/// <summary>Reinforcement of adapters, from the command line.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public class AdapterRunTests(RecipeRuns runs)
{
    private const int Steps = 4;

    [Fact]
    public void A_killed_run_of_adapters_resumes_to_the_same_bits()
    {
        Outcome whole = runs.Run("grpo", Arguments("adapters"));
        Assert.True(whole.ExitCode == 0, whole.Errors);
        Assert.Matches(
            @"trainable: vision 0 of [0-9,]+, connector 0 of [0-9,]+, text 0 of [0-9,]+, adapters ([0-9,]+) of \1\n",
            whole.Errors);

        using (RecipeProcess process = runs.Start("grpo", Arguments("adapters-cut")))
        {
            Assert.True(process.Appears(Checkpoint("adapters-cut", 2)));
            process.Kill();
            _ = process.End();
        }
        Assert.False(Directory.Exists(Checkpoint("adapters-cut", Steps)), "the run ended before it was killed");
        Outcome resumed = runs.Run("grpo", "--resume", "--out", "adapters-cut");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);

        const string Adapter = "adapter_model.safetensors";
        AssertEqual(Path.Combine("model", "model.safetensors"));
        AssertEqual(Path.Combine("adapter", Adapter));
        AssertEqual(Path.Combine("checkpoints", $"step-{Steps}", "optimizer.safetensors"));
        Assert.True(Bytes(Checkpoint("adapters", 1), "model.safetensors")
            .SequenceEqual(Bytes(Checkpoint("adapters", Steps), "model.safetensors")));
        Assert.False(Bytes(Checkpoint("adapters", 1), "adapter", Adapter)
            .SequenceEqual(Bytes(Checkpoint("adapters", Steps), "adapter", Adapter)));
    }

    [Fact]
    public void An_adapter_of_another_model_is_refused()
    {
        Outcome made = runs.Run("grpo", "--smoke", "--lora-rank", "2", "--out", "small");
        Assert.True(made.ExitCode == 0, made.Errors);
        Outcome outcome = runs.Run("grpo", "--smoke", "--model", runs.Model,
            "--adapter", Path.Combine("small", "adapter"), "--out", "refused");

        Assert.Equal(2, outcome.ExitCode);
        string start = Repository.PathOf("recipes", "warm-start");
        string[] lines = outcome.Errors.TrimEnd('\n').Split('\n')[^3..];
        Assert.StartsWith($"error: the adapter, made for {start}, does not fit {runs.Model}: ",
            lines[0], StringComparison.Ordinal);
        Assert.Equal($"  try: load it onto {start}", lines[2]);
        Assert.Null(JsonNode.Parse(File.ReadAllText(runs.PathOf("small", "adapter", "adapter_config.json")))!["revision"]);
    }

    private void AssertEqual(string file) => Assert.True(
        Bytes(runs.PathOf("adapters"), file).SequenceEqual(Bytes(runs.PathOf("adapters-cut"), file)), $"{file} differs");

    private static byte[] Bytes(params string[] path) => File.ReadAllBytes(Path.Combine(path));

    private string Checkpoint(string run, int step) => runs.PathOf(run, "checkpoints", $"step-{step}");

    private string[] Arguments(string run) =>
    [
        "--smoke", "--steps", $"{Steps}", "--save-steps", "1", "--prompts-per-step", "16", "--group-size", "8",
        "--kinds", "exists", "--learning-rate", "0.003", "--lora-rank", "4", "--freeze", "connector", "--model", runs.Model,
        "--out", run,
    ];
}
