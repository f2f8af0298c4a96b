using TorchSharp;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>What a loss becomes when its sequences are spread over workers, whose losses are averaged.</summary>
public sealed class ShardingTests : IDisposable
{
    // Terms of two sequences of 2 and 4 actions with advantages 1 and -1 at a ratio of 1: -A each.
    private static readonly float[][] s_terms = [[-1, -1, 0, 0], [1, 1, 1, 1]];
    private static readonly float[][] s_mask = [[1, 1, 0, 0], [1, 1, 1, 1]];
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Whole: (-2 + 4) / 6 = 1/3. Two workers that divide by all actions a worker, 6 / 2: (-2/3 + 4/3) / 2 = 1/3.
    [Fact]
    public void A_mean_over_all_actions_does_not_depend_on_who_has_which()
    {
        double whole = Loss([0, 1], divisor: 6);
        double spread = (Loss([0], divisor: 6 / 2.0) + Loss([1], divisor: 6 / 2.0)) / 2;

        Assert.Equal(1 / 3.0, whole, 1e-6);
        Assert.Equal(whole, spread, 1e-6);
    }

    // Two workers that each take the mean of what they have (bnpo): (-2/2 + 4/4) / 2 = 0, and not 1/3.
    [Fact]
    public void A_mean_of_each_workers_own_actions_does()
    {
        double whole = Loss([0, 1], divisor: 6);
        double spread = (Loss([0], Own([2])) + Loss([1], Own([4]))) / 2;

        Assert.Equal(1 / 3.0, whole, 1e-6);
        Assert.Equal(0, spread, 1e-6);

        static double Own(int[] lengths) => LossScale.Of(LossAggregation.TokenMean, lengths, longest: 8).Divisor;
    }

    private static double Loss(int[] rows, double divisor)
    {
        var scale = new LossScale(LossAggregation.TokenMean, divisor);
        return scale.Sum(Stack(s_terms), Stack(s_mask)).item<float>();

        torch.Tensor Stack(float[][] all) => torch.stack([.. rows.Select(row => torch.tensor(all[row]))]);
    }
}
