namespace Vlm.Rewards.Tests;

public class StatisticsTests
{
    // Newcombe 1998, https://doi.org/10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3.
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    [InlineData(29, 29, 0.8830, 1)]
    public void Wilsons_interval_is_the_published_one(int right, int count, double low, double high)
    {
        Interval interval = Interval.Wilson(right, count);

        Assert.Equal((double)right / count, interval.Mean, 1e-12);
        Assert.Equal(low, interval.Low, 5e-5);
        Assert.Equal(high, interval.High, 5e-5);
    }

    [Fact]
    public void A_share_lies_within_its_interval_at_the_ends_too()
    {
        for (int count = 1; count <= 300; count++)
            foreach (int right in (int[])[0, 1, count / 2, count - 1, count])
            {
                Interval interval = Interval.Wilson(right, count);
                Assert.True(interval.Low >= 0 && interval.Low <= interval.Mean && interval.Mean <= interval.High && interval.High <= 1, $"{right} of {count}");
            }
    }

    // The bootstrap's means vary as sqrt(p (1 - p) / n): for 100 answers, half of them right, 0.05, and 1.96 times that is 0.098.
    [Fact]
    public void The_bootstrap_of_a_mean_is_as_wide_as_the_normal_interval_and_follows_its_seed()
    {
        double[] values = [.. Enumerable.Range(0, 100).Select(i => i % 2.0)];
        Interval interval = Interval.Bootstrap(values, seed: 3, resamples: 20_000);

        Assert.Equal(0.5, interval.Mean, 1e-12);
        Assert.Equal(0.5 - 0.098, interval.Low, 0.006);
        Assert.Equal(0.5 + 0.098, interval.High, 0.006);
        Assert.Equal(interval, Interval.Bootstrap(values, seed: 3, resamples: 20_000));
        double[] graded = [.. Enumerable.Range(0, 100).Select(i => Math.Sqrt(i))];
        Assert.NotEqual(Interval.Bootstrap(graded, seed: 3), Interval.Bootstrap(graded, seed: 4));
        Assert.Equal(new Interval(0.25, 0.25, 0.25), Interval.Bootstrap([0.25, 0.25]));
        Assert.Throws<ArgumentException>(() => Interval.Bootstrap([]));
    }

    // 2 x sum of C(n, i) / 2^n up to the smaller count: 1 + 10 of 1024, twice; of equal counts 1.
    [Theory]
    [InlineData(9, 1, 22.0 / 1024)]
    [InlineData(1, 9, 22.0 / 1024)]
    [InlineData(0, 5, 2.0 / 32)]
    [InlineData(6, 6, 1)]
    [InlineData(0, 0, 1)]
    public void McNemars_test_is_exact(int onlyFirst, int onlySecond, double p) =>
        Assert.Equal(p, McNemar.Of(onlyFirst, onlySecond).PValue, 1e-12);

    // 1,200 of 2,300: z with continuity correction is (1200 - 1100 - 1) / sqrt(2300) = 2.0643, two-sided 0.03899.
    [Fact]
    public void McNemars_test_of_many_pairs_is_near_the_normal_one() =>
        Assert.Equal(0.03899, McNemar.Of(1200, 1100).PValue, 1e-4);

    [Fact]
    public void McNemars_test_counts_only_what_differs()
    {
        McNemar test = McNemar.Of([true, true, false, false, true], [true, false, true, false, false]);

        Assert.Equal((2, 1, 1), (test.OnlyFirst, test.OnlySecond, test.PValue));
        Assert.Throws<ArgumentException>(() => McNemar.Of([true], [true, false]));
    }

    [Fact]
    public void A_paired_difference_is_found_where_unpaired_scores_would_hide_it()
    {
        double[] first = [.. Enumerable.Range(0, 200).Select(i => i / 200.0)];
        double[] second = [.. first.Select((score, i) => score + 0.01 + (0.01 * (i % 2)))];
        PairedDifference better = PairedDifference.Of(first, second), worse = PairedDifference.Of(second, first);
        PairedDifference none = PairedDifference.Of(first, first);

        Assert.Equal(0.015, better.Difference.Mean, 1e-12);
        Assert.InRange(better.Difference.Low, 0.0142, 0.01499);
        Assert.InRange(better.Difference.High, 0.01501, 0.0158);
        Assert.Equal(2.0 / 2001, better.PValue, 1e-12);
        Assert.Equal((0.0, 1.0), (none.Difference.Mean, none.PValue));
        Assert.Equal(-better.Difference.Mean, worse.Difference.Mean, 1e-12);
        Assert.Equal(better.PValue, worse.PValue);
        Assert.Equal(better, PairedDifference.Of(first, second));
    }

    // 3 of 10 right: one try 0.3; two 1 - 7 x 6 / (10 x 9) = 0.5333; eight must meet one, for only seven are wrong.
    [Theory]
    [InlineData(3, 10, 1, 0.3)]
    [InlineData(3, 10, 2, 1 - (42.0 / 90))]
    [InlineData(3, 10, 8, 1)]
    [InlineData(0, 10, 5, 0)]
    [InlineData(10, 10, 1, 1)]
    [InlineData(1, 200, 100, 0.5)]
    public void Pass_at_k_is_the_unbiased_estimate(int right, int samples, int k, double wanted) =>
        Assert.Equal(wanted, Samples.PassAtK(right, samples, k), 1e-12);

    [Fact]
    public void Pass_at_k_refuses_more_tries_than_samples() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Samples.PassAtK(1, 4, 5));

    [Fact]
    public void The_majority_wins_ties_go_to_the_first_and_unparsed_answers_do_not_vote()
    {
        Assert.Equal(1, Samples.Majority(["A", "B", "C", "B"]));
        Assert.Equal(0, Samples.Majority(["A", "B", "B", "A"]));
        Assert.Equal(2, Samples.Majority([null, null, "A"]));
        Assert.Null(Samples.Majority([null]));
        Assert.Equal(1, Samples.Best([0.1, 0.9, 0.9]));
    }

    // Of three samples, two drawn: the pairs' best by score are c, c and b, so (1 + 1 + 0) / 3.
    [Fact]
    public void The_best_of_n_is_expected_over_all_draws()
    {
        double[] scores = [0.1, 0.5, 0.9], values = [1, 0, 1];

        Assert.Equal(2.0 / 3, Samples.BestOf(scores, values, 1), 1e-12);
        Assert.Equal(2.0 / 3, Samples.BestOf(scores, values, 2), 1e-12);
        Assert.Equal(1, Samples.BestOf(scores, values, 3), 1e-12);
        Assert.Equal(1.0 / 3, Samples.BestOf(scores, [1, 0, 0], 1), 1e-12);
        Assert.Equal(0, Samples.BestOf(scores, [1, 0, 0], 2), 1e-12);
        Assert.Equal(1.0 / 3, Samples.BestOf(scores, [0, 1, 0], 2), 1e-12);

        // A scorer that knows which are right makes it pass@k.
        double[] right = [1, 0, 0, 1, 0, 0, 1, 0, 0, 0];
        for (int n = 1; n <= 10; n++)
            Assert.Equal(Samples.PassAtK(3, 10, n), Samples.BestOf(right, right, n), 1e-12);
    }
}
