using TorchSharp;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using Vlm.Tests.Models;
using static TorchSharp.torch;
using static Vlm.Tests.LatentActions.LatentPolicyScoreTests;

namespace Vlm.Tests.LatentActions;

/// <summary>What a log-prob's gradient moves, and that it is the same however the batch is read.</summary>
public sealed class LatentPolicyGradientTests : IDisposable
{
    private static readonly SampleKey Key = new(Seed: 3, Step: 8);

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Folders() => FamilyTests.Folders();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Folders))]
    public void Log_probs_of_sampled_groups_are_computed_again_and_train_the_policy_alone(string folder)
    {
        LatentCheckpoint latent = TinyLatent.Latent(folder);
        LatentPolicy policy = latent.Policy();
        var sampling = new Sampling { MaxNewTokens = 7 };

        Rollout[] rollouts = policy.Sample(TinyLatent.Mixed(latent.Base), group: 3, sampling, Key);
        ActionLogProbs again = policy.LogProbs(rollouts, sampling);
        again.LogProbs.sum().backward();

        Assert.Equal(9, rollouts.Length);
        AssertSame(rollouts, again, 1e-4);
        AssertOnlyPolicyLearns(latent.Base.Model, latent.Modules);
    }

    // bfloat16 keeps 8 bits; what was added to the base stays in float32.
    [Theory]
    [InlineData("tiny_qwen2_5_vl")]
    [InlineData("tiny_smolvlm")]        // its layers have a lean form for single tokens
    public void A_base_in_half_precision_samples_and_trains(string family)
    {
        LatentCheckpoint latent = TinyLatent.Latent(family, ScalarType.BFloat16);
        LatentPolicy policy = latent.Policy();
        var sampling = new Sampling { MaxNewTokens = 4 };

        Rollout[] rollouts = policy.Sample(TinyLatent.Mixed(latent.Base), group: 2, sampling, Key);
        ActionLogProbs again = policy.LogProbs(rollouts, sampling);
        again.LogProbs.sum().backward();

        Assert.Equal(ScalarType.Float32, again.LogProbs.dtype);
        AssertSame(rollouts, again, 0.15);
        AssertOnlyPolicyLearns(latent.Base.Model, latent.Modules);
    }

    [Fact]
    public void Sharing_the_prompt_does_not_change_the_gradient()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model);
        LatentPolicy policy = TinyLatent.Policy(model, modules);
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(3), 4, new Sampling { MaxNewTokens = 5 }, Key);
        Rollout[] alone = [.. rollouts.Select(rollout => rollout with { Prompt = rollout.Prompt with { } })];

        float[][] shared = Gradients(rollouts), single = Gradients(alone);

        foreach ((float[] a, float[] b) in shared.Zip(single))
            Assert.All(a.Zip(b), pair => Assert.Equal(pair.Second, pair.First, 1e-4f * Math.Max(a.Max(Math.Abs), 1e-2f)));

        float[][] Gradients(Rollout[] scored)
        {
            modules.zero_grad();
            policy.LogProbs(scored, new Sampling()).LogProbs.sum().backward();
            return [.. policy.Trainable.Select(item => Values(item.Value.grad!))];
        }
    }

    // T25: nearly uniform over twelve codes, so each of the others falls: d log p_k ~ -p_k - p_a + sum p^2 = -1/12.
    [Fact]
    public void A_good_code_rises_the_others_fall_and_only_the_policy_has_a_gradient()
    {
        SmolVlmModel model = TinyModel.Create();
        var modules = new LatentModules(model.Sizes, TinyLatent.Config);
        modules.Initialise(1);
        LatentPolicy policy = TinyLatent.Policy(model, modules);
        Rollout rollout = policy.Sample(TinyModel.Prompts(1), 1, new Sampling { MaxNewTokens = 1 }, Key)[0];
        float[] before = Probabilities();
        using TorchSharp.Modules.SGD optimizer = optim.SGD(policy.Trainable.Select(item => item.Value), 0.1);

        (-policy.LogProbs([rollout], new Sampling()).LogProbs.sum()).backward();
        AssertOnlyPolicyLearns(model, modules);
        optimizer.step();

        float[] after = Probabilities();
        for (int code = 0; code < 12; code++)
            Assert.True(code == rollout.Actions[0] ? after[code] > before[code] + 1e-3 : after[code] < before[code], $"{code}");

        float[] Probabilities()
        {
            using var off = no_grad();
            return [.. Enumerable.Range(0, 12).Select(code => policy.LogProbs(
                [rollout with { Actions = [code] }], new Sampling()).LogProbs.exp().item<float>())];
        }
    }

    [Fact]
    public void The_final_norm_learns_where_that_is_asked()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model);
        LatentPolicy plain = TinyLatent.Policy(model, modules);
        LatentPolicy released = TinyLatent.Policy(model, modules, options: new() { TrainFinalNorm = true });
        Rollout[] rollouts = plain.Sample(TinyModel.Prompts(2), 2, new Sampling { MaxNewTokens = 4 }, Key);

        released.LogProbs(rollouts, new Sampling()).LogProbs.sum().backward();

        string[] moved = [.. model.Parameters.Where(item => item.Value.grad is not null).Select(item => item.Name)];
        Assert.Equal(["model.text_model.norm.weight"], moved);
        Assert.Equal([.. plain.Trainable.Select(item => item.Name), "model.text_model.norm.weight"],
            released.Trainable.Select(item => item.Name));
        Assert.All(plain.Trainable, item => Assert.StartsWith("latent.policy.", item.Name));
        Assert.True(model.Parameters.Single(item => item.Name == moved[0]).Value.grad!.abs().max().item<float>() > 0);
    }

    private static void AssertOnlyPolicyLearns(IVisionLanguageModel model, LatentModules modules)
    {
        Assert.Empty(model.Parameters.Where(item => item.Value.grad is not null).Select(item => item.Name));
        foreach ((string name, var value) in modules.named_parameters())
            if (name.StartsWith("policy.", StringComparison.Ordinal))
                Assert.True(value.grad is not null && value.grad.isfinite().all().item<bool>(), name);
            else
                Assert.True(value.grad is null, name);
    }
}
