using TorchSharp;
using TorchSharp.Modules;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Step;

/// <summary>A whole step with each objective: what it moves does not depend on the micro-batch, and follows the formula.</summary>
public sealed class SurrogateStepTests : IDisposable
{
    private static readonly Prompt[] s_prompts =
        [BigramPolicy.Prompt("p0", 0), BigramPolicy.Prompt("p1", 1), BigramPolicy.Prompt("p2", 2)];

    private static readonly GrpoOptions s_options = new()
    {
        GroupSize = 4,
        PromptsPerStep = 3,
        MaxNewTokens = 6,
        MaxGradNorm = 0,
        Steps = 10,
        NumIterations = 2,
        DualClip = 3,
        Surrogates = new() { CovarianceShare = 0.2, CovarianceLow = -0.02 },
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string> Names =>
        [.. SurrogateLoss.Table.Names.Where(name => !name.StartsWith("test", StringComparison.Ordinal))];

    public static TheoryData<string> Aggregations => [.. Aggregation.Table.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_split_into_micro_batches_does_not_change_what_a_surrogate_moves(string name)
    {
        string kind = SurrogateLoss.Table[name].Aggregations is [var only, ..] ? only : Aggregation.TokenMean;
        Same(s_options with { Surrogate = name, LossAggregation = kind });
    }

    [Theory]
    [MemberData(nameof(Aggregations))]
    public void Nor_what_an_aggregation_does(string kind) => Same(s_options with { LossAggregation = kind });

    [Fact]
    public void Nor_what_entropy_importance_and_divergence_do() => Same(s_options with
    {
        Beta = 0.3,
        KlEstimator = KlEstimator.K3Plus,
        Regularizer = new() { EntropyBonus = 0.2, TopEntropyQuantile = 0.4, KlBound = 0.05, KlRatioWeighted = true },
        Surrogates = new() { OffPolicyThreshold = 0.01 },
        Correction = new() { SamplerCorrection = SamplerCorrection.TokenTruncate, CorrectionMax = 1.1, CorrectionNormalize = true },
    });

    // Groups of 4 rollouts: the mean over a group's tokens, then over groups.
    [Fact]
    public void A_group_weighs_the_same_whatever_its_tokens()
    {
        using var policy = new BigramPolicy();
        Batch batch = Batch(policy, s_options);
        var scale = LossScale.Of(Aggregation.GroupMeanTokenMean, batch, 6);
        double[] expected = [.. batch.Select((_, i) =>
            1 / 3.0 / batch.Groups.Single(group => group.Contains(i)).Sum(k => batch[k].Rollout.Actions.Length))];

        Assert.True(expected.Distinct().Count() > 1);
        Assert.All(expected.Zip(scale.RowWeights!, (a, b) => (a, b / scale.Divisor)), pair => Assert.Equal(pair.a, pair.Item2, 1e-12));
        Assert.Equal(scale.RowWeights![5], scale.At([5]).RowWeights![0]);
    }

    // Rollouts whose advantage is 0 have no gradient but where the objective has a term without advantages.
    [Theory]
    [InlineData(SurrogateLoss.PpoClip, 0, false)]
    [InlineData(SurrogateLoss.PpoClip, 0.5, true)]
    [InlineData(SurrogateLoss.Dro, 0, true)]
    public void A_rollout_without_advantage_moves_only_what_has_a_term_for_it(string name, double bonus, bool moves)
    {
        GrpoOptions options = s_options with
        {
            Surrogate = name,
            DualClip = 0,
            NumIterations = 1,
            Regularizer = new() { EntropyBonus = bonus },
        };
        double[] all = Move(options, 12, far: 0.4), without = Move(options, 12, far: 0.4, only: sample => !sample.Advantage.IsZero);
        double changed = all.Zip(without, (a, b) => Math.Abs(a - b)).Max();
        // Without these rollouts the step has fewer tokens: the same sum over another number of them.
        (double most, double fewer) = (Tokens(options, _ => true), Tokens(options, sample => !sample.Advantage.IsZero));
        double rescaled = all.Zip(without, (a, b) => Math.Abs(a * most - b * fewer)).Max();
        Assert.True(changed > 1e-6);
        Assert.Equal(moves, rescaled > 1e-6);
    }

    // The seed names which tokens clip-cov leaves out; nothing else depends on it.
    [Fact]
    public void The_seed_names_what_is_picked_by_chance()
    {
        GrpoOptions options = s_options with { Surrogate = SurrogateLoss.ClipCov };
        Assert.Equal(Move(options, 12, seed: 5), Move(options, 12, seed: 5));
        Assert.NotEqual(Move(options, 12, seed: 5), Move(options, 12, seed: 6));
        Assert.Equal(Move(s_options, 12, seed: 5), Move(s_options, 12, seed: 6));
    }

    // SGD at rate 1 on the bonus alone, all advantages 0, from a policy that is sure of much.
    [Fact]
    public void The_bonus_raises_the_entropy()
    {
        using var policy = new BigramPolicy();
        using (torch.no_grad())
            policy.Left.mul_(torch.tensor(8.0));
        GrpoOptions options = s_options with { NumIterations = 1, DualClip = 0, Regularizer = new() { EntropyBonus = 0.1 } };
        Rollout[] rollouts = policy.Sample(s_prompts, 64, options.Sampling, new(1, 1));
        double before = Entropy(policy, rollouts);
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), 1);
        Updates.Grpo(policy, optimizer, rollouts, new double[rollouts.Length], options, 1);
        Assert.True(Entropy(policy, rollouts) > before + 1e-3);
    }

