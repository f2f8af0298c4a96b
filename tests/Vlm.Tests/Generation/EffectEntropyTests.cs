using TorchSharp;
using Vlm.Generation;
using Vlm.Models.SmolVlm;

namespace Vlm.Tests.Generation;

public class EffectEntropyTests
{
    // What every token would have had as log-prob at the place, the banned ones e^-1e9: H = -sum p log p.
    [Fact]
    public void The_entropy_over_tokens_is_that_of_the_distribution_that_tokens_are_sampled_from()
    {
        using SmolVlmModel model = TinyModel.Create();
        TokenPolicy policy = TinyModel.Policy(model, TinyModel.End);
        var sampling = new Sampling { MaxNewTokens = 4, Temperature = 1.7 };
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(2), 2, sampling, new(3, 1));
        using DisposeScope scope = torch.NewDisposeScope();

        using torch.Tensor entropy = policy.EffectEntropy(rollouts, sampling);

        Assert.Equal([4, rollouts.Max(rollout => rollout.Tokens.Length)], entropy.shape);
        Assert.False(entropy.requires_grad);
        Assert.Contains(rollouts, rollout => rollout.Tokens.Length > 1);
        foreach ((int row, Rollout rollout) in rollouts.Index())
            for (int t = 0; t < entropy.shape[1]; t++)
                Assert.Equal(t < rollout.Tokens.Length ? Entropy(policy, rollout, t, sampling) : 0, entropy[row, t].item<float>(), 2e-4);
        Assert.True(policy.EffectEntropy(rollouts, sampling with { Temperature = 0.5 }).sum().item<float>() < entropy.sum().item<float>());
    }

    private static double Entropy(TokenPolicy policy, Rollout rollout, int t, Sampling sampling)
    {
        Rollout[] each = [.. Enumerable.Range(0, policy.Model.VocabSize).Select(token => rollout with
        {
            Tokens = [.. rollout.Tokens[..t], token],
            Actions = [.. rollout.Actions[..t], token],
        })];
        using var constant = torch.no_grad();
        float[] logProbs = [.. policy.LogProbs(each, sampling).LogProbs[.., t].contiguous().data<float>()];
        return -logProbs.Sum(value => Math.Exp(value) * value);
    }
}
