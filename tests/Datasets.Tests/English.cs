namespace Vlm.Datasets.Tests;

/// <summary>Reads the generator's English back, knowing nothing of how it was written.</summary>
internal static class English
{
    private static readonly string[] Relations = ["left of", "right of", "above", "below"];

    /// <summary>The objects a noun such as "small red circle" or "crosses" describes.</summary>
    public static List<Item> Find(Scene scene, string noun)
    {
        string[] words = noun.Split(' ');
        return [.. scene.Items.Where(item => Array.TrueForAll(words, word => Fits(item.Appearance, word)))];
    }

    /// <summary>What "the circle left of the blue square" can mean; doubtful objects are counted as meant.</summary>
    public static List<Item> Refer(Scene scene, string phrase)
    {
        foreach (string relation in Relations)
            if (phrase.Split($" {relation} the ") is [var what, var reference])
            {
                Item anchor = Assert.Single(Find(scene, reference));
                return [.. Find(scene, what["the ".Length..]).Where(item => Side(relation, item, anchor) > -2)];
            }

        return Find(scene, phrase["the ".Length..]);
    }

    /// <summary>How far, in pixels, the relation holds (positive) or its opposite does (negative).</summary>
    public static double Side(string relation, Item a, Item b) => relation switch
    {
        "left of" => Middle(b).X - Middle(a).X,
        "right of" => Middle(a).X - Middle(b).X,
        "above" => Middle(b).Y - Middle(a).Y,
        "below" => Middle(a).Y - Middle(b).Y,
        _ => throw new ArgumentException(relation),
    };

    private static (double X, double Y) Middle(Item item) => (item.X + (item.Side / 2.0), item.Y + (item.Side / 2.0));

    private static bool Fits(Appearance look, string word)
    {
        string one = word == "crosses" ? "cross" : word is "cross" ? word : word.TrimEnd('s');
        return one is "object"
            || one.Equals(look.Size.ToString(), StringComparison.OrdinalIgnoreCase)
            || one.Equals(look.Color.ToString(), StringComparison.OrdinalIgnoreCase)
            || one.Equals(look.Shape.ToString(), StringComparison.OrdinalIgnoreCase);
    }
}
