using TorchSharp;
using Vlm.Grpo.Tests.Step;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Curricula;

public class RewardGradientTests
{
    private static readonly GrpoOptions s_options = new() { MaxNewTokens = 4, GroupSize = 4, MicroBatchSize = 3, ScaleRewards = AdvantageScale.None };

    // The products against the slope of the loss in the direction of another reward's gradient, by central differences.
    [Fact]
    public void Products_of_gradients_are_slopes()
    {
        using var policy = new BigramPolicy();
        using torch.optim.Optimizer optimizer = torch.optim.SGD(policy.Trainable.Select(item => item.Value), 0.1);
        Batch batch = Sampled(policy);
        double[] a = [1, 0, 0, 1, 0, 0, 1, 0], b = [0, 3, 0, 1, 2, 0, 0, 0];
        double[] before = policy.Weights();

        double[][] products = RewardGradients.Products(policy, optimizer, batch, [a, b], s_options);

        Assert.Equal(before, policy.Weights());
        Assert.Equal(products[0][1], products[1][0], 1e-6);
        double[] slope = Slope(policy, batch, b);
        Assert.Equal(slope.Zip(Slope(policy, batch, a), (x, y) => x * y).Sum(), products[0][1], 1e-5);
        Assert.Equal(slope.Sum(value => value * value), products[1][1], 1e-5);
        Assert.True(products[1][1] > 1e-3);
        Assert.All(policy.Trainable, item => Assert.True(item.Value.grad is null));
        Assert.True(RewardGradients.Products(policy, optimizer, batch, [a, b], s_options, "left")[1][1] < products[1][1]);
        Assert.Throws<UsageException>(() => RewardGradients.Products(policy, optimizer, batch, [a, b], s_options, "vision"));
    }

    // Weights 1 and 3 are shares of .25 and .75. Influence 2 and 1 times a rate of .1: exp(.2)/4 and 3 exp(.1)/4 over their sum.
    [Fact]
    public void Weights_follow_the_influence_and_scores_follow_the_weights()
    {
        var options = new RewardWeightOptions { RewardWeighting = RewardWeighting.Gradients, RewardWeightMu = 1 };
        Batch batch = Paid();

        (Batch paid, RewardWeightState state, StepStats stats) = DynamicRewards.Pay(RewardWeightState.Start, batch, options, 0.1, _ => [[2, 0], [0, 1]]);

        double first = Math.Exp(0.2) / (Math.Exp(0.2) + (3 * Math.Exp(0.1)));
        Assert.Equal([first, 1 - first], state.Weights.Select(weight => Math.Round(weight, 12)), (x, y) => Math.Abs(x - y) < 1e-11);
        Assert.Equal(first, stats["reward_weight/accuracy"], 1e-12);
        Assert.Equal((first * 1) + ((1 - first) * 0.5), paid[0].Score.Value, 1e-12);
        Assert.True(double.IsNaN(paid[1].Score.Value));
        Assert.Equal(1, paid[0].Score.Accuracy!.Value.Value);
        Assert.Equal(0, paid[0].Score.Parts.Single(part => part.Name == "measured").Weight);
    }

    // Two steps of influence 2 and 4 are one of 3.
    [Fact]
    public void Influence_is_averaged_over_so_many_steps()
    {
        var options = new RewardWeightOptions { RewardWeighting = RewardWeighting.Gradients, RewardWeightMu = 1, RewardWeightSteps = 2 };
        (_, RewardWeightState one, _) = DynamicRewards.Pay(RewardWeightState.Start, Paid(), options, 0.1, _ => [[2, 0], [0, 0]]);
        using var folder = new Data.Folder();
        one.Write(folder.Path, options);
        (_, RewardWeightState two, _) = DynamicRewards.Pay(RewardWeightState.Read(folder.Path, options), Paid(), options, 0.1, _ => [[4, 0], [0, 0]]);

        Assert.Equal([0.25, 0.75], one.Weights);
        Assert.Equal(Math.Exp(0.3) / (Math.Exp(0.3) + 3), two.Weights[0], 1e-12);
        Assert.Equal((0, 0d), (two.Steps, two.Influence[0]));
    }

