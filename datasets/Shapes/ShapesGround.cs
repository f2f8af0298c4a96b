using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Words that point at one object: what it is and, where that is not enough, where it is.</summary>
internal sealed record Phrase(Filter What, Relation? Relation, Filter Reference)
{
    public string Text => Relation is { } relation
        ? $"the {What.Noun} {relation.Words()} the {Reference.Noun}"
        : $"the {What.Noun}";

    /// <summary>The one object the phrase points at; null where there is none, several, or a doubtful one.</summary>
    public Item? Resolve(Scene scene)
    {
        Item[] candidates = [.. scene.Items.Where(item => What.Matches(item.Appearance))];
        if (Relation is not { } relation)
            return candidates.Length == 1 ? candidates[0] : null;

        Item[] references = [.. scene.Items.Where(item => Reference.Matches(item.Appearance))];
        if (references.Length != 1 || candidates.Length < 2 || candidates.Contains(references[0]))
            return null;
        bool?[] holds = [.. candidates.Select(item => relation.Holds(item, references[0], scene.Size))];
        return holds.Contains(null) || holds.Count(held => held == true) != 1 ? null : candidates[holds.IndexOf(true)];
    }
}

/// <summary>Questions about a scene as it is: boxes, captions, and both together.</summary>
internal static class ShapesGround
{
    // Air that the other convention leaves around an object, in pixels of a canvas of 64.
    private const int Margin = 4;

    public static QuestionTemplate Ground(RandomStream random)
    {
        string text = ShapesQuestions.Say(random, "Give the box of {0}.", "Where is {0}? Give its box.", "Find {0}.");
        (Filter a, Filter b) = ShapesQuestions.TwoNouns(random);
        bool related = random.Next(5) < 2;
        return new QuestionTemplate(
            r => related ? ShapesQuestions.Mix(r, [a, b], [2, 1]) : ShapesQuestions.Mix(r, [a], [1]),
            (scene, r) =>
            {
                Phrase phrase = related
                    ? new Phrase(a, r.Pick(Relations.All), b)
                    : new Phrase(Part(r, r.Pick(scene.Items).Appearance), null, default);
                return phrase.Resolve(scene) is { } item
                    ? Box(ShapesQuestions.Fill(text, phrase.Text), item, scene)
                    : null;
            });
    }

    public static QuestionTemplate Caption(RandomStream random)
    {
        string text = ShapesQuestions.Say(random, "Describe the image.", "List the objects from left to right.");
        return new QuestionTemplate(
            AnyAppearances, (scene, _) => new Asked(text, ShapesSentences.TruthOf(scene), Sentence(scene)));
    }

    /// <summary>Every object with its box: the most that can be said of a scene, and so the most to learn from it.</summary>
    public static QuestionTemplate Detect(RandomStream random)
    {
        string text = ShapesQuestions.Say(random, "Detect the objects.", "List the objects and their boxes.");
        return new QuestionTemplate(
            AnyAppearances, (scene, _) => Asked.Word(text, string.Join("; ", InOrder(scene).Select(Located))));

        static string Located(Item item) => $"{Noun(item)} {Numbers(ShapesDrawing.BoxOf(item))}";
    }

    /// <summary>Grounding the other way round: which object has this box.</summary>
    public static QuestionTemplate Region(RandomStream random)
    {
        string text = ShapesQuestions.Say(random, "What is in {0}?", "Name the object in {0}.");
        return new QuestionTemplate(AnyAppearances, (scene, r) =>
        {
            Item item = r.Pick(scene.Items);
            return Asked.Word(ShapesQuestions.Fill(text, Numbers(ShapesDrawing.BoxOf(item))), Noun(item));
        });
    }

    public static IReadOnlyList<Appearance> AnyAppearances(RandomStream random) =>
        [.. Enumerable.Range(0, random.Between(2, 6)).Select(_ => Appearances.Any(random))];

    private static string Sentence(Scene scene) => Sentence([.. InOrder(scene).Select(item => item.Appearance)]);

    /// <summary>A caption that names these objects from left to right.</summary>
    internal static string Sentence(IReadOnlyList<Appearance> named) =>
        CaptionSentence.Of([.. named.Select(one => new Filter(one.Size, one.Color, one.Shape).Noun)]);

    // From left to right, and from top to bottom where two centres are on one vertical line.
    public static IEnumerable<Item> InOrder(Scene scene) =>
        scene.Items.OrderBy(item => item.CentreX2).ThenBy(item => item.CentreY2);

    public static string Noun(Item item) => new Filter(item.Appearance.Size, item.Appearance.Color, item.Appearance.Shape).Noun;

    private static string Numbers(Box box) =>
        string.Create(CultureInfo.InvariantCulture, $"[{box.X1},{box.Y1},{box.X2},{box.Y2}]");

    // Shape alone, colour alone, both, size and shape, or all three.
    private static Filter Part(RandomStream random, Appearance appearance) => random.Next(5) switch
    {
        0 => new Filter(null, null, appearance.Shape),
        1 => new Filter(null, appearance.Color, null),
        2 => new Filter(null, appearance.Color, appearance.Shape),
        3 => new Filter(appearance.Size, null, appearance.Shape),
        _ => new Filter(appearance.Size, appearance.Color, appearance.Shape),
    };

    private static Asked Box(string text, Item item, Scene scene)
    {
        Box box = ShapesDrawing.BoxOf(item);
        int room = Margin * scene.Size / 64;
        var alternate = new Box(
            Math.Max(0, box.X1 - room), Math.Max(0, box.Y1 - room),
            Math.Min(scene.Size, box.X2 + room), Math.Min(scene.Size, box.Y2 + room));
        return new Asked(
            text, new Truth.Region(box, Frame.OriginalPixels, scene.Size, scene.Size), Numbers(box), Numbers(alternate));
    }
}
