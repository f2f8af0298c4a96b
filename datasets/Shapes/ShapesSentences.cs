namespace Vlm.Datasets;

/// <summary>What can be said of a scene in 10 to 40 words, in many wordings, whether it is drawn or not.</summary>
internal static class ShapesSentences
{
    // Six objects are named in 24 words; with its place each takes up to eight, so places are said of four at most.
    private const int MaxPlaced = 4, MaxWords = 40;

    private static readonly string[] s_openings = ["There is", "I see", "The image shows", "Here is", "You can see"];

    /// <summary>"Describe" with every object, in an order and wording of its own.</summary>
    public static QuestionTemplate Describe(RandomStream random)
    {
        string text = ShapesQuestions.Say(
            random, "Describe the image.", "What does the image show?", "Describe all objects.", "What do you see?");
        return new QuestionTemplate(
            ShapesGround.AnyAppearances, (scene, r) => new Asked(text, TruthOf(scene), Sentences(scene, r)));
    }

    /// <summary>The objects a caption should name, from left to right.</summary>
    public static CaptionTruth TruthOf(Scene scene) => new([.. ShapesGround.InOrder(scene).Select(item =>
        new CaptionObject(
            Filter.Words(item.Appearance.Size), Filter.Words(item.Appearance.Color), Filter.Words(item.Appearance.Shape),
            item.CentreX2 / (2.0 * scene.Size), item.CentreY2 / (2.0 * scene.Size)))]);

    /// <summary>All objects, with places or from left to right, and at times how two of them stand.</summary>
    public static string Sentences(Scene scene, RandomStream random)
    {
        Item[] items = [.. ShapesGround.InOrder(scene)];
        bool placed = items.Length <= MaxPlaced;
        if (placed)
            random.Shuffle<Item>(items);
        string[] named =
            [.. items.Select(item => $"a {ShapesGround.Noun(item)}{(placed ? Where(item, scene.Size) : "")}")];
        string text = $"{random.Pick(s_openings)} {Listed(named, random)}.";
        return random.Next(2) == 0 && Standing(items, scene, random) is { } more
            && Words(text) + Words(more) <= MaxWords
            ? $"{text} {more}"
            : text;
    }

    private static int Words(string text) => text.Split(' ').Length;

    private static string Listed(string[] named, RandomStream random) => random.Next(3) switch
    {
        0 => string.Join(" and ", named),
        1 => $"{string.Join(", ", named[..^1])} and {named[^1]}",
        _ => string.Join(", ", named),
    };

    private static string Where(Item item, int size)
    {
        string row = Third(item.CentreY2, size, "top", "bottom"), column = Third(item.CentreX2, size, "left", "right");
        return (row, column) switch
        {
            ("", "") => " in the middle",
            ("", _) => $" on the {column}",
            (_, "") => $" at the {row}",
            _ => $" at the {row} {column}",
        };
    }

    private static string Third(int centre2, int size, string low, string high) =>
        3 * centre2 < 2 * size ? low : 3 * centre2 > 4 * size ? high : "";

    // "The red circle is above the blue square.", where colour and shape single out both.
    private static string? Standing(Item[] items, Scene scene, RandomStream random)
    {
        (Item a, Item b) = (random.Pick(items), random.Pick(items));
        Relation relation = random.Pick(Relations.All);
        (Filter first, Filter second) = (NameOf(a), NameOf(b));
        return first != second && Single(first) && Single(second) && relation.Holds(a, b, scene.Size) == true
            ? $"The {first.Noun} is {relation.Words()} the {second.Noun}."
            : null;

        bool Single(Filter filter) => items.Count(item => filter.Matches(item.Appearance)) == 1;
    }

    private static Filter NameOf(Item item) => new(null, item.Appearance.Color, item.Appearance.Shape);
}
