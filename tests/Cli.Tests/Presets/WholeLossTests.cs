using System.Globalization;
using System.Text.Json;
using Recipes.Cli;
using TorchSharp;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Testing;
using static Cli.Tests.Presets.PeerAdvantages;
using static Cli.Tests.Presets.PeerFormula;

namespace Cli.Tests.Presets;

/// <summary>
/// Each preset's whole loss, from raw rewards and log-probs through the functions that the recipe calls, against its author's formulas in
/// plain arithmetic. The formulas are themselves held to what other toolkits recorded, where they recorded it.
/// </summary>
public sealed class WholeLossTests : IDisposable
{
    private const double Tolerance = 1e-5, Recorded = 1e-7;
    private const int MaxNewTokens = 10;

    private static readonly JsonElement s_peers =
        JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json"))).RootElement.GetProperty("rl");

    private static readonly Term s_plain = Held(0.2, 0.2);

    private static readonly double[][] s_spread = [[1, 0, 0.5, 0.25], [2, 0.5, 1.5, 0.2]];

    private static readonly Dictionary<string, Case> s_cases = new()
    {
        ["trl-grpo"] = new(PerGroup(1e-4), s_plain, RowMean),
        ["trl-dapo"] = new(PerGroup(1e-4), s_plain, TokenMean),
        ["trl-bnpo"] = new(PerGroup(1e-4), s_plain, GroupMean),
        ["trl-dr-grpo"] = new(PerGroup(1e-4), s_plain, RowSumOver(MaxNewTokens)),
        ["trl-gspo"] = new(PerGroup(1e-4), Sequence(3e-4, 4e-4), RowMean),
        ["trl-cispo"] = new(WholeBatch(1e-4), Weighted(0, 5), TokenMean),
        ["trl-sapo"] = new(PerGroup(1e-4), Gate(1, 1.05), RowMean),
        ["trl-luspo"] = new(PerGroup(1e-4), Sequence(2e-3, 2.5e-3), RowSum),
        ["trl-vespo"] = new(PerGroup(1e-4), Gamma(2, 3, 3, 2), TokenMean),
        ["trl-gdpo"] = new(PerGroup(1e-4), s_plain, TokenMean) { Twice = 1e-4 },
        ["trl-intellect-2"] = new(PerGroup(1e-4), Held(0.2, 0.2, delta: 4), TokenMean) { Beta = 0.001 },
        ["trl-rloo"] = new(LeaveOneOut, Product(0.2, 0.2), RowMean) { InReward = 0.05 },
        ["verl-grpo"] = new(PerGroup(1e-6), Held(0.2, 0.2, 3), TokenMean) { Beta = 0.01, Bound = 10 },
        ["verl-dr-grpo"] = new(Unscaled, Held(0.2, 0.2, 3), RowSumOver(MaxNewTokens)),
        ["verl-dapo"] = new(PerGroup(1e-6), Held(0.2, 0.28, 3), TokenMean) { Filters = (0, double.PositiveInfinity) },
        ["verl-rloo"] = new(LeaveOneOut, Held(0.2, 0.2, 3), TokenMean) { InReward = 0.001 },
        ["verl-opo"] = new(Opo, Held(0.2, 0.2, 3), TokenMean),
        ["verl-remax"] = new(Unscaled, Held(0.2, 0.2, 3), TokenMean)
        {
            InReward = 0.001,
            Baselines = [0.25, 1],
        },
        ["verl-reinforce-pp"] = new(Whitened, Held(0.2, 0.2, 3), TokenMean) { InReward = 0.001 },
        ["verl-reinforce-pp-baseline"] = new(WhitenedDifferences, Held(0.2, 0.2, 3), TokenMean) { InReward = 0.001 },
        ["verl-gpg"] = new(Gpg, Reinforce(), TokenMean),
        ["verl-gspo"] = new(PerGroup(1e-6), SequenceToken(3e-4, 4e-4), RowMean),
        ["verl-gmpo"] = new(PerGroup(1e-6), Geometric(0.4), RowMean) { Beta = 0.001, Bound = 10 },
        ["verl-sapo"] = new(PerGroup(1e-6), Gate(1, 1.05), RowMean),
        ["verl-cispo"] = new(PerGroup(1e-6), Weighted(0, 1.2), TokenMean) { Beta = 0.001, Bound = 10 },
        ["easyr1"] = new(PerGroup(1e-6), Held(0.2, 0.3, 3), TokenMean) { Beta = 0.01, Bound = 10 },
        ["easyr1-dapo"] = new(PerGroup(1e-6), Held(0.2, 0.28, 3), TokenMean) { Filters = (0.01, 0.99) },
        ["easyr1-gspo"] = new(PerGroup(1e-6), SequenceToken(3e-4, 4e-4, 3), RowMean),
        ["easyr1-cispo"] = new(PerGroup(1e-6), Weighted(1, 5), TokenMean) { Beta = 0.01, Bound = 10 },
        ["easyr1-sapo"] = new(PerGroup(1e-6), Gate(1, 1.05), TokenMean),
        ["easyr1-reinforce-pp"] = new(Whitened, Held(0.2, 0.3, 3), TokenMean) { InReward = 0.001 },
        ["ms-swift"] = new(PerGroup(1e-4), s_plain, RowMean) { Beta = 0.04 },
        ["ms-swift-rloo"] = new(LeaveOneOut, s_plain, RowMean) { InReward = 0.04 },
        ["ms-swift-reinforce-pp"] = new(OverStdOfDifferences(1e-4), s_plain, RowMean) { InReward = 0.04 },
        ["openrlhf"] = new(PerGroup(1e-9), s_plain, TokenMean) { Beta = 0.01, Bound = 10 },
        ["openrlhf-dr-grpo"] = new(Unscaled, s_plain, TokenMean) { Beta = 0.01, Bound = 10 },
        ["openrlhf-rloo"] = new(LeaveOneOut, s_plain, TokenMean) { Beta = 0.01, Bound = 10 },
        ["openrlhf-reinforce-pp-baseline"] = new(WhitenedDifferences, s_plain, TokenMean) { Beta = 0.01, Bound = 10 },
        ["grpo"] = new(PerGroup(1e-4), s_plain, RowMean) { Beta = 0.04 },
        ["dr-grpo"] = new(Unscaled, s_plain, RowSumOver(MaxNewTokens)),
        ["dapo"] = new(PerGroup(1e-4), Held(0.2, 0.28), TokenMean) { Filters = (0, double.PositiveInfinity) },
        ["rloo"] = new(LeaveOneOut, Reinforce(), RowSum) { InReward = 0.03 },
        ["gspo"] = new(PerGroup(1e-4), Sequence(3e-4, 4e-4), RowMean),
        ["cispo"] = new(PerGroup(1e-4), Weighted(0, 5), TokenMean),
        ["gmpo"] = new(PerGroup(1e-4), Geometric(0.4), RowMean),
        ["psr"] = new(Signed(1, 0), s_plain, TokenMean) { LeavesOut = true },
        ["nsr"] = new(Signed(0, -1), s_plain, TokenMean) { LeavesOut = true },
        ["w-reinforce"] = new(Signed(0.1, -1), s_plain, TokenMean),
        ["pref-grpo"] = new(PerGroup(1e-8), s_plain, RowMean),
        ["visual-rft"] = new(PerGroup(1e-4), s_plain, RowMean) { Beta = 0.04 },
        ["r1-v"] = new(PerGroup(1e-4), s_plain, RowMean) { Beta = 0.04 },
        ["vlm-r1"] = new(PerGroup(1e-4), s_plain, RowMean) { Beta = 0.04 },
        ["gui-g1"] = new(Unscaled, s_plain, RowSumOver(64)),
        ["vl-cogito-easy"] = new(PerGroup(1e-6), s_plain, TokenMean) { Beta = 0.001, Bound = 10 },
        ["vl-cogito-medium"] = new(PerGroup(1e-6), s_plain, TokenMean) { Beta = 0.001, Bound = 10 },
        ["vl-cogito"] = new(PerGroup(1e-6), s_plain, TokenMean) { Beta = 0.001, Bound = 10 },
        ["perl"] = new(PerGroup(1e-6), s_plain, TokenMean) { Beta = 0.01, Bound = 10 },
        ["visurf"] = new(PerGroup(1e-4), s_plain, RowMean),
        ["cola"] = new(PerGroup(1e-8), s_plain, RowMean) { InReward = 0.001 },
        ["latent-grpo-paper"] = new(PerGroup(1e-4), s_plain, TokenMean) { Beta = 0.01 },
    };

    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public static TheoryData<string> Names => [.. s_cases.Keys];

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Each_preset_of_grpo_is_compared() =>
        Assert.Equal(PublishedPreset.Names("grpo"), s_cases.Keys.Order(StringComparer.Ordinal));

