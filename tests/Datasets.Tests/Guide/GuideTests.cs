using System.Collections.Concurrent;

namespace Vlm.Datasets.Tests;

public class GuideTests
{
    private static readonly Split[] s_splits = Enum.GetValues<Split>();

    private static int Length(Example example) => example.Answer.Split(' ').Length + example.Answer.Count(letter => letter == '.');

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(16)]
    public void Texts_have_25_to_45_tokens_are_whole_and_tell_of_the_picture(int dial)
    {
        var lengths = new HashSet<int>();
        var concepts = new HashSet<int>();
        for (int i = 0; i < 4000; i++)
        {
            Example example = Guide.Example(1, Split.Train, i, dial: dial);
            GuideReading reading = GuideGrammar.Parse(example.Answer);
            Assert.True(reading.IsWhole, $"{example.Id}: {reading.Problem}");
            Assert.Equal(Guide.PlanOf(1, Split.Train, i), reading.Plan);
            Assert.Equal(1, GuideTruth.Content.Compute(example.Answer, example.Truth).Value);
            lengths.Add(Length(example));
            concepts.UnionWith(example.Answer.Split(' ').Select(word => GuideLexicon.ConceptOf(word.TrimEnd('.'))!.Value));
        }

        Assert.Equal((25, 45), (lengths.Min(), lengths.Max()));
        Assert.Equal(GuideLexicon.Concepts, concepts.Count);
    }

    [Fact]
    public void An_example_follows_from_seed_split_and_index_whatever_was_asked_before_and_on_which_thread()
    {
        string[] inOrder = [.. Enumerable.Range(0, 500).Select(At)];
        var others = new ConcurrentDictionary<int, string>();
        Parallel.For(0, 500, i => others[499 - i] = At(499 - i));

        Assert.Equal(inOrder, Enumerable.Range(0, 500).Select(i => others[i]));
        Assert.Equal(500, inOrder.Distinct().Count());
        Assert.NotEqual(inOrder[0], Show(Guide.Example(2, Split.Train, 0, dial: 16)));
        Assert.Equal(Guide.Example(1, Split.Test, 7).Images[0].Encoded(""), Guide.Example(1, Split.Test, 7).Images[0].Encoded(""));

        static string At(int i) => Show(Guide.Example(1, s_splits[i % 3], i, dial: 16));

        static string Show(Example example) =>
            $"{example.Id} {example.Kind} {example.Question} {example.Truth.Kind.Write(example.Truth).Text} {example.Answer}";
    }

    [Fact]
    public void The_dial_changes_words_and_nothing_else()
    {
        for (int i = 0; i < 200; i++)
        {
            Example one = Guide.Example(4, Split.Train, i), many = Guide.Example(4, Split.Train, i, dial: 16);
            Assert.Equal((one.Id, one.Question, one.Truth), (many.Id, many.Question, many.Truth));
            Assert.Equal(Concepts(one), Concepts(many));
            Assert.NotEqual(one.Answer, many.Answer);
            Assert.All(one.Answer.Split(' ', '.').Where(word => word.Length > 0),
                word => Assert.Equal(word, GuideLexicon.NameOf(GuideLexicon.ConceptOf(word)!.Value)));
        }
    }

    [Fact]
    public void Each_picture_and_plan_comes_in_two_wordings_840_indices_apart()
    {
        for (long pair = 0; pair < 2000; pair += 37)
        {
            (Example first, Example second) = Guide.Pair(1, Split.Train, pair, dial: 16);
            long index = long.Parse(first.Id.Split('-')[^1], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal($"guide-train-1-{index + 840}", second.Id);
            Assert.Equal((first.Question, first.Truth), (second.Question, second.Truth));
            Assert.Equal(Concepts(first), Concepts(second));
            Assert.NotEqual(first.Answer, second.Answer);
        }

        Assert.Equal(1680, Enumerable.Range(0, 840).SelectMany(pair => Ids(Guide.Pair(1, Split.Train, pair))).Distinct().Count());
        Assert.Equal("guide-train-1-1680", Guide.Pair(1, Split.Train, 840).First.Id);

        static string[] Ids((Example First, Example Second) pair) => [pair.First.Id, pair.Second.Id];
    }

    [Fact]
    public void Splits_share_no_collection_of_objects_whatever_the_seed()
    {
        HashSet<string>[] signatures = [.. s_splits.Select(split =>
            Enumerable.Range(0, 3000).Select(i => Guide.Scene(i % 3, split, i).Signature).ToHashSet())];

        Assert.All(signatures, split => Assert.True(split.Count > 500));
        Assert.Empty(signatures[0].Intersect(signatures[1]));
        Assert.Empty(signatures[0].Intersect(signatures[2]));
        Assert.Empty(signatures[1].Intersect(signatures[2]));
    }

    [Fact]
    public void Six_roles_are_reinforced_in_turn_and_two_are_held_out()
    {
        Assert.Equal((6, 2, 8), (GuideRoles.Reinforced.Count, GuideRoles.HeldOut.Count, GuideRoles.All.Count));
        Assert.Empty(GuideRoles.Reinforced.Intersect(GuideRoles.HeldOut));
        Assert.Equal([.. GuideRoles.Reinforced, .. GuideRoles.Reinforced], GeneratedData.Tours.Train(1, []).Take(0, 12).Select(example => example.Kind));
        Assert.Equal(GuideRoles.HeldOut, GeneratedData.Tours.Test(40, GuideRoles.HeldOut).Select(example => example.Kind).Distinct());
        Assert.Equal("Tell a monk about the picture.", GeneratedData.Tours.Test(1, ["monk"]).Single().Question);
        Assert.Equal(GuideRoles.All, Enumerable.Range(0, 8).Select(i => Guide.Example(1, Split.Train, i).Kind));
    }

    // What each wants is spread evenly, so that no constant plan is wanted by many: at most 2, 3, 2, 4, 2, 3 of 8 want one option.
    [Fact]
    public void No_option_is_wanted_by_many_and_no_two_roles_want_one_plan()
    {
        foreach (GuideChoice choice in Enum.GetValues<GuideChoice>())
        {
            int[] wanted = [.. GuideRoles.All.CountBy(role => GuideRoles.Wanted(role)[choice]).Select(one => one.Value)];
            int options = GuidePlan.Options[(int)choice];
            Assert.Equal((options, (8 + options - 1) / options), (wanted.Length, wanted.Max()));
        }

        Assert.Equal(8, GuideRoles.All.Select(GuideRoles.Wanted).Distinct().Count());
    }

    [Fact]
    public void Plans_are_drawn_evenly_whoever_listens()
    {
        const int count = 24_000;
        (string Role, GuidePlan Plan)[] drawn = [.. Enumerable.Range(0, count).Select(i =>
            (GuideRoles.All[i % 8], Guide.PlanOf(1, Split.Train, i)))];

        foreach (GuideChoice choice in Enum.GetValues<GuideChoice>())
        {
            Assert.All(drawn.CountBy(one => one.Plan[choice]), one =>
                Assert.InRange(one.Value * (double)GuidePlan.Options[(int)choice] / count, 0.94, 1.06));
            Assert.InRange(Information(drawn.Select(one => (one.Role, Name(one.Plan[choice])))), 0, 0.003);
        }
    }

    // With no dependence, n pairs of a x b values have a mutual information of (a - 1)(b - 1) / (2 n) nats on average: 0.0002 to 0.0026 here.
    [Fact]
    public void Wording_is_independent_of_plan_listener_and_picture_and_follows_Zipf()
    {
        const int count = 20_000;
        var rows = new List<(string Ending, string Plan, string Role, string Picture)>();
        for (int i = 0; i < count; i++)
        {
            Example example = Guide.Example(1, Split.Train, i, dial: 4);
            GuidePlan plan = Guide.PlanOf(1, Split.Train, i);
            string[] words = example.Answer.Split(' ');
            string word = words[i % words.Length].TrimEnd('.'), name = GuideLexicon.NameOf(GuideLexicon.ConceptOf(word)!.Value);
            rows.Add((word[name.Length..], $"{plan.Opener} {plan.Register} {plan.Attributes}", example.Kind,
                ((GuideTruth)example.Truth).Objects[0].Color));
        }

        double[] shares = [.. rows.CountBy(row => row.Ending).OrderBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => one.Value / (double)count)];
        Assert.Equal(4, shares.Length);
        Assert.All(shares.Zip([0.48, 0.24, 0.16, 0.12]), pair => Assert.Equal(pair.Second, pair.First, 0.012));
        Assert.InRange(Information(rows.Select(row => (row.Ending, row.Plan))), 0, 0.006);
        Assert.InRange(Information(rows.Select(row => (row.Ending, row.Role))), 0, 0.002);
        Assert.InRange(Information(rows.Select(row => (row.Ending, row.Picture))), 0, 0.002);
    }

    [Fact]
    public void What_cannot_be_asked_is_refused()
    {
        Assert.Equal("there is no role 'king'",
            Assert.Throws<UsageException>(() => Guide.Example(1, Split.Train, 0, ["king"])).Message);
        Assert.Equal("9 roles in turn; there may be 1 to 8",
            Assert.Throws<UsageException>(() => Guide.Example(1, Split.Train, 0, [.. GuideRoles.All, "monk"])).Message);
        Assert.Equal("a concept has 1, 4 or 16 words, not 2",
            Assert.Throws<UsageException>(() => Guide.Example(1, Split.Train, 0, dial: 2)).Message);
    }

    private static IEnumerable<int?> Concepts(Example example) =>
        example.Answer.Split(' ').Select(word => GuideLexicon.ConceptOf(word.TrimEnd('.')));

    private static string Name(int option) => option.ToString(System.Globalization.CultureInfo.InvariantCulture);

    // Mutual information in nats, as counted.
    private static double Information(IEnumerable<(string A, string B)> pairs)
    {
        (string A, string B)[] all = [.. pairs];
        double n = all.Length;
        Dictionary<string, int> a = all.CountBy(pair => pair.A).ToDictionary(), b = all.CountBy(pair => pair.B).ToDictionary();
        return all.CountBy(pair => pair).Sum(one => one.Value / n * Math.Log(one.Value * n / ((double)a[one.Key.A] * b[one.Key.B])));
    }
}
