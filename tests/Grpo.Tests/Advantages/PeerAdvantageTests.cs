using System.Text.Json;
using Vlm.Rewards;
using Vlm.Testing;

namespace Vlm.Grpo.Tests.Advantages;

/// <summary>The same inputs as other toolkits, the same numbers, to the nine digits that were recorded.</summary>
public class PeerAdvantageTests
{
    private const double Recorded = 1e-8;
    private static readonly Lazy<JsonElement> s_vectors = new(() =>
        JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json"))).RootElement
            .GetProperty("rl"));

    [Fact]
    public void Every_case_of_TRL_that_sums_before_it_normalises_is_reproduced()
    {
        int cases = 0;
        foreach (JsonElement @case in s_vectors.Value.GetProperty("trl_advantages").EnumerateArray())
        {
            if (@case.GetProperty("aggregation").GetString() != "sum_then_normalize")
                continue;

            cases++;
            Compare(@case, Compute(@case));
        }

        Assert.Equal(8, cases);
    }

    // TRL leaves a function that could not score a row out of it; here such a row is not scored as a whole.
    [Fact]
    public void The_cases_of_TRL_that_normalise_before_they_sum_and_in_which_everything_is_scored_are_reproduced()
    {
        int cases = 0;
        foreach (JsonElement @case in s_vectors.Value.GetProperty("trl_advantages").EnumerateArray())
        {
            if (@case.GetProperty("aggregation").GetString() != "normalize_then_sum" || @case.GetProperty("case").GetString() != "two_rewards")
                continue;

            cases++;
            Compare(@case, Apart(@case));
        }

        Assert.Equal(2, cases);
    }

    // A row that no reward could score is a reward of 0 in ms-swift, so only the case without such rows is ours too.
    [Fact]
    public void The_cases_of_ms_swift_in_which_everything_is_scored_are_reproduced()
    {
        int cases = 0;
        foreach (JsonElement @case in s_vectors.Value.GetProperty("ms_swift_advantages").EnumerateArray())
        {
            if (@case.GetProperty("case").GetString() != "two_rewards" || Word(@case, "scale_rewards") == "gdpo")
                continue;

            cases++;
            Compare(@case, Compute(@case));
        }

        Assert.Equal(3, cases);
    }

    [Theory]
    [InlineData("verl_grpo", AdvantageScale.Group, AdvantageBaseline.GroupMean)]
    [InlineData("verl_grpo_no_std(Dr.GRPO)", AdvantageScale.None, AdvantageBaseline.GroupMean)]
    [InlineData("verl_rloo", AdvantageScale.None, AdvantageBaseline.LeaveOneOut)]
    [InlineData("easyr1_grpo", AdvantageScale.Group, AdvantageBaseline.GroupMean)]
    public void The_estimators_of_verl_and_EasyR1_are_reproduced(
        string estimator, AdvantageScale scale, AdvantageBaseline baseline)
    {
        JsonElement vectors = s_vectors.Value.GetProperty("advantages");
        double[] rewards = Numbers(vectors.GetProperty("inputs").GetProperty("rewards"));
        double[] expected = [.. vectors.GetProperty(estimator).EnumerateArray().Select(row => row[0].GetDouble())];

        Close(expected, Updates.Advantages(rewards, 4, new(scale, baseline, Epsilon: 1e-6)));
    }

    private static double[] Compute(JsonElement @case)
    {
        double[] weights = Numbers(@case.GetProperty("weights"));
        double[] rewards =
        [
            .. @case.GetProperty("rewards_per_func").EnumerateArray()
                .Select(row => Weighted(Numbers(row), weights)),
        ];
        var options = new AdvantageOptions(
            Enum.Parse<AdvantageScale>(Word(@case, "scale_rewards")!, ignoreCase: true),
            Word(@case, "estimator") == "rloo" ? AdvantageBaseline.LeaveOneOut : AdvantageBaseline.GroupMean);
        return Updates.Advantages(rewards, @case.GetProperty("num_generations").GetInt32(), options);
    }

    private static double[] Apart(JsonElement @case)
    {
        double[] weights = Numbers(@case.GetProperty("weights"));
        Prompt[] prompts = [new("a", "", [1], null, []), new("b", "", [1], null, [])];
        Sample[] samples = [.. @case.GetProperty("rewards_per_func").EnumerateArray().Select((row, i) => new Sample(
            new Rollout(prompts[i / 4], i % 4, [2], [2], [-1f], "", StopReason.EndOfSequence),
            TotalScore.Of([.. Numbers(row).Select((value, k) => new ScorePart($"{k}", weights[k], new(value, "")))])))];
        var options = new AdvantageOptions(Enum.Parse<AdvantageScale>(Word(@case, "scale_rewards")!, ignoreCase: true))
        {
            Aggregation = RewardAggregation.NormalizeThenSum,
        };
        return [.. GroupAdvantage.Estimate(new Batch(samples), options).Select(sample => sample.Advantage.Mean)];
    }

    // What TRL adds: a function that could not score is left out, and NaN is where none could.
    private static double Weighted(double[] rewards, double[] weights) => rewards.All(double.IsNaN)
        ? double.NaN : rewards.Zip(weights).Where(pair => !double.IsNaN(pair.First)).Sum(pair => pair.First * pair.Second);

    private static void Compare(JsonElement @case, double[] actual) =>
        Close(Numbers(@case.GetProperty("advantages")), actual);

    private static void Close(double[] expected, double[] actual)
    {
        Assert.Equal(8, expected.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Recorded));
    }

    private static string? Word(JsonElement @case, string name) =>
        @case.TryGetProperty(name, out JsonElement word) ? word.GetString() : null;

    private static double[] Numbers(JsonElement list) =>
        [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Null ? double.NaN : item.GetDouble())];
}