    // The rewards that other toolkits were asked with, whose second group is of equal ones, and two groups that both have spread.
    [Theory]
    [MemberData(nameof(Names))]
    public void Loss_and_gradient_are_the_author_s(string preset)
    {
        double[][] asked = [[1, 0, 0.5, 0], [2, 2, 2, 2]];
        Compare(preset, asked);
        Compare(preset, s_spread);
    }

    // What the constants are for: rewards so near that what is added to their deviation is seen, and the divergence beside them; a group
    // without spread whose mean is in the range, and one whose mean is just below it; references so far off that a bound holds; ratios of
    // tokens and of completions just within each range, on both sides.
    [Theory]
    [MemberData(nameof(Names))]
    public void So_they_are_where_a_constant_decides(string preset)
    {
        foreach (double near in new[] { 1e-4, 1e-7 })
            Compare(preset, [.. s_spread.Select(group => group.Select(reward => reward * near).ToArray())], plain: false);
        Compare(preset, [[1, 0, 0.5, 0], [0.5, 0.5, 0.5, 0.5]]);
        Compare(preset, [[0.014, 0, 0.014, 0], [1, 0, 0.5, 0.25]], plain: false);
        Compare(preset, s_spread, far: 3.5);
        foreach (double range in new[] { 3e-4, 2e-3, 0.05, 0.2, 1 })
            foreach (double side in new[] { -0.75, 0.75 })
                Compare(preset, s_spread, step: side * range, plain: false);
    }

