using TorchSharp;
using TorchSharp.Modules;
using Vlm.Grpo.Tests.Step;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Advantages;

/// <summary>Estimators by hand: lengths, single actions, right and wrong.</summary>
public sealed class EstimatorTests : IDisposable
{
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    // Lengths 3, 4, 2, 1 weigh 1, 0, 0.5, 0: (3 + 1) / 10 = 0.4. NaN has no weight.
    [Fact]
    public void Opo_weighs_each_reward_by_its_length()
    {
        Advantage[][] found = Of(AdvantageEstimator.Opo, [[1, 0, 0.5, 0, double.NaN]], [[3, 4, 2, 1, 90]]);

        Same([0.6, -0.4, 0.1, -0.4, 0], [.. found[0].Select(one => one[0])]);
        Same([0, 0], [.. Of(AdvantageEstimator.Opo, [[0.1 + 0.2, 0.3]], [[1, 7]])[0].Select(one => one[0])]);
        Assert.Throws<ArgumentException>(() => GroupAdvantage.Compute([[1, 0]], new() { Estimator = AdvantageEstimator.Opo }));
    }

    // Returns with gamma 0.5: 0.5 1 | 0.25 0.5 (segment 0.25 first: 0.25 + 0.5 x 0.25 = 0.375, 0.25). Mean and variance over 4.
    [Fact]
    public void Returns_are_discounted_and_whitened_over_the_actions_that_have_a_reward()
    {
        var input = new AdvantageInput([[1], [0.5], [double.NaN]])
        {
            Actions = [[2], [2], [5]],
            Segments = [[null], [[0.25, 0]], [null]],
            Gamma = 0.5,
        };
        double[] returns = [0.5, 1, 0.375, 0.25];
        double mean = returns.Average(), std = Math.Sqrt(returns.Sum(x => (x - mean) * (x - mean)) / 3 + 1e-8);

        Advantage[][] found = GroupAdvantage.Compute(input, new() { Estimator = AdvantageEstimator.ReinforcePp });

        Same([.. returns.Select(x => (x - mean) / std)], [found[0][0][0], found[0][0][1], found[1][0][0], found[1][0][1]]);
        Assert.True(found[2][0].IsZero);
    }

    [Fact]
    public void Only_the_one_best_of_a_group_gets_what_it_is_better_by()
    {
        Same([0, 0.5, 0, 0],
            GroupAdvantage.Compute([[0.25, 1, double.NaN, 0.5]], new() { Estimator = AdvantageEstimator.PassAtKNoStd })[0]);
        Same([0, 0, 0], GroupAdvantage.Compute([[1, 1, 0]], new() { Estimator = AdvantageEstimator.PassAtK })[0]);
        Same([0, 0], GroupAdvantage.Compute([[double.NaN, 1]], new() { Estimator = AdvantageEstimator.PassAtK })[0]);
        Assert.Equal([0, 0, 0], GroupAdvantage.Compute([[0.3, 0.1 + 0.2, 0]], new() { Estimator = AdvantageEstimator.PassAtKNoStd })[0]);
    }

    // Rewards that are not 0: 1 of the 3 scored, so alpha is 3.
    [Fact]
    public void Gpg_scales_up_where_few_rewards_are_not_zero() =>
        Same([2, -1, -1, 0], GroupAdvantage.Compute([[1, 0, 0, double.NaN]], new() { Estimator = AdvantageEstimator.Gpg })[0]);

    // log p -1, -2, -0.5, rewards 1, 0, 0, ratio 1, the surrogate - sum A log p / N over all three: PSR 1/3, NSR -2.5/3,
    // W(0.1) (0.1 - 2.5) / 3; over what is kept PSR 1 / 1 and NSR -2.5 / 2.
    [Theory]
    [InlineData(AdvantageEstimator.Psr, 0.3333, 1.0, 1)]
    [InlineData(AdvantageEstimator.Nsr, -0.8333, -1.25, 2)]
    [InlineData(AdvantageEstimator.WeightedReinforce, -0.8, -0.8, 3)]
    public void Right_pulls_and_wrong_pushes_and_what_is_left_out_is_in_no_mean(string name, double all, double kept, int count)
    {
        double[] logProbs = [-1, -2, -0.5], rewards = [1, 0, 0];
        Batch batch = GroupAdvantage.Estimate(Scored(rewards), new() { Estimator = name });
        double sum = -batch.Zip(logProbs, (sample, logProb) => sample.Advantage[0] * logProb).Sum();
        int left = batch.Count(sample => !sample.IsLeftOut);

        Assert.Equal(all, sum / 3, 1e-4);
        Assert.Equal(kept, sum / left, 1e-4);
        Assert.Equal(count, left);
    }

    [Fact]
    public void What_is_right_is_told_by_a_threshold_and_a_NaN_is_neither()
    {
        double[] rewards = [0.7, 0.69, double.NaN];
        var options = new AdvantageOptions { Estimator = AdvantageEstimator.WeightedReinforce, PositiveFrom = 0.7, PositiveWeight = 0.25 };

        Same([0.25, -1, 0], [.. GroupAdvantage.Estimate(Scored(rewards), options).Select(sample => sample.Advantage[0])]);
    }

