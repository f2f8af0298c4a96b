using System.Text.Json;
using TorchSharp;
using Vlm.Testing;

namespace Vlm.Grpo.Tests.Losses;

/// <summary>Weights of rollouts that another engine sampled: TRL's, verl's, ms-swift's.</summary>
public sealed class ImportanceTests
{
    private static readonly JsonElement s_vectors = JsonDocument.Parse(File.ReadAllText(Fixtures.PathOf("vectors", "peers.json")))
        .RootElement.GetProperty("rl").GetProperty("trl_rollout_importance_ratio");

    [Fact]
    public void Every_case_of_TRL_is_reproduced()
    {
        JsonElement input = s_vectors.GetProperty("inputs");
        int[] lengths = [.. Rows(input.GetProperty("mask")).Select(row => (int)row.Sum())];
        int cases = 0;
        foreach (JsonElement one in s_vectors.GetProperty("cases").EnumerateArray())
        {
            var options = new CorrectionOptions
            {
                SamplerCorrection = Enum.Parse<SamplerCorrection>(one.GetProperty("mode").GetString()!.Replace("_", ""), ignoreCase: true),
                CorrectionMin = one.GetProperty("clip_min") is { ValueKind: JsonValueKind.Number } least ? least.GetDouble() : 0,
                CorrectionMax = one.GetProperty("clip_max").GetDouble(),
            };
            double[][] ours = ImportanceWeights.Of(Cut("old_logps"), Cut("sampling_logps"), options);
            double[][] theirs = Rows(one.GetProperty("ratio"));
            for (int i = 0; i < 3; i++)
                for (int t = 0; t < lengths[i]; t++)
                    Assert.Equal(theirs[i][theirs[i].Length == 1 ? 0 : t], ours[i][t], 1e-6);
            cases++;
        }

        Assert.Equal(6, cases);

        float[][] Cut(string name) =>
            [.. Rows(input.GetProperty(name)).Select((row, i) => row[..lengths[i]].Select(value => (float)value).ToArray())];
    }

    // verl's own test: raw weights 0.4, 0.8 and 6 within 0.5 and 5 become 0, 0.8, 0; of three equal ones one counts.
    [Fact]
    public void Masked_weights_and_what_they_are_worth_are_verl_s()
    {
        float[] gaps = [MathF.Log(0.4f), MathF.Log(0.8f), MathF.Log(6)];
        var options = new CorrectionOptions { SamplerCorrection = SamplerCorrection.TokenMask, CorrectionMin = 0.5, CorrectionMax = 5 };
        double[][] weights = ImportanceWeights.Of([gaps], [new float[3]], options);
        StepStats stats = ImportanceMetrics.Of([gaps], [new float[3]], weights, options);

        Assert.Equal([0, 0.8, 0], weights[0].Select(weight => Math.Round(weight, 6)));
        Assert.Equal(1 / 3.0, stats[$"{Metric.Importance}/ess"], 1e-6);
        Assert.Equal(0.3771236, stats[$"{Metric.Importance}/std"], 1e-6);
        Assert.Equal(2 / 3.0, stats[$"{Metric.Importance}/held"], 1e-6);
        // (0.16 + 0.64 + 36) / 3 - 1; of the completion (0.4 * 0.8 * 6)^2 - 1, of its geometric mean that to the power 2/3.
        Assert.Equal(36.8 / 3 - 1, stats[$"{Metric.Importance}/chi2_token"], 1e-4);
        Assert.Equal(1.92 * 1.92 - 1, stats[$"{Metric.Importance}/chi2_sequence"], 1e-5);
        Assert.Equal(Math.Pow(1.92, 2 / 3.0) - 1, stats[$"{Metric.Importance}/chi2_geometric"], 1e-5);
        Assert.Equal(-Math.Log(1.92) / 3, stats[$"{Metric.Importance}/kl"], 1e-6);
    }

    // Two completions of gaps ln 4, 0 and ln 0.5: products 4 and 0.5, geometric means 2 and 0.5.
    [Theory]
    [InlineData(SamplerCorrection.SequenceTruncate, 3, false, 3, 0.5)]
    [InlineData(SamplerCorrection.SequenceMask, 3, false, 0, 0.5)]
    [InlineData(SamplerCorrection.GeometricTruncate, 3, false, 2, 0.5)]
    [InlineData(SamplerCorrection.GeometricTruncate, 1.5, false, 1.5, 0.5)]
    [InlineData(SamplerCorrection.GeometricMask, 1.5, false, 0, 0.5)]
    [InlineData(SamplerCorrection.GeometricMask, 3, true, 1.6, 0.4)]
    [InlineData(SamplerCorrection.None, 3, false, 1, 1)]
    public void A_completion_has_the_product_or_the_geometric_mean(
        SamplerCorrection kind, double most, bool normalize, double first, double second)
    {
        var options = new CorrectionOptions { SamplerCorrection = kind, CorrectionMax = most, CorrectionNormalize = normalize };
        double[][] found = ImportanceWeights.Of([[MathF.Log(4), 0], [MathF.Log(0.5f)]], [[0, 0], [0]], options);
        Assert.Equal([2, 1], found.Select(row => row.Length));
        Assert.Equal(first, found[0][0], 1e-6);
        Assert.Equal(first, found[0][1], 1e-6);
        Assert.Equal(second, found[1][0], 1e-6);
    }