    public void Dispose() => _scope.Dispose();

    private static void Same(GrpoOptions options)
    {
        double[][] moves = [.. new[] { 12, 8, 5, 3, 1 }.Select(most => Move(options, most))];
        double size = moves[0].Max(Math.Abs);
        Assert.True(size > 1e-3);
        foreach (double[] move in moves[1..])
            Assert.All(moves[0].Zip(move), pair => Assert.Equal(pair.First, pair.Second, 1e-6 * size));
    }

    private static double[] Move(GrpoOptions options, int most, long seed = 7, double far = 0, Func<Sample, bool>? only = null)
    {
        using var policy = new BigramPolicy();
        Batch batch = Batch(policy, options);
        if (only is not null)
            batch = new Batch(batch.Where(only));
        using (torch.no_grad())
            policy.Left.add_(torch.tensor(far) * policy.Right.transpose(0, 1));
        double[] before = policy.Weights();
        using SGD optimizer = torch.optim.SGD(policy.Trainable.Select(p => p.Value), 1);
        options = options with { MicroBatchSize = most };
        (batch, _) = ImportanceCorrection.Apply(policy, batch, options);
        GrpoUpdate.Apply(policy, optimizer, batch, options, 1, seed);
        return [.. policy.Weights().Zip(before, (a, b) => a - b)];
    }

    // Advantages 0 in every fifth rollout; the engine's log-probs a little off where they are corrected.
    private static Batch Batch(BigramPolicy policy, GrpoOptions options)
    {
        using var other = new BigramPolicy(seed: 2);
        Rollout[] rollouts = policy.Sample(s_prompts, 4, options.Sampling, new(1, 1));
        if (options.Correction.SamplerCorrection != SamplerCorrection.None)
            rollouts = [.. rollouts.Select((rollout, i) => rollout with
            {
                LogProbs = [.. rollout.LogProbs.Select((p, t) => p + 0.1f * (((i + t) % 5) - 2))],
            })];
        return Vlm.Grpo.Batch.Of(rollouts, _ => TotalScore.Unscored)
            .With([.. rollouts.Select((r, i) => (Advantage)(i % 5 == 0 ? 0 : 0.1 * (i % 5) - 0.15 * r.Actions.Length + 0.3))])
            .WithReference(ReferencePolicy.Of(other, rollouts, options));
    }

    private static double Tokens(GrpoOptions options, Func<Sample, bool> of)
    {
        using var policy = new BigramPolicy();
        return Batch(policy, options).Where(of).Sum(sample => sample.Rollout.Actions.Length);
    }

    private static double Entropy(BigramPolicy policy, Rollout[] rollouts)
    {
        using IDisposable constant = torch.no_grad();
        ActionLogProbs found = policy.LogProbs(rollouts, new Sampling());
        return (found.Entropy.sum() / found.Mask.sum()).item<double>();
    }
}
