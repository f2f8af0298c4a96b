namespace Vlm.Rewards.Tests;

public class MutualInformationTests
{
    // Pairs a x, a x, a y, b y. H(first) of 3/4, 1/4; H(second) of 1/2, 1/2; H of both of 1/2, 1/4, 1/4:
    //   0.562335 + 0.693147 - 1.039721 = 0.215762. Labels 2 + 2 - 3 pairs - 1 = 0: the correction is 0 by chance.
    [Fact]
    public void What_one_label_tells_about_another_is_the_sum_of_entropies_less_that_of_the_pairs()
    {
        var found = MutualInformation.Of(["a", "a", "a", "b"], [true, true, false, false]);

        Assert.Equal(0.215762, found.Nats, 1e-6);
        Assert.Equal(found.Nats, found.Corrected, 1e-12);
        Assert.Equal((0.562335, 0.693147), (Math.Round(found.FirstEntropy, 6), Math.Round(found.SecondEntropy, 6)));
        Assert.Equal(4, found.Count);
    }

    // Six pairs of labels with themselves, 3, 2 and 1 of each: 0.5 log 2 + log 3 / 3 + log 6 / 6, and (3 + 3 - 3 - 1) / 12 for the bias.
    [Fact]
    public void A_label_tells_all_about_itself()
    {
        int[] labels = [7, 7, 7, 8, 8, 9];
        var found = MutualInformation.Of(labels, labels);

        Assert.Equal((0.5 * Math.Log(2)) + (Math.Log(3) / 3) + (Math.Log(6) / 6), found.Nats, 1e-12);
        Assert.Equal(found.FirstEntropy, found.Nats, 1e-12);
        Assert.Equal(2.0 / 12, found.Corrected - found.Nats, 1e-12);
    }

    // All four pairs as often: nothing. (2 + 2 - 4 - 1) / 8 below.
    [Fact]
    public void Independent_labels_tell_nothing()
    {
        var found = MutualInformation.Of([0, 0, 1, 1], ["x", "y", "x", "y"]);

        Assert.Equal(0, found.Nats, 1e-12);
        Assert.Equal(-0.125, found.Corrected, 1e-12);
        Assert.Equal(0, MutualInformation.Of([1, 1, 1], ["x", "y", "z"]).Nats, 1e-12);
    }

    // 500 pairs of 8 codes and 8 words drawn apart: 7 x 7 / 1000 = 0.049 nats by counting. The mean over 40 draws is within 0.004 of it.
    [Fact]
    public void The_correction_takes_away_what_counting_adds()
    {
        var random = new RandomStream(5, "labels");
        MutualInformation[] found = [.. Enumerable.Range(0, 40).Select(_ => MutualInformation.Of(Labels(), Labels()))];

        Assert.Equal(0.049, found.Average(each => each.Nats), 0.004);
        Assert.Equal(0, found.Average(each => each.Corrected), 0.004);

        int[] Labels() => [.. Enumerable.Range(0, 500).Select(_ => random.Next(8))];
    }

    [Fact]
    public void Labels_that_are_no_pairs_are_refused()
    {
        Assert.StartsWith("2 and 1 labels are no pairs", Assert.Throws<ArgumentException>(() => MutualInformation.Of([1, 2], [1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => MutualInformation.Of<int, int>([], []));
    }
}
