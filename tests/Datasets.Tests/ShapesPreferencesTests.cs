namespace Vlm.Datasets.Tests;

/// <summary>Pairs of captions whose truth is known.</summary>
public class ShapesPreferencesTests
{
    private static readonly Preference[] s_pairs = [.. ShapesPreferences.Pairs(3, Split.Train, 3000)];

    // What is chosen is worth more to the rule; idle words are worth as much to it, and longer.
    [Fact]
    public void The_chosen_caption_is_the_better_one_by_its_strength()
    {
        foreach (Preference pair in s_pairs)
        {
            var truth = (CaptionTruth)pair.Example.Truth;
            double gap = CaptionReward.Score(pair.Chosen, truth).Value - CaptionReward.Score(pair.Rejected, truth).Value;
            Assert.Equal(pair.Strength!.Value, gap, 1e-12);
            if (pair.Kind == ShapesPreferences.TooLong)
                Assert.True(gap == 0 && pair.Rejected.StartsWith(pair.Chosen + " ", StringComparison.Ordinal));
            else
                Assert.True(pair.Kind == ShapesPreferences.BrokenSentence ? gap >= 0 : gap > 0, pair.Example.Id);
        }
    }

    [Fact]
    public void Every_kind_comes_up_and_none_is_nearly_all()
    {
        Dictionary<string, int> counts = s_pairs.GroupBy(pair => pair.Kind).ToDictionary(kind => kind.Key, kind => kind.Count());

        Assert.Equal(ShapesPreferences.Kinds.Order(StringComparer.Ordinal), counts.Keys.Order(StringComparer.Ordinal));
        Assert.All(counts.Values, count => Assert.InRange(count, 30, 1500));
    }

    // The rejected caption has a word, an object or a place that the chosen one has not.
    [Theory]
    [InlineData("missing-object", -1)]
    [InlineData("invented-object", 1)]
    [InlineData("wrong-color", 0)]
    [InlineData("wrong-shape", 0)]
    [InlineData("wrong-size", 0)]
    [InlineData("wrong-order", 0)]
    [InlineData("repeated-object", 1)]
    public void A_fault_is_what_its_name_says(string kind, int more)
    {
        Preference[] pairs = [.. s_pairs.Where(pair => pair.Kind == kind)];

        Assert.NotEmpty(pairs);
        Assert.All(pairs, pair => Assert.Equal(more, Objects(pair.Rejected).Length - Objects(pair.Chosen).Length));
        if (kind == "wrong-order")
            Assert.All(pairs, pair => Assert.Equal(Objects(pair.Chosen).Order(StringComparer.Ordinal), Objects(pair.Rejected).Order(StringComparer.Ordinal)));
        if (kind == "repeated-object")
            Assert.All(pairs, pair => Assert.Equal(Objects(pair.Chosen).Distinct(), Objects(pair.Rejected).Distinct()));
    }

    // No such sentence is made of any drawing: some word is missing, doubled or out of place, and none is new.
    [Fact]
    public void A_broken_sentence_has_the_words_of_the_chosen_one_in_no_right_form()
    {
        Preference[] pairs = [.. s_pairs.Where(pair => pair.Kind == ShapesPreferences.BrokenSentence)];

        Assert.NotEmpty(pairs);
        Assert.All(pairs, pair => Assert.Subset(pair.Chosen.Split(' ').ToHashSet(), pair.Rejected.Split(' ').ToHashSet()));
        Assert.InRange(pairs.Count(pair => pair.Rejected.Split(' ').Length < pair.Chosen.Split(' ').Length), pairs.Length / 5, pairs.Length - 1);
    }

    [Fact]
    public void A_pair_follows_from_seed_split_and_index_alone()
    {
        Preference again = ShapesPreferences.Pair(3, Split.Train, 17);

        Assert.Equal((s_pairs[17].Chosen, s_pairs[17].Rejected), (again.Chosen, again.Rejected));
        Assert.NotEqual(again.Chosen, ShapesPreferences.Pair(4, Split.Train, 17).Chosen);
        Assert.Equal("caption", again.Example.Kind);
    }

    [Fact]
    public void Flipped_is_the_same_pair_as_a_mistaken_annotator_has_it()
    {
        Preference flipped = s_pairs[0].Flipped;

        Assert.Equal((s_pairs[0].Rejected, s_pairs[0].Chosen, -s_pairs[0].Strength), (flipped.Chosen, flipped.Rejected, flipped.Strength));
    }

    [Theory]
    [InlineData("red", " red ", "both answers are \"red\"")]
    [InlineData("", "red", "the chosen answer is empty")]
    [InlineData("red", " ", "the rejected answer is empty")]
    public void Sides_that_say_nothing_or_the_same_are_refused(string chosen, string rejected, string problem)
    {
        UsageException error = Assert.Throws<UsageException>(() => Preference.Of(s_pairs[0].Example, chosen, rejected));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Equal($"record {s_pairs[0].Example.Id}", error.Where);
    }

    // There, from left to right: a small red circle, a large blue square, a small green cross.
    [Theory]
    [InlineData("A small red circle, a large blue square and a small green cross.", "111 111 111")]
    [InlineData("A small red circle, a small blue square and a small black cross.", "111 101 101")]     // size, colour
    [InlineData("A small red star, a large blue square and a small green cross.", "001 111 111")]       // no such shape
    [InlineData("A large blue square, a small red circle and a small green cross.", "111 110 111")]     // the circle stands left of it
    [InlineData("A small red circle and a small red circle.", "111 001")]                               // one is named twice
    [InlineData("There is a lot to see, a small red circle.", "111 111")]
    public void Segments_are_labelled_by_what_is_there(string caption, string expected)
    {
        var truth = new CaptionTruth([new("small", "red", "circle", 0.2, 0.5), new("large", "blue", "square", 0.5, 0.5), new("small", "green", "cross", 0.8, 0.5)]);
        int[] ends = [.. Enumerable.Range(1, caption.Length).Where(i => i == caption.Length || caption[i - 1] == ',' || caption[i..].StartsWith(" and ", StringComparison.Ordinal))];

        IReadOnlyList<CaptionSegment> segments = CaptionSegments.Label(caption, ends, truth);

        Assert.Equal(expected, string.Join(' ', segments.Select(one => string.Concat(one.Labels.Select(right => right ? 1 : 0)))));
        Assert.Equal(ends, segments.Select(one => one.End));
    }

    private static string[] Objects(string caption) =>
        caption.TrimEnd('.').Replace(" and ", ", ", StringComparison.Ordinal).Split(", ").Select(part => part.ToLowerInvariant()).ToArray();
}
