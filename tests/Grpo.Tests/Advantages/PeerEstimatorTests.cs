using System.Text.Json;
using Vlm.Rewards;
using Vlm.Testing;

namespace Vlm.Grpo.Tests.Advantages;

/// <summary>Every advantage that other toolkits recorded, through scores, batches and options.</summary>
public class PeerEstimatorTests
{
    private const double Recorded = 1e-8;
    private static readonly Lazy<JsonElement> s_vectors = new(() =>
        JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json"))).RootElement.GetProperty("rl"));

    // A function that could not score is left out of a row; a row that none could score is in no mean.
    [Fact]
    public void Every_case_of_TRL_is_reproduced()
    {
        int cases = 0;
        foreach (JsonElement @case in s_vectors.Value.GetProperty("trl_advantages").EnumerateArray())
        {
            cases++;
            Compare(@case, new(Scale(@case))
            {
                Aggregation = Word(@case, "aggregation") == "normalize_then_sum"
                    ? RewardAggregation.NormalizeThenSum : RewardAggregation.SumThenNormalize,
                Unscored = UnscoredRewards.Partial,
            });
        }

        Assert.Equal(11, cases);
    }

    // A row that no reward could score is a reward of 0 in ms-swift; its GDPO adds 1e-8, all others 1e-4.
    [Fact]
    public void Every_case_of_ms_swift_is_reproduced()
    {
        int cases = 0;
        foreach (JsonElement @case in s_vectors.Value.GetProperty("ms_swift_advantages").EnumerateArray())
        {
            cases++;
            bool apart = Word(@case, "scale_rewards") == "gdpo";
            Compare(@case, new(apart ? AdvantageScale.Group : Scale(@case), Baseline(@case), apart ? 1e-8 : 1e-4)
            {
                Aggregation = apart ? RewardAggregation.NormalizeThenSum : RewardAggregation.SumThenNormalize,
                Unscored = UnscoredRewards.Zero,
            });
        }

        Assert.Equal(8, cases);
    }

    // ms-swift pushes the third row, which nothing could score, down by -0.998, as if it were wrong.
    [Fact]
    public void What_no_reward_could_score_is_not_pushed_down_unless_asked_for()
    {
        JsonElement @case = s_vectors.Value.GetProperty("ms_swift_advantages").EnumerateArray().First(one =>
            Word(one, "case") == "with_None" && Word(one, "scale_rewards") == "group");

        Assert.Equal(-0.998480395, Estimated(@case, new() { Unscored = UnscoredRewards.Zero })[2], Recorded);
        Assert.Equal(0, Estimated(@case, new() { Unscored = UnscoredRewards.Partial })[2]);
        Assert.Equal(0, Estimated(@case, new())[2]);
    }

    // verl takes the reward of a group of one for its advantage. EasyR1 refuses such a group, and so is it here.
    [Fact]
    public void A_group_of_one_is_refused_by_every_estimator_that_compares()
    {
        JsonElement vectors = s_vectors.Value.GetProperty("singleton_group");
        Assert.Equal(3, vectors.GetProperty("verl_grpo_singleton")[0][0].GetDouble(), 1e-4);
        Assert.StartsWith("RAISES", vectors.GetProperty("easyr1_grpo_singleton").GetString());

        AdvantageEstimator[] compare = [.. AdvantageEstimator.Table.Where(row => row.NeedsGroup)];
        Assert.True(compare.Length >= 12);
        foreach (AdvantageEstimator estimator in compare)
            Assert.Contains("a group of 1 has nothing to compare with",
                Assert.Throws<ArgumentException>(() => GroupAdvantage.Compute([[3]], new() { Estimator = estimator.Name })).Message);
    }

    [Theory]
    [InlineData("verl_grpo", AdvantageEstimator.Grpo)]
    [InlineData("verl_grpo_no_std(Dr.GRPO)", AdvantageEstimator.DrGrpo)]
    [InlineData("verl_rloo", AdvantageEstimator.Rloo)]
    [InlineData("verl_opo", AdvantageEstimator.Opo)]
    [InlineData("verl_gpg", AdvantageEstimator.Gpg)]
    [InlineData("verl_grpo_passk", AdvantageEstimator.PassAtK)]
    [InlineData("verl_reinforce_plus_plus_baseline", AdvantageEstimator.ReinforcePpBaseline)]
    [InlineData("verl_reinforce_plus_plus_baseline", AdvantageEstimator.DrGrpo, true)]
    [InlineData("verl_gdpo_single_reward", AdvantageEstimator.Grpo, true)]
    [InlineData("verl_remax", AdvantageEstimator.Remax)]
    [InlineData("verl_reinforce_plus_plus_gamma1.0", AdvantageEstimator.ReinforcePp)]
    [InlineData("verl_reinforce_plus_plus_gamma0.5", AdvantageEstimator.ReinforcePp, false, 0.5)]
    [InlineData("easyr1_grpo", AdvantageEstimator.Grpo)]
    [InlineData("easyr1_rloo", AdvantageEstimator.Rloo)]
    public void The_estimators_of_verl_and_EasyR1_are_reproduced(string name, string estimator, bool whiten = false, double gamma = 1)
    {
        JsonElement vectors = s_vectors.Value.GetProperty("advantages"), expected = vectors.GetProperty(name);
        double[][] masks = Rows(vectors.GetProperty("inputs").GetProperty("response_mask"));
        double[] rewards = Numbers(vectors.GetProperty("inputs").GetProperty("rewards"));
        Prompt[] prompts = [new("a", "", [1], null, []), new("b", "", [1], null, [])];
        var batch = new Batch(rewards.Select((reward, i) => new Sample(Rollout(prompts[i / 4], (int)masks[i].Sum()), new(reward, []))
        {
            Baseline = name == "verl_remax" ? expected.GetProperty("baselines")[i].GetDouble() : null,
        }));

        batch = GroupAdvantage.Estimate(batch, new(Epsilon: 1e-6) { Estimator = estimator, Gamma = gamma, WhitenTokens = whiten });

        double[][] rows = Rows(expected.ValueKind == JsonValueKind.Object ? expected.GetProperty("advantages") : expected);
        for (int i = 0; i < 8; i++)
            for (int t = 0; t < 4; t++)
                Assert.Equal(rows[i][t], masks[i][t] == 0 ? 0 : batch[i].Advantage[t], Recorded);
    }

    // EasyR1 subtracts a row of 8 baselines from columns of 4 tokens, and asks one truth of 8 marks in its GAE.
    [Fact]
    public void Lengths_that_make_EasyR1_raise_are_lengths_like_others()
    {
        JsonElement vectors = s_vectors.Value.GetProperty("advantages");
        Assert.StartsWith("RAISES", vectors.GetProperty("easyr1_remax(bs=8,len=4)").GetString());
        Assert.StartsWith("RAISES", vectors.GetProperty("easyr1_gae(bs=8)").GetString());
        var input = new AdvantageInput([[1, 0], [2]]) { Actions = [[4, 1], [2]], Baselines = [[0.25, 0.25], [0.5]] };

        Advantage[][] found = GroupAdvantage.Compute(input, new() { Estimator = AdvantageEstimator.Remax });

        Assert.Equal([0.75, -0.25, 1.5], found.SelectMany(group => group).Select(one => one[0]));
    }

    // ms-swift's REINFORCE++: differences 0.625 -0.375 0.125 -0.375 and four of 0, squares 0.6875, over 7.
    [Fact]
    public void The_other_meaning_of_REINFORCE_plus_plus_divides_by_the_deviation_of_the_differences()
    {
        double[][] found = GroupAdvantage.Compute(
            [[1, 0, 0.5, 0], [2, 2, 2, 2]], new(Epsilon: 1e-4) { Estimator = AdvantageEstimator.ReinforcePpBatchStd });
        double divisor = Math.Sqrt(0.6875 / 7) + 1e-4;

        Close([0.625 / divisor, -0.375 / divisor, 0.125 / divisor, -0.375 / divisor, 0, 0, 0, 0], [.. found.SelectMany(group => group)]);
    }

    private static void Compare(JsonElement @case, AdvantageOptions options) =>
        Close(Numbers(@case.GetProperty("advantages")), Estimated(@case, options));

    private static double[] Estimated(JsonElement @case, AdvantageOptions options)
    {
        double[] weights = Numbers(@case.GetProperty("weights"));
        int size = @case.GetProperty("num_generations").GetInt32();
        Prompt[] prompts = [new("a", "", [1], null, []), new("b", "", [1], null, [])];
        Sample[] samples = [.. @case.GetProperty("rewards_per_func").EnumerateArray()
            .Select((row, i) => new Sample(Rollout(prompts[i / size], 1), Total(Numbers(row), weights)))];
        return [.. GroupAdvantage.Estimate(new Batch(samples), options).Select(sample => sample.Advantage.Mean)];
    }

    private static TotalScore Total(double[] rewards, double[] weights) => rewards.Zip(weights).Index().Aggregate(TotalScore.None,
        (total, one) => double.IsNaN(one.Item.First) ? total.PlusUnscored($"{one.Index}", one.Item.Second, "none")
            : total.Plus(new($"{one.Index}", one.Item.Second, new(one.Item.First, ""))));

    private static Rollout Rollout(Prompt prompt, int actions) => new(
        prompt, 0, new int[actions], new int[actions], new float[actions], "", StopReason.EndOfSequence);

    private static void Close(double[] expected, double[] actual)
    {
        Assert.Equal(8, expected.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Recorded));
    }

    private static AdvantageScale Scale(JsonElement @case) => Enum.Parse<AdvantageScale>(Word(@case, "scale_rewards")!, ignoreCase: true);

    private static AdvantageBaseline Baseline(JsonElement @case) =>
        Word(@case, "estimator") == "rloo" ? AdvantageBaseline.LeaveOneOut : AdvantageBaseline.GroupMean;

    private static string? Word(JsonElement @case, string name) =>
        @case.TryGetProperty(name, out JsonElement word) ? word.GetString() : null;

    private static double[][] Rows(JsonElement rows) => [.. rows.EnumerateArray().Select(Numbers)];

    private static double[] Numbers(JsonElement list) =>
        [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Null ? double.NaN : item.GetDouble())];
}
