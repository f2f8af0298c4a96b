using Vlm.Checkpoints;
using Vlm.Testing;
using static TorchSharp.torch;

namespace Recipes.Tests;

/// <summary>chat, parity and inspect, on the fixtures of every family.</summary>
[Collection(nameof(RecipeRunsGroup))]
public class ToolTests(RecipeRuns runs)
{
    private static readonly string[] Names =
        ["tiny_smolvlm", "tiny_idefics3_sharded", "tiny_qwen2_vl", "tiny_qwen2_5_vl", "tiny_qwen3_vl"];

    public static TheoryData<string> Folders() => [.. Names];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Parity_passes_on_a_fixture(string folder)
    {
        Outcome same = Parity(folder, folder, $"{folder}_grads");

        Assert.True(same.ExitCode == 0, same.Output + same.Errors);
        Assert.Contains("parity: all within tolerance, 4 cases", same.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Parity_fails_on_other_weights_and_refuses_another_familys_cases()
    {
        Outcome weights = Parity("tiny_smolvlm", "tiny_idefics3_sharded"), family = Parity("tiny_smolvlm", "tiny_qwen2_vl");

        Assert.Equal(1, weights.ExitCode);
        Assert.Contains("FAIL", weights.Output, StringComparison.Ordinal);
        Assert.Empty(weights.Errors);
        Assert.Equal(2, family.ExitCode);
        Assert.StartsWith(
            "error: the case has pixels, and none of its tokens is the model's image placeholder 478", family.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Chat_writes_the_references_tokens(string folder)
    {
        string path = Fixture(folder);
        string image = Path.Combine(path, "img0_50x34.png");

        Outcome chat = runs.Run("chat", "--model", path, "--image", image, "What is in this image?", "--max-new-tokens", "12", "--ids");
        Outcome text = runs.Run("chat", "--model", path, "How many objects are there?", "--max-new-tokens", "12", "--ids");
        Outcome two = runs.Run("chat", "--model", path, "--max-new-tokens", "12", "--image", image, "--image", image,
            "Which is larger?");

        Assert.Equal(Generated(folder, "case_a_single"), chat.Output);
        Assert.Equal(Generated(folder, "case_c_text_only"), text.Output);
        Assert.True(two.ExitCode == 0, two.Errors);
        Assert.Empty(chat.Errors + two.Errors);
    }

    [Fact]
    public void A_conversation_goes_on_and_survives_a_mistake()
    {
        string path = Fixture("tiny_qwen2_vl");
        string typed = $"How many objects are there?\n/image {path}/nowhere.png\n/image {path}/img0_50x34.png\nAnd here?\n/quit\n";

        Outcome chat = runs.Type(typed, "chat", "--model", path, "--interactive", "--ids", "--max-new-tokens", "12");

        string[] lines = chat.Output.Split('\n');
        Assert.True(chat.ExitCode == 0, chat.Errors);
        Assert.Equal(Generated("tiny_qwen2_vl", "case_c_text_only").TrimEnd('\n'), lines[0]);
        Assert.Equal(12, lines[1].Split(' ').Length);
        Assert.Equal(3, lines.Length);      // two answers, and what follows the last line's end
        Assert.Contains("there is no image", chat.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny_smolvlm", "SmolVLM2 (smolvlm)", "68 tensors in 1 file, F32 ")]
    [InlineData("tiny_idefics3_sharded", "SmolVLM and Idefics3 (idefics3)", "68 tensors in 3 files")]
    [InlineData("tiny_qwen2_5_vl", "Qwen2.5-VL (qwen2_5_vl)", "92 tensors in 1 file")]
    public void Inspect_tells_family_parts_and_memory(string folder, string family, string weights)
    {
        Outcome inspect = runs.Run("inspect", "--model", Fixture(folder));

        Assert.True(inspect.ExitCode == 0, inspect.Errors);
        Assert.All([family, weights, "vision", "connector", "to load", "to sample", "to train all", "LoRA rank 16"],
            part => Assert.Contains(part, inspect.Output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("parity", "there is no case_*.safetensors", "--cases", ".")]
    [InlineData("parity", "there is no folder", "--cases", "nowhere")]
    [InlineData("chat", "there is no question")]
    [InlineData("chat", "there is no image", "--image", "nowhere.png", "What?")]
    [InlineData("chat", "no option --imgae", "--imgae", "a.png", "What?")]
    [InlineData("inspect", "belongs to no option", "word")]
    public void A_mistake_is_three_lines_and_exit_code_2(string tool, string says, params string[] arguments)
    {
        Outcome outcome = runs.Run(tool, ["--model", Fixture("tiny_smolvlm"), .. arguments]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(says, outcome.Errors, StringComparison.Ordinal);
        Assert.Matches(@"\Aerror: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_family_runs_the_recipe_in_full_and_with_adapters(string folder)
    {
        foreach (string rank in (string[])["0", "4"])
        {
            Outcome run = runs.Run("grpo", "--smoke", "--model", Fixture(folder), "--lora-rank", rank,
                "--out", $"{folder}-{rank}");
            Assert.True(run.ExitCode == 0, run.Errors);
            Assert.True(File.Exists(runs.PathOf($"{folder}-{rank}", "result.json")));
            Assert.Equal(rank != "0", File.Exists(runs.PathOf($"{folder}-{rank}", "adapter", "adapter_config.json")));
        }
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_family_runs_all_stages_of_latent_actions_and_resumes(string folder)
    {
        Outcome run = runs.Run(
            "latent-ablations", "--smoke", "--ablations", "none", "--model", Fixture(folder), "--out", $"latent-{folder}");
        Assert.True(run.ExitCode == 0, run.Errors);

        // As if it had been stopped after the first of the joint stage's two steps, which are 8 and 9 of 17.
        string again = runs.PathOf($"latent-{folder}");
        string last = Path.Combine(again, "checkpoints", "step-17");
        (byte[] codes, byte[] critic) = (Codes(), File.ReadAllBytes(Path.Combine(last, "value_head.safetensors")));
        foreach (int step in Enumerable.Range(9, 9))
            Directory.Delete(Path.Combine(again, "checkpoints", $"step-{step}"), recursive: true);
        File.Delete(Path.Combine(again, "result.json"));

        Outcome resumed = runs.Run("latent-ablations", "--resume", "--out", $"latent-{folder}");
        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Equal(codes, Codes());
        Assert.Equal(critic, File.ReadAllBytes(Path.Combine(last, "value_head.safetensors")));

        byte[] Codes() => File.ReadAllBytes(Path.Combine(last, "latent_actions.safetensors"));
    }

    // A branch of the last layer, codes with a price, cloned by effect; and a base that learns along, which is two.
    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_family_runs_the_changed_method(string folder)
    {
        Outcome run = runs.Run("latent-controls", "--smoke", "--arms", "changed", "t-branch", "l-open", "--model", Fixture(folder),
            "--out", $"changed-{folder}");

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Contains("changed, all: representation_gap", run.Errors, StringComparison.Ordinal);
    }

    private Outcome Parity(string model, params string[] cases) =>
        runs.Run("parity", ["--model", Fixture(model), .. cases.SelectMany(name => (string[])["--cases", Fixture(name)])]);

    private static string Fixture(string folder) => Fixtures.PathOf(folder);

    private static string Generated(string folder, string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Fixture(folder), $"{name}.safetensors"));
        using Tensor ids = file.Load("gen.ids", CPU);
        return string.Join(' ', ids.data<long>().ToArray()) + "\n";
    }
}
