using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Words that point at exactly one object of an NLVR drawing.</summary>
internal static class NlvrPhrases
{
    private static readonly string[] Sizes = ["small", "medium", "large"];
    private static readonly string[] Places = ["left", "middle", "right"];
    private static readonly string[] Extremes = ["topmost", "lowest", "leftmost", "rightmost"];

    /// <summary>A phrase and the box it means, or null where random tries found no object words single out.</summary>
    public static (string Phrase, Box Box)? Some(NlvrScene scene, RandomStream random)
    {
        (int Box, NlvrItem Item)[] items = [.. scene.Items];
        for (int attempt = 0; attempt < 30 && items.Length > 0; attempt++)
        {
            (int box, NlvrItem item) = random.Pick(items);
            string phrase = Describe(box, item, random);
            if (Resolve(scene, phrase) is var (meantBox, meant) && ReferenceEquals(meant, item))
                return (phrase, NlvrScene.BoxOf(meantBox, meant));
        }

        return null;
    }

    /// <summary>The one object that a phrase of this generator means, or null where it is none or several.</summary>
    public static (int Box, NlvrItem Item)? Resolve(NlvrScene scene, string phrase)
    {
        string[] words = phrase.Split(' ');
        (int Box, NlvrItem Item)[] left =
            [.. scene.Items.Where(pair => Array.TrueForAll(words, word => Fits(pair, word)))];
        if (Array.Find(words, Extremes.Contains) is { } extreme && left.Length > 1)
        {
            int best = left.Min(pair => Rank(pair, extreme));
            left = [.. left.Where(pair => Rank(pair, extreme) < best + 5)];      // up to 2 pixels apart look level
        }

        return left.Length == 1 ? left[0] : null;
    }

    /// <summary>"small yellow square".</summary>
    public static string Noun(NlvrItem item) => $"{Sizes[(item.Size / 10) - 1]} {Lower(item.Color)} {Lower(item.Shape)}";

    /// <summary>"left", "middle" or "right".</summary>
    public static string PlaceOf(int box) => Places[box];

    private static string Describe(int box, NlvrItem item, RandomStream random)
    {
        string size = random.Next(3) == 0 ? Sizes[(item.Size / 10) - 1] + " " : "";
        string color = random.Next(4) == 0 ? "" : Lower(item.Color) + " ";
        string shape = random.Next(4) == 0 ? "object" : Lower(item.Shape);
        string extreme = random.Next(3) == 0 ? random.Pick(Extremes) + " " : "";
        string place = random.Next(2) == 0 ? $" in the {Places[box]} box" : "";
        return $"the {extreme}{size}{color}{shape}{place}";
    }

    private static bool Fits((int Box, NlvrItem Item) pair, string word) => word switch
    {
        "small" or "medium" or "large" => Sizes[(pair.Item.Size / 10) - 1] == word,
        "yellow" or "blue" or "black" => Lower(pair.Item.Color) == word,
        "square" or "circle" or "triangle" => Lower(pair.Item.Shape) == word,
        "left" or "middle" or "right" => Places[pair.Box] == word,
        _ => true,
    };

    // Centres in half pixels of the image, signed so that the extreme one is least.
    private static int Rank((int Box, NlvrItem Item) pair, string extreme)
    {
        (int box, NlvrItem item) = pair;
        int x = (2 * ((box * NlvrScene.Stride) + item.X)) + item.Size, y = (2 * item.Y) + item.Size;
        return extreme switch
        {
            "topmost" => y,
            "lowest" => -y,
            "leftmost" => x,
            _ => -x,
        };
    }

    private static string Lower(Enum value) => value.ToString().ToLowerInvariant();
}
