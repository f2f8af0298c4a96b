using Vlm;
using Vlm.Rewards.Learned;

namespace Learned.Tests.RewardModels;

/// <summary>Strength of preferences, and what is done with doubtful labels.</summary>
public class PreferenceStrengthTests
{
    [Fact]
    public void Mean_and_deviation_of_an_ensemble()
    {
        var strength = PreferenceStrength.Of([0.5, -0.1, 0.3, 0.2, -0.4, 0.6, 0.1, 0, 0.2, 0.1]);

        Assert.Equal(0.15, strength.Mean, 1e-12);
        Assert.Equal(0.272947, strength.Std, 1e-6);
    }

    // Strengths -2 -1 -0.5 0.1 0.2 1 2 3 4 5: at most 20 % flip (two), 20 % of those after them are softened.
    [Fact]
    public void The_weakest_are_flipped_the_next_softened_the_rest_kept()
    {
        PreferenceStrength[] strengths = [.. new[] { 5, -1, 0.1, 4, -2, -0.5, 3, 0.2, 2, 1 }.Select(mean => new PreferenceStrength(mean, 1))];

        IReadOnlyList<CleanedPair> cleaned = new PairCleaning(AdaptiveMargin: true).Clean(strengths);

        Assert.Equal([1, 4], Where(cleaned, PairTreatment.Flip));
        Assert.Equal([2, 5], Where(cleaned, PairTreatment.Soften));
        Assert.Equal([5, 1, 0.1, 4, 2, 0, 3, 0.2, 2, 1], cleaned.Select(pair => pair.Margin));
        Assert.Equal([0, 0, 0.1, 0, 0, 0.1, 0, 0, 0, 0], cleaned.Select(pair => pair.Smoothing));
    }

    [Fact]
    public void What_the_ensemble_prefers_as_labelled_is_never_flipped()
    {
        PreferenceStrength[] strengths = [new(0.5, 1), new(0.1, 1), new(3, 1), new(0.2, 1)];

        Assert.Empty(Where(new PairCleaning(FlipShare: 0.5).Clean(strengths), PairTreatment.Flip));
    }

    // 20 % of 1,000 labels swapped, an ensemble whose models see the truth through noise of its own size.
    [Fact]
    public void An_ensemble_that_knows_finds_over_nine_of_ten_swapped_labels()
    {
        var random = new RandomStream(7, "oracle");
        bool[] swapped = [.. Enumerable.Range(0, 1000).Select(i => i % 5 == 0)];
        PreferenceStrength[] strengths = [.. swapped.Select(wrong => PreferenceStrength.Of(
            [.. Enumerable.Range(0, 10).Select(_ => (wrong ? -1 : 1) + (2 * (random.NextDouble() + random.NextDouble() - 1)))]))];

        IReadOnlyList<CleanedPair> cleaned = new PairCleaning().Clean(strengths);

        int found = Where(cleaned, PairTreatment.Flip).Count(i => swapped[i]);
        Assert.InRange(found, 181, 200);
    }

    private static int[] Where(IReadOnlyList<CleanedPair> pairs, PairTreatment treatment) =>
        [.. Enumerable.Range(0, pairs.Count).Where(i => pairs[i].Treatment == treatment)];
}
