using TorchSharp;
using TorchSharp.Modules;
using Vlm.Generation;
using Vlm.LatentActions;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>Codes of one token share an advantage.</summary>
public sealed class CreditTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Logits [1, 0, -1]: pi = [.665241, .244728, .090031]. Codes 0 and 2 lead to token 5: pi(C) = .755272, shares .880797 and
    // .119203. The gradient of log pi(C) is the shares less pi: [.215556, -.244728, .029172].
    [Fact]
    public void The_gradient_is_that_of_all_equivalent_codes_and_the_value_that_of_the_sampled_one()
    {
        Tensor logits = tensor(new double[] { 1, 0, -1 }).view(1, 3).requires_grad_();

        Tensor credited = Map([0, 1, 2], [5, 7, 5]).Credit(logits.log_softmax(-1), tensor(new long[] { 2 }));
        credited.sum().backward();

        Assert.Equal(Math.Log(0.0900306), credited.item<double>(), 1e-6);
        AssertNear([0.215556, -0.244728, 0.029172], logits.grad!);
    }

    // Code 2 was not asked, though it leads where code 0 does: sampled, it is credited alone, [0, 0, 1] less pi; sampled code 0 has
    // the class of code 0 alone, [1, 0, 0] less pi.
    [Theory]
    [InlineData(2, new[] { -0.665241, -0.244728, 0.909969 })]
    [InlineData(0, new[] { 0.334759, -0.244728, -0.090031 })]
    public void A_code_that_was_not_asked_is_a_class_of_its_own(long sampled, double[] gradient)
    {
        Tensor logits = tensor(new double[] { 1, 0, -1 }).view(1, 3).requires_grad_();

        Map([1, 0], [7, 5]).Credit(logits.log_softmax(-1), tensor(new[] { sampled })).sum().backward();

        AssertNear(gradient, logits.grad!);
    }

    // The mean over samples of reward times gradient, written out for four codes: two have one token and its reward, one was not
    // asked.
    [Theory]
    [InlineData(new long[] { 0, 1, 2, 3 }, new long[] { 5, 7, 5, 6 })]
    [InlineData(new long[] { 0, 1, 2 }, new long[] { 5, 7, 5 })]
    [InlineData(new long[] { 0, 1 }, new long[] { 5, 7 })]
    public void In_the_mean_over_draws_both_credits_give_one_gradient(long[] asked, long[] tokens)
    {
        double[] rewards = [0.3, -1.2, 0.3, 0.8];

        double[] sampled = Mean(Sampled), marginalised = Mean(Map(asked, tokens).Credit);

        for (int k = 0; k < 4; k++)
            Assert.Equal(sampled[k], marginalised[k], 1e-12);
        Assert.True(sampled.Max(Math.Abs) > 0.1);

        static Tensor Sampled(Tensor logProbs, Tensor code) => logProbs.gather(-1, code.unsqueeze(-1)).squeeze(-1);

        double[] Mean(Func<Tensor, Tensor, Tensor> credit)
        {
            Tensor logits = tensor(new double[] { 1, 0, -1, 0.5 }).view(1, 4).requires_grad_();
            for (int code = 0; code < 4; code++)
            {
                Tensor logProbs = logits.log_softmax(-1);
                Tensor chance = logProbs.detach()[0, code].exp();
                (credit(logProbs, tensor(new long[] { code })) * chance * rewards[code]).sum().backward();
            }
            return [.. logits.grad!.data<double>()];
        }
    }

    // Shares .30 .25 .20 .15 .10. Row one: codes 1, 3 and 4 lead to token 7, .5 in all, and code 0 alone, though the most probable,
    // to token 5 with .30; of the three, code 1 is the most probable. Row two: every code has a token of its own.
    [Fact]
    public void The_most_probable_code_of_the_most_probable_token()
    {
        Tensor logProbs = tensor(new[] { 0.30, 0.25, 0.20, 0.15, 0.10, 0.10, 0.15, 0.20, 0.25, 0.30 }).log().view(2, 5);
        var map = new CodeTokenMap(
            tensor(new long[] { 4, 3, 2, 1, 0, 0, 1, 2, 3, 4 }).view(2, 5), tensor(new long[] { 7, 7, 6, 7, 5, 1, 2, 3, 4, 5 }).view(2, 5));

        Assert.Equal([1L, 4L], map.MostProbable(logProbs).data<long>().ToArray());
    }

    [Fact]
    public void Of_many_codes_the_likeliest_are_asked()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model, TinyLatent.Config with { Codes = 40 });
        Tensor states = randn(3, model.Sizes.Attention.HiddenSize, generator: new Generator(4));
        Tensor logProbs = randn(3, 40, generator: new Generator(5)).log_softmax(-1), bans = zeros(model.VocabSize);
        Tensor all = modules.MostProbableTokens(model, states, ReadOut.Delta);
        bans[all[1, 2].item<long>()] = TokenDistribution.Never;

        var map = CodeTokenMap.Of(model, modules, states, logProbs, bans, CodeGate.Open);

        Tensor allowed = modules.MostProbableTokens(model, states, ReadOut.Delta, bans);
        Assert.Equal([3L, CodeTokenMap.TopCodes], map.Codes.shape);
        for (int row = 0; row < 3; row++)
        {
            float[] shares = [.. logProbs[row].data<float>()];
            long[] top = [.. Enumerable.Range(0, 40).OrderByDescending(k => shares[k]).Take(CodeTokenMap.TopCodes).Select(k => (long)k)];
            Assert.Equal(top, map.Codes[row].data<long>().ToArray());
            Assert.Equal(top.Select(k => allowed[row, k].item<long>()), map.Tokens[row].data<long>().ToArray());
        }
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
        Tensor states = randn(3, model.Sizes.Attention.HiddenSize, generator: new Generator(4));
        Tensor codes = modules.Codebook.Of(arange(TinyLatent.Config.Codes));
        Tensor bans = zeros(model.VocabSize);

        Tensor under = modules.World.ForwardAll(states, modules.World.Table(codes), model.Norm, readOut);
        Tensor map = modules.MostProbableTokens(model, states, readOut);
        bans[map[1, 2].item<long>()] = TokenDistribution.Never;
        Tensor other = modules.MostProbableTokens(model, states, readOut, bans);

        for (int k = 0; k < TinyLatent.Config.Codes; k++)
        {
            Tensor alone = modules.World.Forward(states, codes[k].expand_as(states), model.Norm, readOut);
            Assert.InRange((under.select(1, k) - alone).abs().max().item<float>(), 0, 1e-5);
            Assert.Equal(model.Logits(alone).argmax(-1).data<long>().ToArray(), map.select(1, k).data<long>().ToArray());
        }
        Assert.NotEqual(map[1, 2].item<long>(), other[1, 2].item<long>());
    }

    // The ratio of an update begins at 1 whatever is credited; what differs is the gradient, and only of the policy.
    [Fact]
    public void A_policy_that_credits_equivalent_codes_scores_as_it_sampled()
    {
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model);
        (float[] values, float[] sampled) = Scored(CodeCredit.Sampled);
        (float[] same, float[] marginalised) = Scored(CodeCredit.MarginalisedOverEquivalentCodes);

        Assert.Equal(values, same);
        Assert.NotEqual(sampled, marginalised);

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

    // Twelve codes, so all are asked. Each rollout once more, read at once: the sum over its actions of log pi(C), C the codes
    // that lead where the sampled one leads. Two prompts, and rollouts of one that begin alike.
    [Fact]
    public void A_policys_gradient_is_that_of_its_rollouts_codes_marginalised_one_by_one()
    {
        SmolVlmModel model = TinyModel.Create();
        foreach ((_, Parameter value) in model.Parameters)
            value.requires_grad = false;
        LatentModules modules = TinyLatent.Modules(model);
        modules.Codebook.parameters().Single().requires_grad = false;
        LatentPolicy policy = TinyLatent.Policy(model, modules, options: new() { Credit = CodeCredit.MarginalisedOverEquivalentCodes });
        var sampling = new Sampling { MaxNewTokens = 4 };
        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(2), 6, sampling, new(3, 1));
        Assert.True(rollouts.Select(rollout => rollout.Tokens[0]).Distinct().Count() < 12);

        float[] found = Gradient(() => policy.LogProbs(rollouts, sampling).LogProbs.sum());
        float[] expected = Gradient(() => rollouts.Select(ByHand).Aggregate((a, b) => a + b));

        float size = expected.Max(Math.Abs);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4f * size));

        Tensor ByHand(Rollout rollout)
        {
            (Tensor logits, Tensor states) = TinyLatent.AtOnce(model, modules, rollout.Prompt, rollout.Tokens);
            Tensor bans = zeros(model.VocabSize);
            bans[TinyModel.Image] = TokenDistribution.Never;
            Tensor map = modules.MostProbableTokens(model, states, modules.Config.ReadOut, bans);
            Tensor logProbs = logits.log_softmax(-1), sum = zeros([]);
            foreach ((int t, int code) in rollout.Actions.Index())
            {
                int at = rollout.Prompt.Tokens.Length - 1 + t;
                Tensor alike = map[at].eq(map[at, code]);
                sum = sum + logProbs[at].masked_fill(alike.logical_not(), double.NegativeInfinity).logsumexp(-1);
            }
            return sum;
        }

        float[] Gradient(Func<Tensor> of)
        {
            foreach (Parameter value in modules.Policy.parameters())
                value.grad = null;
            of().backward();
            return [.. modules.Policy.parameters().SelectMany(value => value.grad!.data<float>().ToArray())];
        }
    }

    // Each answer once more, read at once and counted code by code; somewhere the most probable code leads elsewhere.
    [Fact]
    public void Greedy_answers_may_take_the_likeliest_token_over_all_codes()
    {
        using var off = no_grad();
        SmolVlmModel model = TinyModel.Create();
        LatentModules modules = TinyLatent.Modules(model, TinyLatent.Config with { Codes = CodeTokenMap.TopCodes });
        LatentPolicy policy = TinyLatent.Policy(model, modules, options: new() { Greedy = GreedyCode.MostProbableToken });

        Rollout[] rollouts = policy.Sample(TinyModel.Prompts(4), 1, new Sampling { MaxNewTokens = 8, Greedy = true }, new(1, 1));

        int elsewhere = 0;
        foreach (Rollout rollout in rollouts)
        {
            (Tensor logits, Tensor states) = TinyLatent.AtOnce(model, modules, rollout.Prompt, rollout.Tokens);
            foreach ((int t, int token) in rollout.Tokens.Index())
            {
                int at = rollout.Prompt.Tokens.Length - 1 + t;
                float[] shares = [.. logits[at].softmax(-1).data<float>()];
                long[] map = [.. shares.Select((_, k) => TokenOf(states[at], k))];
                long mostProbable = map.Zip(shares).GroupBy(item => item.First, item => item.Second)
                    .MaxBy(group => group.Sum())!.Key;
                Assert.Equal(mostProbable, token);
                Assert.Equal(Enumerable.Range(0, CodeTokenMap.TopCodes).Where(k => map[k] == token).MaxBy(k => shares[k]), rollout.Actions[t]);
                elsewhere += map[Array.IndexOf(shares, shares.Max())] == token ? 0 : 1;
            }
        }
        Assert.InRange(elsewhere, 1, 31);

        long TokenOf(Tensor state, int code)
        {
            Tensor scores = modules.Tokens(model, state, tensor((long)code));
            scores[TinyModel.Image] = TokenDistribution.Never;
            return scores.argmax().item<long>();
        }
    }

    private static CodeTokenMap Map(long[] codes, long[] tokens) =>
        new(tensor(codes).view(1, -1), tensor(tokens).view(1, -1));

    private static void AssertNear(double[] expected, Tensor found)
    {
        foreach ((double a, double b) in expected.Zip(found.data<double>().ToArray()))
            Assert.Equal(a, b, 1e-6);
    }
}
