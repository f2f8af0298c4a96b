using Vlm.Rewards.Learned;
using static TorchSharp.torch;

namespace Learned.Tests.RewardModels;

/// <summary>Losses of reward models, on numbers that can be checked on paper.</summary>
public class PreferenceLossTests
{
    // d = 0.7: log(1 + e^-0.7) = 0.403186; smoothed 0.9 x 0.403186 + 0.1 x (0.403186 + 0.7); margin 0.4: log(1 + e^-0.3).
    [Fact]
    public void Bradley_Terry_with_smoothing_and_with_a_margin()
    {
        using var scope = NewDisposeScope();
        Tensor chosen = tensor([1.0, 0.7], dtype: ScalarType.Float64), rejected = tensor([0.3, 0.0], dtype: ScalarType.Float64);

        Assert.Equal([0.403186, 0.403186], Rounded(PreferenceLoss.BradleyTerry(chosen, rejected)));
        Assert.Equal([0.473186, 0.403186], Rounded(PreferenceLoss.BradleyTerry(chosen, rejected, smoothing: tensor([0.1, 0], dtype: ScalarType.Float64))));
        Assert.Equal([0.403186, 0.554355], Rounded(PreferenceLoss.BradleyTerry(chosen, rejected, margin: tensor([0, 0.4], dtype: ScalarType.Float64))));
    }

    // The released loss has 1e-5 in the logarithm, and is so bounded by 11.5; ours goes on: -log sigmoid(-200) = 200.
    [Fact]
    public void A_score_that_is_very_wrong_still_has_a_gradient()
    {
        using var scope = NewDisposeScope();
        Tensor chosen = tensor([-200.0], dtype: ScalarType.Float64).requires_grad_();
        Tensor loss = PreferenceLoss.BradleyTerry(chosen, tensor([0.0], dtype: ScalarType.Float64)).mean();
        loss.backward();

        Assert.Equal(200, loss.item<double>(), 1e-9);
        Assert.Equal(-1, chosen.grad!.item<double>(), 1e-9);
    }

    [Fact]
    public void Centering_is_the_squared_sum()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([1.69, 0], Rounded(PreferenceLoss.Centering(tensor([1.0, 2], dtype: ScalarType.Float64), tensor([0.3, -2], dtype: ScalarType.Float64))));
    }

    // sigmoid(1) = 0.731059, sigmoid(-1) = 0.268941: -log 0.731059 - log(1 - 0.268941) = 2 x 0.313262; orthogonal: 2 log 2.
    [Fact]
    public void Goals_aligned_opposed_and_orthogonal()
    {
        using var scope = NewDisposeScope();
        Tensor right = Rows([2, 0]), left = Rows([-3, 0]), up = Rows([0, 1]);

        Assert.Equal(0.313262, 0.5 * Number(ContrastiveLosses.Goal(right, right, left)), 1e-6);
        Assert.Equal(0.693147, 0.5 * Number(ContrastiveLosses.Goal(right, up, up)), 1e-6);
    }

    // cosines 1 and -1: the mean of the sigmoids is 0.5, -log 0.5 = 0.693; the mean of -log sigmoid would be 0.813.
    [Fact]
    public void Sigmoids_are_averaged_before_the_logarithm()
    {
        using var scope = NewDisposeScope();
        Tensor source = Rows([1, 0]), goals = Rows([1, 0], [-1, 0]), others = Rows([0, 1]);

        Assert.Equal(0.693147 + 0.693147, Number(ContrastiveLosses.Goal(source, goals, others)), 1e-5);
    }

    [Fact]
    public void Places_are_ordered_and_repeat_for_a_stream()
    {
        (long[] sources, long[] goals) = ContrastiveLosses.Places(5, 200, new(1, "places"));

        Assert.All(sources.Zip(goals), pair => Assert.True(pair.First < pair.Second && pair is { First: >= 0, Second: < 5 }));
        Assert.Equal(10, sources.Zip(goals).Distinct().Count());
        Assert.Equal(sources, ContrastiveLosses.Places(5, 200, new(1, "places")).Sources);
        Assert.Equal([0L], ContrastiveLosses.Places(1, 1, new(1, "places")).Goals);
    }

    // Two rows at right angles, no number left out: each view is its twin at cosine 1 / 0.05 = 20, and log(1 + e^-20) is 2e-9.
    [Fact]
    public void SimCse_tells_a_row_from_the_others()
    {
        using var scope = NewDisposeScope();
        Tensor whole = ones([2, 2, 2]), apart = Rows([1, 0], [0, 1]), alike = Rows([1, 0], [1, 0]);

        Assert.Equal(0, Number(ContrastiveLosses.SimCse(apart, whole)), 1e-6);
        Assert.Equal(Math.Log(2), Number(ContrastiveLosses.SimCse(alike, whole)), 1e-6);
    }

    // k = 3, |differences| 1, 2, 1: 2 / 6 x (0.731059 + 0.880797 + 0.731059) = 0.780972.
    [Fact]
    public void The_spread_of_answers_to_a_question()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(0.780972, Number(MetaReward.Spread(tensor([0f, 1, 2]))), 1e-6);
        Assert.Equal(0.5, Number(MetaReward.Spread(tensor([3f, 3]))), 1e-6);
    }

    [Fact]
    public void Shifted_weights_come_back_bit_by_bit()
    {
        using var scope = NewDisposeScope();
        var weight = new TorchSharp.Modules.Parameter(tensor([0.1f, 0.2f])) { grad = tensor([1f, -3f]) };
        var still = new TorchSharp.Modules.Parameter(tensor([5f]));

        using (MetaReward.Shift([weight, still], 0.5))
        {
            Assert.Equal([0.6f, -1.3f], weight.data<float>().ToArray());
            Assert.Equal([5f], still.data<float>().ToArray());
            Assert.Null(weight.grad);
        }

        Assert.Equal([0.1f, 0.2f], weight.data<float>().ToArray());
    }

    private static Tensor Rows(params float[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);

    private static double Number(Tensor scalar) => scalar.to(ScalarType.Float64).item<double>();

    private static double[] Rounded(Tensor values) => [.. values.data<double>().ToArray().Select(value => Math.Round(value, 6))];
}
