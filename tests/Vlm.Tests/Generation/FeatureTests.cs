using Vlm.Generation;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;
using Vlm.Tests.LatentActions;
using static TorchSharp.torch;

namespace Vlm.Tests.Generation;

public class FeatureTests
{
    // The output layer turns the state an action was chosen from into the action's own log-prob; a state one place too
    // late or of another rollout would not. Rollouts are mixed, and of different lengths.
    [Fact]
    public void A_feature_is_the_state_that_foretold_the_action()
    {
        using SmolVlmModel model = TinyModel.Create();
        using var scope = NewDisposeScope();
        using var off = no_grad();
        TokenPolicy policy = TinyModel.Policy(model, TinyModel.End);
        var sampling = new Sampling { MaxNewTokens = 6 };
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(3), 2, sampling, new(Seed: 4, Step: 1));
        rollouts = [rollouts[3], Short(rollouts[0]), rollouts[5], rollouts[2], rollouts[1]];

        (ActionLogProbs actions, Tensor features) = policy.LogProbsAndFeatures(rollouts, sampling);
        ActionLogProbs alone = policy.LogProbs(rollouts, sampling);
        Tensor logits = model.Logits(features);
        logits[.., .., TinyModel.Image] = float.NegativeInfinity;
        Tensor all = logits.log_softmax(-1);

        Assert.Equal([5L, actions.Mask.shape[1], policy.FeatureWidth], features.shape);
        Assert.Equal(alone.LogProbs.data<float>().ToArray(), actions.LogProbs.data<float>().ToArray());
        for (int row = 0; row < rollouts.Length; row++)
            for (int t = 0; t < features.shape[1]; t++)
                if (t < rollouts[row].Actions.Length)
                    Assert.Equal(all[row, t, rollouts[row].Actions[t]].item<float>(),
                        actions.LogProbs[row, t].item<float>(), 1e-5);
                else
                    Assert.Equal(0, features[row, t].abs().sum().item<float>());
        Assert.Contains(rollouts, rollout => rollout.Actions.Length < features.shape[1]);
    }

    // The same of codes: the policy's features, and its own head over them.
    [Fact]
    public void A_feature_of_a_latent_policy_is_the_one_that_foretold_the_code()
    {
        using SmolVlmModel model = TinyModel.Create();
        using LatentModules modules = TinyLatent.Modules(model);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        LatentPolicy policy = TinyLatent.Policy(model, modules);
        var sampling = new Sampling { MaxNewTokens = 6 };
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(3), 2, sampling, new(Seed: 4, Step: 1));
        rollouts = [rollouts[3], Short(rollouts[0]), rollouts[5]];

        (ActionLogProbs actions, Tensor features) = policy.LogProbsAndFeatures(rollouts, sampling);
        Tensor all = modules.Policy.Logits(features).log_softmax(-1);

        Assert.Equal([3L, 6L, policy.FeatureWidth], features.shape);
        for (int row = 0; row < rollouts.Length; row++)
            for (int t = 0; t < rollouts[row].Actions.Length; t++)
                Assert.Equal(all[row, t, rollouts[row].Actions[t]].item<float>(),
                    actions.LogProbs[row, t].item<float>(), 1e-5);
        Assert.Equal(0, features[1, 2..].abs().sum().item<float>());
    }

    private static Rollout Short(Rollout rollout) =>
        rollout with { Tokens = rollout.Tokens[..2], Actions = rollout.Actions[..2], LogProbs = rollout.LogProbs[..2] };
}
