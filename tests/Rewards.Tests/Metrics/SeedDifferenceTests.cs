namespace Vlm.Rewards.Tests;

public class SeedDifferenceTests
{
    private const int Repetitions = 600;

    // Means of seeds are 0.1 and 0.3, questions differ by nothing: a resample is 0.1, 0.2 or 0.3 with 1/4, 1/2, 1/4.
    // Swapped, all signs turn. No resample is below 0: p is 2 / 2001.
    [Fact]
    public void Seeds_are_drawn_with_repetition()
    {
        double[][] first = [[0, 0.5, 1], [0.2, 0.4, 0.6]], second = [[0.1, 0.6, 1.1], [0.5, 0.7, 0.9]];
        PairedDifference found = PairedDifference.OfSeeds(first, second), swapped = PairedDifference.OfSeeds(second, first);

        Assert.Equal(0.2, found.Difference.Mean, 1e-12);
        Assert.Equal((0.1, 0.3), (Math.Round(found.Difference.Low, 12), Math.Round(found.Difference.High, 12)));
        Assert.Equal(2.0 / 2001, found.PValue, 1e-12);
        Assert.Equal((-0.2, -0.3), (Math.Round(swapped.Difference.Mean, 12), Math.Round(swapped.Difference.Low, 12)));
    }

    // Both seeds agree and questions differ: the same questions are drawn for both, so it is the bootstrap of the questions. Its deviation is
    // that of 0 and 1, half of each, over the root of 100: 0.05. Questions drawn for each seed apart would give 0.05 / sqrt(2).
    [Fact]
    public void The_same_questions_are_drawn_for_all_seeds()
    {
        double[] zeros = new double[100], changed = [.. Enumerable.Range(0, 100).Select(i => i % 2.0)];
        Interval found = PairedDifference.OfSeeds([zeros, zeros], [changed, changed], resamples: 20_000).Difference;

        Assert.Equal(0.5 - (1.96 * 0.05), found.Low, 0.006);
        Assert.Equal(0.5 + (1.96 * 0.05), found.High, 0.006);
    }

    [Fact]
    public void With_one_seed_questions_alone_are_drawn()
    {
        double[] first = [.. Enumerable.Range(0, 50).Select(i => i / 50.0)], second = [.. first.Select((score, i) => score + (0.01 * (i % 3)))];

        Assert.Equal(PairedDifference.Of(first, second, seed: 4), PairedDifference.OfSeeds([first], [second], seed: 4));
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval()
    {
        (double[][] first, double[][] second) = Arms(Random(3), seeds: 4, questions: 30, 1, 1, 1);

        Assert.Equal(PairedDifference.OfSeeds(first, second, seed: 2), PairedDifference.OfSeeds(first, second, seed: 2));
        Assert.NotEqual(PairedDifference.OfSeeds(first, second, seed: 2), PairedDifference.OfSeeds(first, second, seed: 9));
    }

    // Variance of the mean over 5 seeds and 60 questions: questions 1/60, seeds .04/5, both together .25/300, in all .0255.
    // The bootstrap has 59/60, 4/5 and about 3 times of these: .0253, so nearly 95 %. Questions drawn alone have .0164, which would
    // cover 88 %, and seeds drawn alone .0070, which would cover 70 %. The deviation of a share of 600 repetitions is .009.
    [Fact]
    public void An_interval_of_no_difference_holds_0_in_95_of_100_repetitions() =>
        Assert.InRange(Coverage(seeds: 5, questions: 60, ofSeeds: 0.2, ofQuestions: 1, ofBoth: 0.5), 0.925, 0.975);

    // Where seeds alone differ, it is t of 4 degrees of freedom within 1.96 sqrt(4/5): 84.5 %; with 20 seeds t of 19 within
    // 1.96 sqrt(19/20): 92.9 %.
    [Theory]
    [InlineData(5, 0.805, 0.885)]
    [InlineData(20, 0.90, 0.96)]
    public void Few_seeds_that_differ_much_make_it_too_narrow(int seeds, double low, double high) =>
        Assert.InRange(Coverage(seeds, questions: 20, ofSeeds: 1, ofQuestions: 0.02, ofBoth: 0.02), low, high);

    // As above with .3 added to the second: the mean over 600 repetitions is within 3 sqrt(.0255 / 600) = .02.
    [Fact]
    public void An_effect_is_found_where_it_is()
    {
        RandomStream random = Random(11);
        double[] means = [.. Enumerable.Range(0, Repetitions).Select(i =>
        {
            (double[][] first, double[][] second) = Arms(random, 5, 60, 0.2, 1, 0.5, effect: 0.3);
            return PairedDifference.OfSeeds(first, second, i, 2).Difference.Mean;
        })];
        Assert.Equal(0.3, means.Average(), 0.02);
    }

    [Fact]
    public void Arms_that_are_no_pairs_are_refused()
    {
        static string Refused(double[][] first, double[][] second) =>
            Assert.Throws<ArgumentException>(() => PairedDifference.OfSeeds(first, second)).Message;

        Assert.StartsWith("2 and 1 seeds are no pairs", Refused([[1], [2]], [[1]]), StringComparison.Ordinal);
        Assert.StartsWith("1 scores with seed number 1 and 2 with number 0", Refused([[1, 2], [3, 4]], [[1, 2], [3]]), StringComparison.Ordinal);
        Assert.StartsWith("0 scores with seed number 0", Refused([[]], [[]]), StringComparison.Ordinal);
        Assert.StartsWith("0 and 0 seeds", Refused([], []), StringComparison.Ordinal);
    }

    private static double Coverage(int seeds, int questions, double ofSeeds, double ofQuestions, double ofBoth)
    {
        RandomStream random = Random(seeds);
        int held = 0;
        for (int i = 0; i < Repetitions; i++)
        {
            (double[][] first, double[][] second) = Arms(random, seeds, questions, ofSeeds, ofQuestions, ofBoth);
            Interval found = PairedDifference.OfSeeds(first, second, i, resamples: 400).Difference;
            held += found.Low <= 0 && found.High >= 0 ? 1 : 0;
        }
        return (double)held / Repetitions;
    }

    private static RandomStream Random(long seed) => new(seed, "arms");

    // The second arm is the first with normal differences of seeds, of questions, and of both together, of these deviations.
    private static (double[][] First, double[][] Second) Arms(
        RandomStream random, int seeds, int questions, double ofSeeds, double ofQuestions, double ofBoth, double effect = 0)
    {
        double[] question = [.. Enumerable.Range(0, questions).Select(_ => ofQuestions * Normal(random))];
        double[][] first = [.. Enumerable.Range(0, seeds).Select(_ => Enumerable.Range(0, questions).Select(_ => Normal(random)).ToArray())];
        return (first, [.. first.Select(row =>
        {
            double seed = effect + (ofSeeds * Normal(random));
            return row.Select((score, q) => score + seed + question[q] + (ofBoth * Normal(random))).ToArray();
        })]);
    }

    // Box and Muller.
    private static double Normal(RandomStream random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
