using TorchSharp;
using TorchSharp.Modules;
using Vlm.Generation;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>Codes of one effect share what comes of it.</summary>
public sealed class CreditTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Logits [1, 0, -1]: pi = [.665241, .244728, .090031]. Codes 0 and 2 lead to token 5: pi(C) = .755272, shares .880797 and
    // .119203. The gradient of log pi(C) is the shares less pi: [.215556, -.244728, .029172].
    [Fact]
    public void The_gradient_is_that_of_all_codes_of_the_effect_and_the_value_that_of_the_drawn()
    {
        Tensor logits = tensor(new double[] { 1, 0, -1 }).view(1, 3).requires_grad_();

        Tensor credited = Effects.Credit(
            logits.log_softmax(-1), tensor(new long[] { 2 }), tensor(new long[] { 5, 7, 5 }).view(1, 3));
        credited.sum().backward();

        Assert.Equal(Math.Log(0.0900306), credited.item<double>(), 1e-6);
        double[] gradient = [.. logits.grad!.data<double>()];
        Assert.Equal(0.215556, gradient[0], 1e-6);
        Assert.Equal(-0.244728, gradient[1], 1e-6);
        Assert.Equal(0.029172, gradient[2], 1e-6);
    }

    // The mean over draws of reward times gradient, written out for three codes of which two have one effect and its reward.
    [Fact]
    public void In_the_mean_over_draws_both_credits_give_one_gradient()
    {
        double[] rewards = [0.3, -1.2, 0.3];
        Tensor effects = tensor(new long[] { 5, 7, 5 }).view(1, 3);

        double[] drawn = Mean(Drawn), effect = Mean((logProbs, code) => Effects.Credit(logProbs, code, effects));

        for (int k = 0; k < 3; k++)
            Assert.Equal(drawn[k], effect[k], 1e-12);
        Assert.True(Math.Abs(drawn[0]) > 0.1);

        static Tensor Drawn(Tensor logProbs, Tensor code) => logProbs.gather(-1, code.unsqueeze(-1)).squeeze(-1);

        double[] Mean(Func<Tensor, Tensor, Tensor> credit)
        {
            Tensor logits = tensor(new double[] { 1, 0, -1 }).view(1, 3).requires_grad_();
            for (int code = 0; code < 3; code++)
            {
                Tensor logProbs = logits.log_softmax(-1);
                Tensor chance = logProbs.detach()[0, code].exp();
                (credit(logProbs, tensor(new long[] { code })) * chance * rewards[code]).sum().backward();
            }
            return [.. logits.grad!.data<double>()];
        }
    }

    // Shares .30 .25 .20 .15 .10. Row one: codes 1, 3 and 4 lead to token 7, .5 in all, and code 0 alone, though the likeliest,
    // to token 5 with .30; of the three, code 1 is likeliest. Row two: every code has an effect of its own.
    [Fact]
    public void The_surest_code_is_the_likeliest_of_the_likeliest_effect()
    {
        Tensor logProbs = tensor(new[] { 0.30, 0.25, 0.20, 0.15, 0.10, 0.10, 0.15, 0.20, 0.25, 0.30 }).log().view(2, 5);

        Tensor surest = Effects.Surest(logProbs, tensor(new long[] { 5, 7, 6, 7, 7, 1, 2, 3, 4, 5 }).view(2, 5));

        Assert.Equal([1L, 4L], surest.data<long>().ToArray());
    }

    [Theory]
    [InlineData(ReadOut.Delta)]
    [InlineData(ReadOut.LastBlock)]
    [InlineData(ReadOut.Residual)]
    public void Every_code_in_every_state_is_what_each_is_by_itself(ReadOut readOut)
    {
        using var off = no_grad();
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model, TinyLatent.Config with { ReadOut = readOut });
        Tensor states = randn(3, model.Sizes.Attention.Width, generator: new Generator(4));
        Tensor codes = modules.Codebook.Of(arange(TinyLatent.Config.Codes));
        Tensor bans = zeros(model.Vocabulary);

        Tensor under = modules.World.Under(states, codes, model.Norm, readOut);
        Tensor effects = modules.Effects(model, states, readOut);
        bans[effects[1, 2].item<long>()] = TokenDistribution.Never;
        Tensor other = modules.Effects(model, states, readOut, bans);

        for (int k = 0; k < TinyLatent.Config.Codes; k++)
        {
            Tensor alone = modules.World.Forward(states, codes[k].expand_as(states), model.Norm, readOut);
            Assert.InRange((under.select(1, k) - alone).abs().max().item<float>(), 0, 1e-5);
            Assert.Equal(model.Logits(alone).argmax(-1).data<long>().ToArray(), effects.select(1, k).data<long>().ToArray());
        }
        Assert.NotEqual(effects[1, 2].item<long>(), other[1, 2].item<long>());
    }

    // The ratio of an update begins at 1 whatever is credited; what differs is the gradient, and only of the policy.
    [Fact]
    public void A_policy_that_credits_effects_scores_as_it_drew()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model);
        (float[] values, float[] drawn) = Scored(CodeCredit.Drawn);
        (float[] same, float[] effect) = Scored(CodeCredit.Effect);

        Assert.Equal(values, same);
        Assert.NotEqual(drawn, effect);

        (float[] Values, float[] Gradient) Scored(CodeCredit credit)
        {
            var policy = new LatentPolicy(model, modules, _ => "", [], options: new() { Credit = credit });
            Rollout[] rollouts = policy.Sample(TinyModel.Prompts(2), 2, new Sampling { MaxNewTokens = 4 }, new(3, 1));
            foreach (Parameter value in modules.parameters())
                value.grad = null;
            ActionLogProbs scored = policy.LogProbs(rollouts, new Sampling { MaxNewTokens = 4 });
            scored.LogProbs.sum().backward();
            Assert.All(model.Parameters, item => Assert.Null(item.Value.grad));
            return ([.. scored.LogProbs.data<float>()],
                [.. modules.Policy.parameters().SelectMany(value => value.grad!.data<float>().ToArray())]);
        }
    }

    // Each answer once more, read at once and counted code by code; somewhere the likeliest code leads elsewhere.
    [Fact]
    public void Greedy_answers_may_take_the_likeliest_token_over_all_codes()
    {
        using var off = no_grad();
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model, TinyLatent.Config with { Codes = 96 });
        LatentPolicy policy = TinyLatent.Policy(model, modules, options: new() { Greedy = GreedyCode.Effect });

        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(4), 1, new Sampling { MaxNewTokens = 8, Greedy = true }, new(1, 1));

        int elsewhere = 0;
        foreach (Rollout rollout in rollouts)
        {
            (Tensor logits, Tensor states) = TinyLatent.AtOnce(model, modules, rollout.Prompt, rollout.Tokens);
            foreach ((int t, int token) in rollout.Tokens.Index())
            {
                int at = rollout.Prompt.Tokens.Length - 1 + t;
                float[] shares = [.. logits[at].softmax(-1).data<float>()];
                long[] effects = [.. shares.Select((_, k) => TokenOf(states[at], k))];
                long likeliest = effects.Zip(shares).GroupBy(item => item.First, item => item.Second)
                    .MaxBy(group => group.Sum())!.Key;
                Assert.Equal(likeliest, token);
                Assert.Equal(Enumerable.Range(0, 96).Where(k => effects[k] == token).MaxBy(k => shares[k]), rollout.Actions[t]);
                elsewhere += effects[Array.IndexOf(shares, shares.Max())] == token ? 0 : 1;
            }
        }
        Assert.InRange(elsewhere, 1, 31);

        long TokenOf(Tensor state, int code)
        {
            Tensor scores = modules.Tokens(model, state, modules.Codebook.Of(tensor((long)code)));
            scores[TinyModel.Image] = TokenDistribution.Never;
            return scores.argmax().item<long>();
        }
    }
}