    private static void Compare(string preset, double[][] rewards, double far = 0, double? step = null, bool plain = true)
    {
        Case one = s_cases[preset] with { Far = far, Step = step };
        PresetRunOptions options = PresetRunOptions.Of(preset);
        (Numbers numbers, int[] rows) = Expected(one, rewards);
        double loss = rows.Length == 0 ? 0 : Loss(numbers, one.Term, one.Whole, one.Beta, one.Bound);
        double[][] slope = rows.Length == 0 ? [] : Slope(numbers, one.Term, one.Whole, one.Beta, one.Bound);

        (double found, double[] gradient) = Ours(one, rewards, options);

        Assert.True(Math.Abs(loss - found) <= Tolerance, $"{preset}: {loss} and not {found}");
        var expected = new double[8 * 4];
        foreach ((int row, double[] values) in rows.Zip(slope))
            values.CopyTo(expected, row * 4);
        Assert.True(expected.Zip(gradient, (a, b) => Math.Abs(a - b)).Max() <= Tolerance,
            $"{preset}: {Show(expected)} and not {Show(gradient)}");
        Assert.True(!plain || rows.Length == 0 || expected.Max(Math.Abs) > 1e-3, preset);
    }

    private static string Show(double[] numbers) => string.Join(' ', numbers.Select(x => x.ToString("F5", CultureInfo.InvariantCulture)));

    // What the recipe does with rewards and log-probs: charge, compare, leave out, update. Rates and bounds of the optimizer do not count.
    private static (double Loss, double[] Gradient) Ours(Case one, double[][] rewards, PresetRunOptions preset)
    {
        GrpoOptions options = preset with
        {
            MaxNewTokens = MaxNewTokens,
            LrScheduler = ScheduleShape.Constant,
            MaxGradNorm = 0,
            Regularizer = preset.Regularizer with { EntropyBonus = 0 },
        };
        using var policy = new TablePolicy(LogProbs("logp_new", one));
        using var optimizer = torch.optim.SGD(policy.Trainable.Select(item => item.Value), 1);
        Prompt[] prompts = [new("a", "", [1], null, []), new("b", "", [1], null, [])];
        double[][] old = LogProbs("logp_old", one);
        var batch = new Batch(rewards.SelectMany(group => group).Select((reward, i) => new Sample(
            TablePolicy.Rollout(prompts[i / 4], i, old[i]), TotalScore.Of([new ScorePart("r", 1, new Score(reward, ""))]))
        {
            Baseline = one.Baselines is { } greedy ? greedy[i / 4] : null,
        })).WithReference([.. LogProbs("logp_ref", one).Select(row => row.Select(value => (float)value).ToArray())]);

        batch = KlReward.Estimate(batch, options);
        double[] before = policy.Weights;
        StepStats stats = GrpoUpdate.Apply(policy, optimizer, batch, options, 1);
        return (stats[Metric.Loss], [.. before.Zip(policy.Weights, (a, b) => a - b)]);
    }

