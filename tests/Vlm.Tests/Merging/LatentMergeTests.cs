using TorchSharp;
using TorchSharp.Modules;
using Vlm.LatentActions;
using Vlm.Lora;
using Vlm.Merging;
using Vlm.Models;
using Vlm.Tests.LatentActions;

namespace Vlm.Tests.Merging;

/// <summary>Folders with latent actions, merged with their codes.</summary>
public sealed class LatentMergeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-latent-merge-").FullName;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void Codes_of_one_base_are_the_weighted_sum_and_load_with_it()
    {
        Dictionary<string, torch.Tensor> a = Write("a", seed: 1), b = Write("b", seed: 2);

        Merge("a", "b");

        LatentCheckpoint merged = LatentCheckpoint.Load(At("out"), torch.CPU);
        using LatentModules modules = merged.Modules;
        using IVisionLanguageModel model = merged.Base.Model;
        (string, Parameter)[] found = [.. modules.named_parameters()];
        Assert.Equal(a.Keys.Order(), found.Select(item => item.Item1).Order());
        Assert.All(found, item => Assert.True(
            (a[item.Item1] * 0.25 + b[item.Item1] * 0.75 - item.Item2).abs().max().item<float>() < 1e-6, item.Item1));
        Assert.Contains(found, item => (a[item.Item1] - item.Item2).abs().max().item<float>() > 0.01);
        Assert.Equal(File.ReadAllBytes(At("a", "model.safetensors")), File.ReadAllBytes(At("out", "model.safetensors")));
    }

    // Weights of 0.5 and 0.6: the base is another one, and the codes say so.
    [Fact]
    public void Codes_belong_to_the_base_that_was_written_beside_them()
    {
        Write("a", seed: 1);
        Write("b", seed: 2);
        CheckpointMerge.Write([new(At("a"), 0.5), new(At("b"), 0.6)], At("out"), new() { AnySum = true });

        LatentCheckpoint merged = LatentCheckpoint.Load(At("out"), torch.CPU);
        merged.Modules.Dispose();
        merged.Base.Model.Dispose();
        Assert.NotEqual(File.ReadAllBytes(At("a", "model.safetensors")), File.ReadAllBytes(At("out", "model.safetensors")));
    }

    // An adapter would move the base away from under its codes.
    [Fact]
    public void Adapters_of_a_base_with_codes_are_refused()
    {
        Write("a", seed: 1);
        foreach (string name in new[] { "one", "two" })
        {
            VlmCheckpoint vlm = VlmCheckpoint.Load(At("a"), torch.CPU);
            LoraConfig config = LoraAdapter.Attach(vlm.Model, new LoraConfig { Rank = 2, BaseModel = At("a") }, seed: 3);
            LoraAdapter.Write(Directory.CreateDirectory(At(name)).FullName, vlm.Model, config);
            vlm.Model.Dispose();
        }

        Assert.StartsWith("adapters change a base, and codes are those of the base as it was",
            Assert.Throws<UsageException>(() => Merge("one", "two")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Codes_of_other_bases_or_sizes_are_refused_and_so_are_folders_without()
    {
        Write("a", seed: 1);
        Write("smaller", seed: 2, TinyLatent.Config with { Codes = 8 });
        TinyLatent.Family("tiny_smolvlm").Write(Directory.CreateDirectory(At("none")).FullName);
        Write("moved", seed: 2, change: 0.5f);

        Assert.Equal($"the codes of {At("smaller")} are not those of {At("a")}: codes differs in latent_actions.json",
            Refused("smaller").Message);
        Assert.StartsWith($"the codes of {At("moved")} are not those of {At("a")}: base", Refused("moved").Message, StringComparison.Ordinal);
        Assert.Equal(("some of the folders have latent actions and others have none", At("none")),
            (Refused("none").Message, Refused("none").Where));
        Assert.False(Directory.Exists(At("out")));

        UsageException Refused(string other) => Assert.Throws<UsageException>(() => Merge("a", other));
    }

    private string At(params string[] parts) => Path.Combine([_folder, .. parts]);

    private void Merge(string one, string other) => CheckpointMerge.Write([new(At(one), 0.25), new(At(other), 0.75)], At("out"));

    private Dictionary<string, torch.Tensor> Write(string name, long seed, LatentConfig? config = null, float change = 0)
    {
        VlmCheckpoint vlm = TinyLatent.Family("tiny_smolvlm");
        if (change != 0)
            using (torch.no_grad())
                vlm.Model.Parameters[0].Value.add_(change);
        using IVisionLanguageModel model = vlm.Model;
        LatentModules modules = TinyLatent.Modules(model, config, seed);
        new LatentCheckpoint(vlm, modules).Write(Directory.CreateDirectory(At(name)).FullName);
        return modules.named_parameters().ToDictionary(item => item.name, item => (torch.Tensor)item.parameter.detach());
    }
}