    [Fact]
    public void The_factor_of_a_step_is_what_the_step_before_reached()
    {
        var options = new RewardWeightOptions { RewardWeighting = RewardWeighting.Hypervolume };
        (Batch same, RewardWeightState first, _) = DynamicRewards.Pay(RewardWeightState.Start, Paid(0.2, 0.2), options, 1, Never);
        (_, RewardWeightState second, StepStats stats) = DynamicRewards.Pay(first, Paid(0.6, 0.4), options, 1, Never);
        using var folder = new Data.Folder();
        second.Write(folder.Path, options);

        Assert.Equal((1, 1), (DynamicRewards.Factor(RewardWeightState.Start), DynamicRewards.Factor(first)));
        Assert.Equal(1, stats["reward_weight/factor"]);
        Assert.Equal(0.5 + (1.5 * Math.Tanh(0.08)), DynamicRewards.Factor(RewardWeightState.Read(folder.Path, options)), 1e-12);
        Assert.Equal(0.2 + (3 * 0.2), same[0].Score.Value, 1e-12);
    }

    [Fact]
    public void One_reward_has_no_weight_to_move()
    {
        Batch batch = Updates.Scored([SupervisedUpdate.Target(new("p", "", [1], null, []), [1])], [0.5]);
        var error = Assert.Throws<UsageException>(() => DynamicRewards.Pay(
            RewardWeightState.Start, batch, new() { RewardWeighting = RewardWeighting.Gradients }, 1, Never));
        Assert.Equal("there is no reward, and weights move between several", error.Message);
        Assert.Same(batch, DynamicRewards.Pay(RewardWeightState.Start, batch, new(), 1, Never).Batch);
        using var folder = new Data.Folder();
        Assert.Throws<UsageException>(() => RewardWeightState.Read(folder.Path, new() { RewardWeighting = RewardWeighting.Gradients }));
    }

    private static double[][] Never(IReadOnlyList<double[]> rewards) => throw new InvalidOperationException("no gradient is needed");

    private static Batch Paid(double accuracy = 1, double form = 0.5)
    {
        var prompt = new Prompt("p", "", [1], null, []);
        TotalScore score = TotalScore.Of(new("measured", 0, new(7, "")), new("accuracy", 1, new(accuracy, "")), new("form", 3, new(form, ""))).WithAccuracy("accuracy");
        return Batch.Of([SupervisedUpdate.Target(prompt, [1]), SupervisedUpdate.Target(prompt, [1])], [score, TotalScore.Unscored]);
    }

    private static Batch Sampled(BigramPolicy policy) => Batch.Of(
        policy.Sample([BigramPolicy.Prompt("a", 0), BigramPolicy.Prompt("b", 1)], 4, s_options.Sampling, new(5, 1)), _ => TotalScore.None);

    private static double[] Slope(BigramPolicy policy, Batch batch, double[] rewards)
    {
        const double h = 1e-4;
        double[] advantages = [.. GroupAdvantage.Compute([.. rewards.Chunk(4)], s_options.Advantage).SelectMany(group => group)];
        double tokens = batch.Sum(sample => sample.Rollout.Actions.Length);
        var slopes = new List<double>();
        foreach ((_, TorchSharp.Modules.Parameter value) in policy.Trainable)
            for (long i = 0; i < value.numel(); i++)
                slopes.Add((Loss(value, i, h) - Loss(value, i, -h)) / (2 * h));
        return [.. slopes];

        // The surrogate at a ratio near 1, a mean over tokens.
        double Loss(TorchSharp.Modules.Parameter value, long i, double shift)
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable constant = torch.no_grad();
            torch.Tensor flat = value.view(-1);
            flat[i] += shift;
            double loss = -batch.Select((sample, s) => advantages[s] * policy.LogProbs([sample.Rollout], s_options.Sampling).LogProbs.exp()
                .div(torch.tensor(sample.Rollout.LogProbs).to(torch.ScalarType.Float64).exp()).sum().item<double>()).Sum() / tokens;
            flat[i] -= shift;
            return loss;
        }
    }
}