    // Normalised over tokens: weights 4, 1 and 0.5 with mean 5.5 / 3.
    [Fact]
    public void Weights_of_tokens_are_normalised_over_tokens()
    {
        var options = new CorrectionOptions
        {
            SamplerCorrection = SamplerCorrection.TokenTruncate,
            CorrectionMax = 9,
            CorrectionNormalize = true,
        };
        double[][] found = ImportanceWeights.Of([[MathF.Log(4), 0], [MathF.Log(0.5f)], []], [[0, 0], [0], []], options);
        Assert.Equal([4 * 3 / 5.5, 3 / 5.5, 0.5 * 3 / 5.5], found.SelectMany(row => row), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Rows_that_differ_are_refused() => Assert.Throws<ArgumentException>(
        () => ImportanceWeights.Of([[0, 0]], [[0]], new() { SamplerCorrection = SamplerCorrection.TokenMask }));

    // TRL's four-token example of the high-entropy mask: above the median of 0.1, 0.2, 0.9, 0.5, 0.3, 0.8: 0.4.
    [Fact]
    public void Tokens_of_high_entropy_are_those_above_the_quantile_of_the_step()
    {
        Assert.Equal([[0f, 0, 1], [1, 0, 1]], HighEntropy.Keep([[0.1f, 0.2f, 0.9f], [0.5f, 0.3f, 0.8f]], 0.5));
        Assert.Equal([[1f, 1, 1], [], [1]], HighEntropy.Keep([[0.1f, 0.2f, 0.9f], [], [0.5f]], 1));
        Assert.Equal([[1f, 1]], HighEntropy.Keep([[0.3f, 0.3f]], 0.2));
    }

    // Target 0.2: paid after a step at or below it, and not after one above or before the first.
    [Fact]
    public void An_adaptive_bonus_moves_by_delta_and_is_paid_below_its_target()
    {
        var chosen = new RegularizerOptions { EntropyTarget = 0.2, EntropyBonus = 0.01, EntropyMax = 0.016 };
        var options = new GrpoOptions { Regularizer = chosen };
        ObjectiveState state = ObjectiveState.Start(options);
        var paid = new List<double>();
        foreach (double entropy in (double[])[0.3, 0.2, 0.1, 0.05, 0.5])
        {
            paid.Add(Math.Round(state.Of(options).Regularizer.EntropyBonus, 6));
            state = state.After(StepStats.Of((Metric.Entropy, entropy, 1)), 8, options);
        }

        Assert.Equal([0, 0, 0.01, 0.015, 0.016], paid);
        Assert.Equal(0.011, state.EntropyBonus, 1e-12);
        Assert.Equal(options.Beta, state.Of(options).Beta);
    }

    // The reading is by covariance over all three rows: A - mean A times log p - mean log p.
    [Fact]
    public void Tokens_are_picked_by_covariance_over_the_whole_step()
    {
        // log p: mean -2; advantages: mean 0.
        float[][] logProbs = [[-1, -3], [-4, 0]], advantages = [[2, 2], [-2, -2]];
        double[][] covariance = Covariance.Of(logProbs, advantages);
        Assert.Equal([[2.0, -2], [4, -4]], covariance);
        Assert.Equal([[0f, 0], [1, 0]], Covariance.Highest(covariance, 0.3));
        Assert.Equal([[1f, 0], [1, 0]], Covariance.Highest(covariance, 0.5));
        bool[][] none = [[false, false], [false, false]], first = [[true, false], [false, false]];
        Assert.Equal([[1f, 0], [0, 0]], Covariance.Between(covariance, none, 0.3, 1, 3, new RandomStream(1, "test")));
        Assert.Equal([[0f, 0], [0, 0]], Covariance.Between(covariance, first, 0.3, 1, 3, new RandomStream(1, "test")));
        string[] drawn = [.. Enumerable.Range(0, 32).Select(i => string.Concat(
            Covariance.Between(covariance, none, 0.3, -9, 9, new RandomStream(1, "test", i)).SelectMany(row => row))).Distinct()];
        Assert.Equal(4, drawn.Length);
    }

    // Completion of log-ratios 0.3 with A < 0, sampled 0.3 nats away on average: kept above that threshold only.
    [Theory]
    [InlineData(0.2, -1, 0)]
    [InlineData(0.4, -1, 1)]
    [InlineData(0.2, 1, 1)]
    public void A_bad_completion_far_from_its_sampler_is_left_out(double threshold, double advantage, double kept)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor now = torch.tensor(new[] { -1.5, -1.1, -9 }).reshape(1, 3), mask = torch.tensor(new[] { 1.0, 1, 0 }).reshape(1, 3);
        torch.Tensor found = OffPolicyMask.Of(
            now, torch.full(1, 3, -1.0, torch.ScalarType.Float64), torch.tensor(advantage).reshape(1, 1), mask, threshold);
        Assert.Equal(kept, found.item<double>());
    }

    private static double[][] Rows(JsonElement rows) =>
        [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(x => x.GetDouble()).ToArray())];
}
