using TorchSharp;
using Vlm;
using Vlm.Models;
using Vlm.Onnx.Export;

namespace Recipes.Tests;

/// <summary>One door for all folders: weights, weights with latent actions, exported graphs.</summary>
public sealed class FolderKindTests : IDisposable
{
    private const string Question = "Is there a circle?";

    private static readonly string s_base = Repository.PathOf("recipes", "warm-start");
    private static readonly string s_image = Repository.PathOf("datasets", "samples", "images", "shapes-1.png");

    private readonly string _work = Directory.CreateTempSubdirectory("vlm-kinds-").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [Fact]
    public void Codes_act_where_they_have_learned_to_and_tokens_where_those_are_asked_for()
    {
        string folder = Path.Combine(_work, "codes"), saved = Path.Combine(_work, "saved");
        LatentFolders.Write(folder, s_base);
        using var codes = VisionLanguageModel.Load(folder, new() { Device = "cpu" });
        using var tokens = VisionLanguageModel.Load(folder, new() { Device = "cpu", Tokens = true });
        using var plain = VisionLanguageModel.Load(s_base, new() { Device = "cpu" });
        codes.Save(saved);
        using var again = VisionLanguageModel.Load(saved, new() { Device = "cpu" });

        Assert.Equal((codes.LatentActions!.Modules.Config.Codes, null, null), (codes.Codes, tokens.Codes, plain.Codes));
        Assert.All(codes.Policy().Trainable, item => Assert.StartsWith("latent.policy.", item.Name, StringComparison.Ordinal));
        Assert.Equal(plain.Ask(Question, s_image), tokens.Ask(Question, s_image));
        string[] words = [codes.Ask(Question, s_image), again.Ask(Question, s_image)];
        Assert.Equal(words[0], words[1]);
        Assert.Matches("^((yes|no) *)*$", words[0]);
    }

    [Fact]
    public void Codes_that_never_learned_to_act_and_adapters_under_codes_are_refused()
    {
        string folder = Path.Combine(_work, "codes");
        LatentFolders.Write(folder, s_base);
        UsageException adapter = Assert.Throws<UsageException>(() =>
            VisionLanguageModel.Load(folder, new() { Device = "cpu", Adapter = "somewhere" }));
        LatentFolders.Stage(folder, "inverse cycle");
        UsageException stages = Assert.Throws<UsageException>(() => VisionLanguageModel.Load(folder, new() { Device = "cpu" }));

        Assert.Equal(("an adapter changes the base, and the codes are those of the base as it was",
            $"LoadOptions.Adapter = somewhere, {folder}"), (adapter.Message, adapter.Where));
        Assert.Contains("inverse, cycle", stages.Message, StringComparison.Ordinal);
        Assert.All([adapter, stages], error => Assert.StartsWith("Tokens = true", error.Fix, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Graphs_answer_as_the_weights_they_were_made_of_and_learn_nothing()
    {
        string folder = Path.Combine(_work, "graphs");
        VlmCheckpoint checkpoint = VlmCheckpoint.Load(s_base, torch.CPU);
        OnnxExport.Write(checkpoint, folder, new ExportOptions { Check = false });
        using var plain = VisionLanguageModel.Load(s_base, new() { Device = "cpu" });
        using var graphs = VisionLanguageModel.Load(folder);

        string expected = plain.Ask(Question, s_image);
        Assert.Equal(expected, graphs.Ask(Question, s_image));
        Assert.Equal(expected, string.Concat(await graphs.StreamAsync(Question, s_image).ToArrayAsync()));
        Assert.Null(graphs.Checkpoint);
        string[] problems = [.. new Action[]
        {
            () => graphs.Policy(), () => graphs.Save(Path.Combine(_work, "copy")),
            () => VisionLanguageModel.Load(folder, new() { Precision = Precision.BFloat16 }),
            () => VisionLanguageModel.Load(folder, new() { Adapter = "somewhere" }),
        }.Select(act => Assert.Throws<UsageException>(act).Message)];
        Assert.Equal(
            ["exported graphs carry no gradient, so they cannot be trained",
                "exported graphs are files already, and are not written again",
                "exported graphs run as they were written, with their adapter and in their precision",
                "exported graphs run as they were written, with their adapter and in their precision"], problems);
        Assert.False(Directory.Exists(Path.Combine(_work, "copy")));
        graphs.Dispose();
        Assert.Throws<ObjectDisposedException>(() => graphs.Ask(Question, s_image));
    }
}