    private static (Numbers Step, int[] Rows) Expected(Case one, double[][] rewards)
    {
        double[][] now = LogProbs("logp_new", one), old = LogProbs("logp_old", one), reference = LogProbs("logp_ref", one);
        double[][] paid = [.. rewards.Select((group, g) => group.Select((reward, i) =>
            reward - one.InReward * old[g * 4 + i].Zip(reference[g * 4 + i], (a, b) => a - b).Sum()).ToArray())];
        double[][] a = one.Baselines is not { } greedy ? one.Advantage(paid, Lengths)
            : [.. paid.SelectMany((group, g) => group.Select(reward => reward - greedy[g]))
                .Zip(Lengths, (value, length) => Enumerable.Repeat(value, length).ToArray())];
        if (one.Twice > 0)
        {
            double[] each = [.. a.Select(row => row[0])];
            a = [.. a.Select(row => row.Select(value => (value - each.Average()) / (Std(each) + one.Twice)).ToArray())];
        }
        int[] rows = [.. Enumerable.Range(0, 8).Where(i => one.Filters is not { } filter
            || (rewards[i / 4].Distinct().Count() > 1 && rewards[i / 4].Average() >= filter.Low && rewards[i / 4].Average() <= filter.High))
            .Where(i => !one.LeavesOut || a[i][0] != 0)];
        return (new Numbers(Of(now), Of(now), Of(old), Of(reference), Of(a)) { Group = [.. rows.Select(i => i / 4)] }, rows);

        double[][] Of(double[][] all) => [.. rows.Select(i => all[i])];
    }

    // The lengths of the peers' rows of rewards, and their three rows of log-probs over and over; the policy in training has moved a
    // little further, so that no ratio lies where a clip begins, where there is no slope to compare.
    private static int[] Lengths => [.. s_peers.GetProperty("advantages").GetProperty("inputs").GetProperty("response_mask")
        .EnumerateArray().Select(row => row.EnumerateArray().Sum(value => value.GetInt32()))];

    private static double[][] LogProbs(string name, Case one)
    {
        if (name == "logp_new" && one.Step is { } step)
            return [.. LogProbs("logp_old", one).Select(row => row.Select(value => value + step).ToArray())];
        double[][] three = Rows(s_peers.GetProperty("policy_losses").GetProperty("inputs").GetProperty(name));
        if (name == "logp_ref")
            return [.. Lengths.Select((length, i) => three[i % 3][..length].Select((value, t) => t == 0 ? value + one.Far : value).ToArray())];
        double by = name == "logp_new" ? 1 : 0;
        return [.. Lengths.Select((length, i) => three[i % 3][..length].Select((value, t) => value + by * (0.01 * (i + 1) + 0.003 * t)).ToArray())];
    }