    // One action among three of probabilities 0.5, 0.25, 0.25 and a step down its log-probability: the two others keep their ratio
    // where they were equal, and of unequal ones the larger gains more.
    [Theory]
    [InlineData(0.25, 0.25)]
    [InlineData(0.4, 0.1)]
    public void A_wrong_answer_gives_its_mass_to_the_others_as_they_were(double a, double b)
    {
        double[] logits = [Math.Log(0.5), Math.Log(a), Math.Log(b)], before = [0.5, a, b];
        using var weights = new Parameter(torch.tensor(logits));
        (-(-1 * weights.log_softmax(0)[0])).backward();
        double[] after = [.. (weights - (1e-3 * weights.grad!)).softmax(0).data<double>()];

        Assert.True(after[0] < before[0]);
        if (a == b)
            Assert.Equal(after[1], after[2], 1e-12);
        else
            Assert.True(after[1] - a > after[2] - b);
    }

    [Fact]
    public void A_remax_step_without_greedy_answers_is_refused_and_one_that_has_no_score_teaches_nothing()
    {
        Assert.Equal("remax needs what the greedy answer to each prompt earned", Assert.Throws<ArgumentException>(
            () => GroupAdvantage.Estimate(Scored([1, 0]), new() { Estimator = AdvantageEstimator.Remax })).Message);
        Batch batch = Scored([1, 0]).WithBaselines([double.NaN]);
        Assert.All(GroupAdvantage.Estimate(batch, new() { Estimator = AdvantageEstimator.Remax }),
            sample => Assert.True(sample.Advantage.IsZero));
        Assert.Equal("2 baselines for 1 groups (Parameter 'baselines')",
            Assert.Throws<ArgumentException>(() => Scored([1, 0]).WithBaselines([1, 2])).Message);
    }

    // The greedy answer of the bigram policy to each prompt, asked once, scored by its length.
    [Fact]
    public void A_prompt_is_asked_greedily_once_and_only_for_estimators_that_need_it()
    {
        using var policy = new BigramPolicy();
        Prompt[] prompts = [BigramPolicy.Prompt("a", 0), BigramPolicy.Prompt("b", 1)];
        var options = new GrpoOptions { AdvantageEstimator = AdvantageEstimator.Remax, GroupSize = 2, MaxNewTokens = 3 };
        Batch batch = Batch.Of(policy.Sample(prompts, 2, options.Sampling, new(1, 1)), _ => new TotalScore(1, []));
        var asked = new List<int>();

        Batch found = GreedyBaseline.Ask(policy, batch, options, new(1, 1), Score);
        Assert.Same(batch, GreedyBaseline.Ask(policy, batch, new(), new(1, 1), Score));

        Assert.Equal([2], asked);
        Assert.Equal([7, 7, 8, 8], found.Select(sample => sample.Baseline));
        Assert.Equal([-6, -6, -7, -7], GroupAdvantage.Estimate(found, options.Advantage).Select(sample => sample.Advantage[0]));

        TotalScore[] Score(IReadOnlyList<Rollout> rollouts)
        {
            asked.Add(rollouts.Count);
            return [.. rollouts.Select(rollout => new TotalScore(rollout.Prompt.Id == "a" ? 7 : 8, []))];
        }
    }

    // One answer of 3 tokens that the greedy policy gave pays for its length as all others do: 7 - 0.2 * 3 / 6.
    [Fact]
    public void The_answer_is_asked_greedily_and_pays_what_all_answers_pay()
    {
        using var policy = new BigramPolicy();
        var options = new GrpoOptions
        {
            AdvantageEstimator = AdvantageEstimator.Remax,
            GroupSize = 2,
            MaxNewTokens = 6,
            Sampling = new() { MaxNewTokens = 6, Temperature = 0.7 },
            Shaping = new() { TimeWeight = 0.2, TimeGate = false },
        };
        Batch batch = Batch.Of(policy.Sample([BigramPolicy.Prompt("a", 0)], 2, options.Sampling, new(1, 1)), _ => new TotalScore(1, []));
        var sampler = new Greedy();

        Batch found = GreedyBaseline.Ask(sampler, batch, options, new(1, 1), rollouts => [.. rollouts.Select(_ => new TotalScore(7, []))]);

        Assert.Equal((1, options.Sampling with { Greedy = true }), sampler.Asked);
        Assert.All(found, sample => Assert.Equal(6.9, sample.Baseline!.Value, 1e-12));
    }

    [Fact]
    public void A_batch_that_nothing_could_score_is_all_zeros_by_any_estimator()
    {
        foreach (AdvantageEstimator estimator in AdvantageEstimator.Table
            .Where(row => !row.Name.StartsWith("test-", StringComparison.Ordinal)))
            Assert.All(GroupAdvantage.Estimate(Scored([double.NaN, double.NaN]).WithBaselines([1]),
                new() { Estimator = estimator.Name, WhitenTokens = true }),
                sample => Assert.True(sample.Advantage.IsZero));
    }

    public void Dispose() => _scope.Dispose();

    private static Advantage[][] Of(string name, double[][] rewards, int[][] actions) =>
        GroupAdvantage.Compute(new AdvantageInput(rewards) { Actions = actions }, new() { Estimator = name });

    private sealed class Greedy : ISampler
    {
        public (int Group, Sampling Sampling) Asked { get; private set; }

        public Rollout[] Sample(
            IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default)
        {
            Asked = (group, sampling);
            return [.. prompts.Select(prompt => SupervisedUpdate.Target(prompt, [1, 2, 3]))];
        }

        public IAsyncEnumerable<int> StreamAsync(
            Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
            throw new NotSupportedException("nothing streams it");
    }

    private static Batch Scored(double[] rewards)
    {
        Prompt prompt = new("p", "", [1], null, []);
        return Updates.Scored([.. rewards.Select((_, i) => SupervisedUpdate.Target(prompt, [i + 1]))], rewards);
    }

    private static void Same(double[] expected, double[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }
}
