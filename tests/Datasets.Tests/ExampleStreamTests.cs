using Vlm;
using Vlm.Datasets;
using Vlm.Rewards;

namespace Datasets.Tests;

public class ExampleStreamTests
{
    [Fact]
    public void Every_epoch_holds_each_example_once_in_another_order()
    {
        ExampleStream stream = ExampleStream.Shuffled(Examples("a", 20), seed: 3);

        string[] first = Ids(stream, 0, 20), second = Ids(stream, 20, 20);

        Assert.Equal(20, stream.Epoch);
        Assert.Equal(20, first.Distinct().Count());
        Assert.Equal(first.Order(), second.Order());
        Assert.NotEqual(first, second);
        Assert.NotEqual(first, Ids(ExampleStream.Shuffled(Examples("a", 20), seed: 4), 0, 20));
    }

    // 37 positions in pieces of 5 from the middle, or all at once: a resumed run, and any number of prompts a step.
    [Fact]
    public void A_position_says_the_same_whatever_was_asked_before()
    {
        ExampleStream whole = Mixed();
        string[] all = Ids(whole, 0, 37);
        for (int from = 30; from >= 0; from -= 5)
            Assert.Equal(all[from..Math.Min(37, from + 5)], Ids(Mixed(), from, Math.Min(5, 37 - from)));
        Assert.Equal(all[2..9], Ids(whole, 2, 7));
    }

    // Weights 2 and 1: of 9 positions 6 and 3, and never off by more than one on the way.
    [Fact]
    public void A_mixture_keeps_its_weights_all_along()
    {
        string[] ids = Ids(Mixed(), 0, 90);
        for (int n = 1; n <= 90; n++)
            Assert.InRange(ids.Take(n).Count(id => id[0] == 'a') - (n * 2 / 3.0), -1, 1);
        Assert.Equal(60, ids.Count(id => id[0] == 'a'));
        Assert.Equal(12, Mixed().Epoch);
        // The part with 5 examples has been through them six times in its 30 turns.
        Assert.All(ids.Where(id => id[0] == 'b').CountBy(id => id), item => Assert.Equal(6, item.Value));
    }

    [Fact]
    public void A_mixture_with_generated_examples_never_ends()
    {
        ExampleStream mixed = ExampleStream.Mixture(
            [(ExampleStream.Generated(i => Examples($"g{i}-", 1)[0]), 1), (ExampleStream.Shuffled(Examples("a", 2), 1), 1)]);
        Assert.Null(mixed.Epoch);
        Assert.Equal(["g0-0", "g1-0"], Ids(mixed, 0, 4).Where(id => id[0] == 'g'));
    }

    // What a curriculum remembers by number is the same example in every pass, and at every position.
    [Fact]
    public void An_example_keeps_its_number()
    {
        ExampleStream stream = ExampleStream.Shuffled(Examples("a", 7), 1);

        Assert.Equal(Ids(stream, 0, 21), Enumerable.Range(0, 21).Select(position => stream.Of(stream.Row(position)).Id));
        Assert.All(Enumerable.Range(0, 21), position => Assert.Equal($"a{stream.Row(position)}", stream[position].Id));
        Assert.Throws<InvalidOperationException>(() => Mixed().Row(0));
        Assert.Throws<InvalidOperationException>(() => Mixed().Of(0));
    }

    // Of rounds of three turns the first and the last: 0 2 3 5 6 8.
    [Fact]
    public void The_turns_of_a_kind_are_the_examples_of_the_whole_stream()
    {
        ExampleStream turns = ExampleStream.Generated(i => Examples($"g{i}-", 1)[0]).Turns([0, 2], 3);

        Assert.Equal(["g0-0", "g2-0", "g3-0", "g5-0", "g6-0", "g8-0"], Ids(turns, 0, 6));
        Assert.Equal([0, 2, 3, 5], Enumerable.Range(0, 4).Select(position => turns.Row(position)));
        Assert.Equal("g5-0", turns.Of(5).Id);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    public void A_weight_is_above_zero(double weight)
    {
        var error = Assert.Throws<UsageException>(() => ExampleStream.Mixture([(ExampleStream.Shuffled(Examples("a", 2), 1), weight)]));
        Assert.StartsWith("a part of the mixture has weight ", error.Message, StringComparison.Ordinal);
    }

    private static ExampleStream Mixed() => ExampleStream.Mixture(
        [(ExampleStream.Shuffled(Examples("a", 7), 1), 2), (ExampleStream.Shuffled(Examples("b", 5), 1, part: 1), 1)]);

    private static string[] Ids(ExampleStream stream, long first, int count) => [.. stream.Take(first, count).Select(example => example.Id)];

    private static Example[] Examples(string name, int count) => [.. Enumerable.Range(0, count)
        .Select(i => new Example($"{name}{i}", "vqa", [], [Message.User("?")], new Truth.Word("yes"), "yes"))];
}
