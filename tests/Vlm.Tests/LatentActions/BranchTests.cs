using TorchSharp;
using TorchSharp.Modules;
using Vlm.Generation;
using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>A policy that is a copy of the base's last layers reads what they read, and begins where they are.</summary>
public sealed class BranchTests : IDisposable
{
    private static readonly Sampling Some = new() { MaxNewTokens = 6 };

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void At_first_its_features_are_the_bases_bit_for_bit(int layers)
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Branch(model, layers);
        using var off = no_grad();

        (LatentView view, int[] lengths) = LatentView.Of(model, TinyModel.Prompts(4), tap: modules.Tap);

        Assert.Equal(2 - layers, modules.Tap);
        Assert.True(LatentToy.Same(view.States, StageCodes.PolicyFeatures(modules, view, lengths)));
        Assert.False(LatentToy.Same(view.States, view.Tapped!));
    }

    [Theory]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    [InlineData("tiny_qwen3_vl")]
    [InlineData("tiny_smolvlm")]
    public void So_it_is_in_every_family(string folder)
    {
        using IVisionLanguageModel model = TinyLatent.Family(folder).Model;
        int layers = model.Sizes.Layers - model.Sizes.DeepLayers > 0 ? 1 : 0;
        Assert.SkipWhen(layers == 0, "image features join every layer of this base");
        LatentModules modules = TinyLatent.Branch(model);
        using var off = no_grad();

        (LatentView view, int[] lengths) = LatentView.Of(model, TinyLatent.Mixed(TinyLatent.Family(folder)), tap: modules.Tap);

        Assert.True(LatentToy.Same(view.States, StageCodes.PolicyFeatures(modules, view, lengths)));
    }

    // Single tokens go through loops over memory, which keep the layer's input as the operators do.
    [Fact]
    public void A_cache_keeps_the_input_of_one_layer()
    {
        SmolVlmModel model = TinyModel.Create();
        Prompt prompt = TinyModel.Prompts(1)[0];
        using var off = no_grad();
        Tensor whole = Tapped(out _);

        Tensor last = Tapped(out KvCache cache, without: 1);
        cache.Reserve(1, 4);
        _ = model.Continue(tensor(new long[] { prompt.Tokens[^1] }).view(1, 1), tensor(new long[] { prompt.Tokens.Length - 1L }).view(1, 1), cache);

        Assert.InRange((whole.narrow(1, whole.shape[1] - 1, 1) - cache.Tapped!).abs().max().item<float>(), 0, 1e-5);
        Assert.Equal(whole.shape[1] - 1, last.shape[1]);
        Assert.Null(new KvCache(2).Tapped);
        Assert.Throws<ArgumentOutOfRangeException>(() => new KvCache(2, tap: 2));

        Tensor Tapped(out KvCache cache, int without = 0)
        {
            cache = new KvCache(model.Layers, tap: 1);
            model.Prefill([prompt with { Tokens = prompt.Tokens[..^without] }], cache);
            return cache.Tapped!;
        }
    }

    // Moving the base's last layer moves the states but not what the branch reads, and moving the branch moves the codes alone.
    // 80 rows are read together with the base's last layer.
    [Theory]
    [InlineData(3)]
    [InlineData(40)]
    public void It_learns_on_its_own(int group)
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Branch(model);
        LatentPolicy policy = TinyLatent.Policy(model, modules);
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(2), group, Some, new(3, 1));

        ActionLogProbs scored = policy.LogProbs(rollouts, Some);
        scored.LogProbs.sum().backward();

        Assert.All(rollouts.SelectMany((rollout, i) => rollout.LogProbs.Select((value, t) => (value, scored.LogProbs[i, t].item<float>()))),
            pair => Assert.Equal(pair.value, pair.Item2, 1e-4));
        Assert.All(modules.Policy.parameters(), value => Assert.True(value.grad!.abs().max().item<float>() > 0));
        Assert.All(model.Parameters, item => Assert.Null(item.Value.grad));
        Assert.Equal(modules.Policy.parameters().Count(), policy.Trainable.Count);
    }

    [Fact]
    public void More_layers_than_the_base_has_are_refused()
    {
        VlmCheckpoint vlm = TinyLatent.Family("tiny_smolvlm");
        int layers = vlm.Model.Layers;

        UsageException refused = Assert.Throws<UsageException>(() => LatentCheckpoint.New(
            vlm, TinyLatent.Config with { Policy = PolicyForm.Branch, PolicyLayers = layers + 1 }, seed: 1));

        Assert.Equal($"the policy is a branch of {layers + 1} layers, and the base has {layers}", refused.Message);
        Assert.Equal($"a branch of {layers} layers or fewer", refused.Fix);
    }

    [Fact]
    public void Features_that_join_later_layers_are_no_branchs()
    {
        using IVisionLanguageModel model = TinyLatent.Family("tiny_qwen3_vl").Model;
        LatentConfig whole = TinyLatent.Config with { Policy = PolicyForm.Branch, PolicyLayers = model.Layers };

        ArgumentException refused = Assert.Throws<ArgumentException>(() => new LatentModules(model.Sizes, whole));

        Assert.True(model.Sizes.DeepLayers > 0);
        Assert.Contains($"of which image features join the first {model.Sizes.DeepLayers}", refused.Message, StringComparison.Ordinal);
    }

    // Written, read and written again; the branch is as it was.
    [Fact]
    public void A_checkpoint_holds_it()
    {
        string folder = Directory.CreateTempSubdirectory("vlm-branch-").FullName;
        LatentCheckpoint made = LatentCheckpoint.New(TinyLatent.Family("tiny_smolvlm"),
            TinyLatent.Config with { Policy = PolicyForm.Branch, PolicyLayers = 1 }, seed: 4);
        made = made with { Stages = [LatentStage.Inverse] };
        made.Write(folder);

        LatentCheckpoint read = LatentCheckpoint.Load(folder, CPU);

        Assert.Equal(made.Modules.Config, read.Modules.Config);
        Assert.All(made.Modules.Policy.parameters().Zip(read.Modules.Policy.parameters()),
            pair => Assert.True(LatentToy.Same(pair.First, pair.Second)));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Codes_keep_their_world_under_a_new_policy()
    {
        LatentCheckpoint old = TinyLatent.Latent("tiny_smolvlm") with { Stages = [LatentStage.Joint, LatentStage.Cloning] };

        LatentCheckpoint made = old.WithPolicy(PolicyForm.Branch, 1, seed: 3);

        Assert.Equal([LatentStage.Joint], made.Stages);
        Assert.Equal(PolicyForm.Branch, made.Modules.Config.Policy);
        Assert.True(LatentToy.Same(old.Modules.Codebook.parameters().Single(), made.Modules.Codebook.parameters().Single()));
        Assert.All(old.Modules.World.parameters().Zip(made.Modules.World.parameters()),
            pair => Assert.True(LatentToy.Same(pair.First, pair.Second)));
    }

    // The base's own text layers may learn too; the world model then reads the base as it was.
    [Fact]
    public void A_base_that_learns_leaves_the_codes_their_tokens()
    {
        SmolVlmModel model = TinyModel.Create(), still = TinyModel.Create();
        LatentModules modules = TinyLatent.Branch(model);
        foreach ((string name, Parameter value) in model.Parameters)
            value.requires_grad = model.PartOf(name) == ModelPart.Text;
        var policy = new LatentPolicy(model, modules, _ => "", [], still: still);
        Prompt[] prompts = TinyModel.Prompts(2);
        Rollout[] before = policy.Sample(prompts, 2, Some, new(3, 1));

        policy.LogProbs(before, Some).LogProbs.sum().backward();
        using (no_grad())
            foreach ((_, Parameter value) in model.Parameters.Where(item => item.Value.grad is not null))
                value.add_(value.grad!, -1e-2);

        Assert.Contains(policy.Trainable, item => item.Name.EndsWith("layers.0.mlp.up_proj.weight", StringComparison.Ordinal));
        Assert.All(still.Parameters, item => Assert.Null(item.Value.grad));
        Rollout[] after = policy.Sample(prompts, 2, Some, new(3, 1));
        Assert.NotEqual(before[0].LogProbs, after[0].LogProbs);
        foreach (Rollout rollout in after)
        {
            (_, Tensor states) = TinyLatent.AtOnce(still, modules, rollout.Prompt, rollout.Tokens);
            Tensor logits = modules.Tokens(still, states.narrow(0, rollout.Prompt.Tokens.Length - 1, 6), tensor(rollout.Actions.Select(a => (long)a).ToArray()));
            logits.select(1, TinyModel.Image).fill_(TokenDistribution.Never);
            Assert.Equal(rollout.Tokens.Select(token => (long)token), logits.argmax(-1).data<long>().ToArray());
        }
    }
}