    // Formula, what it is called in the file, and what it was asked with: rows of 3, 4 and 3 actions.
    public static TheoryData<string, string> Losses => new()
    {
        { "trl", "grpo" }, { "trl", "dapo" }, { "trl", "sapo" }, { "trl", "vespo" }, { "trl", "grpo_beta0.04" },
        { "trl", "dapo_clip_higher_0.28" }, { "trl", "dapo_delta_1.5" }, { "trl", "grpo_sequence_eps_3e-4_4e-4" },
        { "trl", "luspo_sequence" }, { "trl", "cispo_epsilon_high_1.2" }, { "verl", "vanilla_token-mean" },
        { "verl", "vanilla_seq-mean-token-mean" }, { "verl", "gspo" }, { "verl", "sapo" }, { "verl", "geo_mean" },
        { "verl", "cispo_high_4" }, { "easyr1_clip_0.2_0.3_dual_3", "default_token" }, { "easyr1_clip_0.2_0.3_dual_3", "gspo_seq" },
        { "easyr1_clip_0.2_0.3_dual_3", "cispo_seq" }, { "openrlhf", "ppo_token" }, { "openrlhf", "ppo_sample" },
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public void The_formulas_are_what_the_toolkits_recorded(string peer, string name)
    {
        (Term term, Whole whole, double beta) = (peer, name) switch
        {
            (_, "grpo" or "ppo_sample") => (s_plain, RowMean, 0.0),
            (_, "dapo" or "ppo_token") => (s_plain, TokenMean, 0),
            (_, "sapo") => (Gate(1, 1.05), RowMean, 0),
            (_, "vespo") => (Gamma(2, 3, 3, 2), TokenMean, 0),
            (_, "grpo_beta0.04") => (s_plain, RowMean, 0.04),
            (_, "dapo_clip_higher_0.28") => (Held(0.2, 0.28), TokenMean, 0),
            (_, "dapo_delta_1.5") => (Held(0.2, 0.2, delta: 1.5), TokenMean, 0),
            (_, "grpo_sequence_eps_3e-4_4e-4") => (Sequence(3e-4, 4e-4), RowMean, 0),
            (_, "luspo_sequence") => (Sequence(2e-3, 2.5e-3), RowSum, 0),
            (_, "cispo_epsilon_high_1.2") => (Weighted(0, 1.2), TokenMean, 0),
            (_, "vanilla_token-mean") => (Held(0.2, 0.2, 3), TokenMean, 0),
            (_, "vanilla_seq-mean-token-mean") => (Held(0.2, 0.2, 3), RowMean, 0),
            (_, "gspo") => (SequenceToken(3e-4, 4e-4), RowMean, 0),
            (_, "geo_mean") => (Geometric(0.2), RowMean, 0),
            (_, "cispo_high_4") => (Weighted(0.8, 5), TokenMean, 0),
            (_, "default_token") => (Held(0.2, 0.3, 3), TokenMean, 0),
            (_, "gspo_seq") => (Sequence(0.2, 0.3, 3), RowMean, 0),
            (_, "cispo_seq") => (Weighted(0.8, 1.3), RowMean, 0),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
        JsonElement input = s_peers.GetProperty("policy_losses").GetProperty("inputs");
        JsonElement recorded = s_peers.GetProperty("policy_losses").GetProperty(peer).GetProperty(name);
        double[] weights = [.. input.GetProperty("advantages").EnumerateArray().Select(value => value.GetDouble())];
        double[][] now = Cut("logp_new");
        var step = new Numbers(now, now, Cut("logp_old"), Cut("logp_ref"),
            [.. now.Select((row, i) => Enumerable.Repeat(weights[i], row.Length).ToArray())]);

        Assert.Equal(recorded.GetProperty("loss").GetDouble(), Loss(step, term, whole, beta), Recorded);
        // One log-ratio of it is -0.2, where the range of 0.2 begins.
        if (name == "geo_mean")
            return;
        double[][] slope = Slope(step, term, whole, beta), theirs = Rows(recorded.GetProperty("grad_logp_new"));
        Assert.All(slope.SelectMany((row, i) => row.Select((value, t) => (value, theirs[i][t]))),
            pair => Assert.Equal(pair.Item2, pair.value, 1e-6));

        double[][] Cut(string of) => [.. Rows(input.GetProperty(of)).Select((row, i) => row[..(i == 1 ? 4 : 3)])];
    }

    public static TheoryData<string> Recorders =>
        ["verl_grpo", "verl_grpo_no_std(Dr.GRPO)", "verl_rloo", "verl_opo", "verl_gpg", "verl_reinforce_plus_plus_baseline",
            "verl_reinforce_plus_plus_gamma1.0", "easyr1_grpo", "easyr1_rloo"];

    [Theory]
    [MemberData(nameof(Recorders))]
    public void The_advantages_are_what_the_toolkits_recorded(string name)
    {
        PeerAdvantage formula = name switch
        {
            "verl_grpo" or "easyr1_grpo" => PerGroup(1e-6),
            "verl_grpo_no_std(Dr.GRPO)" => Unscaled,
            "verl_rloo" or "easyr1_rloo" => LeaveOneOut,
            "verl_opo" => Opo,
            "verl_gpg" => Gpg,
            "verl_reinforce_plus_plus_baseline" => WhitenedDifferences,
            _ => Whitened,
        };
        JsonElement vectors = s_peers.GetProperty("advantages"), recorded = vectors.GetProperty(name);
        double[][] rows = Rows(recorded.ValueKind == JsonValueKind.Object ? recorded.GetProperty("advantages") : recorded);
        double[] rewards = [.. vectors.GetProperty("inputs").GetProperty("rewards").EnumerateArray().Select(value => value.GetDouble())];

        double[][] ours = formula([.. rewards.Chunk(4)], Lengths);
        foreach ((double[] row, double[] theirs) in ours.Zip(rows))
            Assert.All(row.Zip(theirs), pair => Assert.Equal(pair.Second, pair.First, Recorded));
    }

    // The case that TRL and ms-swift differ in: a row that no function could score. Two rewards of weights 1 and 0.5.
    [Theory]
    [InlineData("trl-grpo", "trl_advantages", false)]
    [InlineData("trl-dapo", "trl_advantages", false)]
    [InlineData("ms-swift", "ms_swift_advantages", true)]
    public void What_no_reward_could_score_counts_as_it_does_there(string preset, string peer, bool zero)
    {
        JsonElement @case = s_peers.GetProperty(peer).EnumerateArray().First(one => one.GetProperty("case").GetString() == "with_None"
            && one.GetProperty("scale_rewards").GetString() == "group" && one.GetProperty("weights")[1].GetDouble() == 0.5
            && (!one.TryGetProperty("aggregation", out JsonElement way) || way.GetString() == "sum_then_normalize"));
        Prompt[] prompts = [new("a", "", [1], null, []), new("b", "", [1], null, [])];
        var batch = new Batch(@case.GetProperty("rewards_per_func").EnumerateArray().Select((row, i) => new Sample(
            TablePolicy.Rollout(prompts[i / 4], i, [-1]), row.EnumerateArray().Index().Aggregate(TotalScore.None, (total, one) =>
                one.Item.ValueKind == JsonValueKind.Null ? total.PlusUnscored($"{one.Index}", one.Index == 0 ? 1 : 0.5, "none")
                    : total.Plus(new ScorePart($"{one.Index}", one.Index == 0 ? 1 : 0.5, new Score(one.Item.GetDouble(), "")))))));

        Batch found = KlReward.Estimate(batch, PresetRunOptions.Of(preset));

        double[] theirs = [.. @case.GetProperty("advantages").EnumerateArray().Select(value => value.GetDouble())];
        Assert.Equal(zero, theirs[2] != 0);
        Assert.All(found.Zip(theirs), pair => Assert.Equal(pair.Second, pair.First.Advantage.Mean, Tolerance));
    }

    private static double[][] Rows(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(value => value.GetDouble()).ToArray())];

    private sealed record Case(PeerAdvantage Advantage, Term Term, Whole Whole)
    {
        /// <summary>Of k3 in the loss, held at a bound.</summary>
        public double Beta { get; init; }

        public double Bound { get; init; } = double.PositiveInfinity;

        /// <summary>Of k1 in the reward, the sum over a completion.</summary>
        public double InReward { get; init; }

        /// <summary>What greedy answers earned.</summary>
        public double[]? Baselines { get; init; }

        /// <summary>Groups without spread, and those whose mean is outside, are no part of the step.</summary>
        public (double Low, double High)? Filters { get; init; }

        /// <summary>Rows of advantage 0 are no part of the step.</summary>
        public bool LeavesOut { get; init; }

        /// <summary>Standardised once more over the batch, with this added.</summary>
        public double Twice { get; init; }

        /// <summary>How much further off the reference is for the first action of each row, in nats.</summary>
        public double Far { get; init; }

        /// <summary>How far the policy has moved in every action, in nats; null for as far as the recorded one.</summary>
        public double? Step { get; init; }
    }
}
