using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>The closed questions: wording and answer are drawn first, independently, then a scene that fits.</summary>
internal static class ShapesQuestions
{
    private const int MaxObjects = 6;

    public static QuestionTemplate Count(RandomStream random)
    {
        Filter what = SomeFilter(random);
        int answer = random.Between(0, 4);
        string text = Say(random, "How many {0} are there?", "Count the {0}.", "What is the number of {0}?");
        var asked = new Asked(
            Fill(text, what.Plural), new Truth.Number(answer), answer.ToString(CultureInfo.InvariantCulture));
        return QuestionTemplate.Fixed(
            asked,
            r => Mix(r, [what], [answer]),
            scene => Number(scene, what) == answer);
    }

    public static QuestionTemplate Exists(RandomStream random)
    {
        Filter what = SomeFilter(random);
        bool yes = random.Next(2) == 0;
        string text = Say(random, "Is there a {0}?", "Do you see a {0}?", "Does the image show a {0}?");
        return QuestionTemplate.Fixed(
            Asked.YesNo(Fill(text, what.Noun), yes),
            r => Mix(r, [what], [yes ? r.Between(1, 2) : 0]),
            scene => Number(scene, what) > 0 == yes);
    }

    public static QuestionTemplate Color(RandomStream random)
    {
        var what = new Filter(MaybeSize(random), null, random.Pick(Appearances.Shapes));
        Color answer = random.Pick(Appearances.Colors);
        string text = Say(
            random, "What color is the {0}?", "Which color does the {0} have?", "Name the color of the {0}.");
        return Unique(what, what with { Color = answer }, Asked.Word(Fill(text, what.Noun), Filter.Words(answer)));
    }

    public static QuestionTemplate Shape(RandomStream random)
    {
        var what = new Filter(MaybeSize(random), random.Pick(Appearances.Colors), null);
        Shape answer = random.Pick(Appearances.Shapes);
        string text = Say(
            random, "What shape is the {0}?", "Which shape does the {0} have?", "Name the shape of the {0}.");
        return Unique(what, what with { Shape = answer }, Asked.Word(Fill(text, what.Noun), Filter.Words(answer)));
    }

    public static QuestionTemplate Compare(RandomStream random) =>
        random.Next(2) == 0 ? CompareNumber(random) : CompareSize(random);

    public static QuestionTemplate Relate(RandomStream random)
    {
        (Filter a, Filter b) = TwoNouns(random);
        Relation relation = random.Pick(Relations.All);
        bool yes = random.Next(2) == 0;
        string text = Say(random, "Is the {0} {1} the {2}?", "Does the {0} lie {1} the {2}?");
        return QuestionTemplate.Fixed(
            Asked.YesNo(Fill(text, a.Noun, relation.Words(), b.Noun), yes),
            r => Mix(r, [a, b], [1, 1]),
            scene => Number(scene, a) == 1 && Number(scene, b) == 1
                && relation.Holds(Only(scene, a), Only(scene, b), scene.Size) == yes);
    }

    /// <summary>One of the templates, each equally likely.</summary>
    public static string Say(RandomStream random, params string[] templates) => random.Pick(templates);

    public static string Fill(string template, params object[] words) =>
        string.Format(CultureInfo.InvariantCulture, template, words);

    /// <summary>Two descriptions that no object answers to both of: by colour and shape, or by shape.</summary>
    public static (Filter A, Filter B) TwoNouns(RandomStream random)
    {
        bool colored = random.Next(3) > 0;
        while (true)
        {
            Filter a = Noun(), b = Noun();
            if (a != b)
                return (a, b);
        }

        Filter Noun() => new(null, colored ? random.Pick(Appearances.Colors) : null, random.Pick(Appearances.Shapes));
    }

    /// <summary>The wanted number of objects for each description, and others that fit none; 2 to 6 in all.</summary>
    public static List<Appearance> Mix(RandomStream random, Filter[] filters, int[] numbers)
    {
        int total = random.Between(Math.Max(2, numbers.Sum()), MaxObjects);
        var appearances = new List<Appearance>();
        for (int i = 0; i < filters.Length; i++)
            for (int n = 0; n < numbers[i]; n++)
                appearances.Add(Appearances.Like(random, filters[i]));
        while (appearances.Count < total)
            if (Appearances.Unlike(random, random.Pick(filters)) is var appearance
                && !filters.Any(filter => filter.Matches(appearance)))
                appearances.Add(appearance);
        return appearances;
    }

    private static QuestionTemplate CompareNumber(RandomStream random)
    {
        (Filter a, Filter b) = TwoGroups(random);
        bool more = random.Next(2) == 0, yes = random.Next(2) == 0;
        string text = Say(random, "Are there {0} {1} than {2}?", "Do you see {0} {1} than {2}?");
        Asked asked = Asked.YesNo(Fill(text, more ? "more" : "fewer", a.Plural, b.Plural), yes);
        return QuestionTemplate.Fixed(
            asked,
            r => Mix(r, [a, b], [r.Between(0, 3), r.Between(0, 3)]),
            scene => Math.Sign(Number(scene, a) - Number(scene, b)) == (more ? 1 : -1) == yes);
    }

    private static QuestionTemplate CompareSize(RandomStream random)
    {
        (Filter a, Filter b) = TwoNouns(random);
        bool yes = random.Next(2) == 0;
        string text = Say(
            random, "Are the {0} and the {1} the same size?", "Do the {0} and the {1} have the same size?");
        return QuestionTemplate.Fixed(
            Asked.YesNo(Fill(text, a.Noun, b.Noun), yes),
            r => Mix(r, [a, b], [1, 1]),
            scene => Number(scene, a) == 1 && Number(scene, b) == 1
                && (Only(scene, a).Appearance.Size == Only(scene, b).Appearance.Size) == yes);
    }

    private static (Filter A, Filter B) TwoGroups(RandomStream random)
    {
        bool byColor = random.Next(2) == 0;
        while (true)
        {
            Filter a = Group(), b = Group();
            if (a != b)
                return (a, b);
        }

        Filter Group() => byColor
            ? new Filter(null, random.Pick(Appearances.Colors), null)
            : new Filter(null, null, random.Pick(Appearances.Shapes));
    }

    // The filter's one object has the answer's property; no other object is described by the question.
    private static QuestionTemplate Unique(Filter what, Filter answer, Asked asked) => QuestionTemplate.Fixed(
        asked with { Alternate = answer.Noun },
        r => [Appearances.Like(r, answer), .. Mix(r, [what], [0]).Take(MaxObjects - 1)],
        scene => Number(scene, what) == 1 && Number(scene, answer) == 1);

    private static Filter SomeFilter(RandomStream random) => random.Next(4) switch
    {
        0 => new Filter(null, random.Pick(Appearances.Colors), null),
        1 => new Filter(null, null, random.Pick(Appearances.Shapes)),
        2 => new Filter(random.Pick(Appearances.Sizes), null, random.Pick(Appearances.Shapes)),
        _ => new Filter(null, random.Pick(Appearances.Colors), random.Pick(Appearances.Shapes)),
    };

    private static Size? MaybeSize(RandomStream random) => random.Next(3) == 0 ? random.Pick(Appearances.Sizes) : null;

    private static int Number(Scene scene, Filter filter) => scene.Items.Count(item => filter.Matches(item.Appearance));

    private static Item Only(Scene scene, Filter filter) => scene.Items.Single(item => filter.Matches(item.Appearance));
}
