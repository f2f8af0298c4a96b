namespace Vlm.Datasets;

/// <summary>A statement about a drawing.</summary>
/// <param name="Text">In English, without a full stop.</param>
/// <param name="Towers">Whether it speaks of towers or of scattered objects.</param>
/// <param name="Holds">Whether it is true of a drawing.</param>
internal sealed record NlvrStatement(string Text, bool Towers, Func<NlvrScene, bool> Holds);

/// <summary>Statements of the kinds people make about NLVR's drawings: counts, colours, towers, walls.</summary>
internal static class NlvrStatements
{
    private static readonly NlvrColor[] Colors = Enum.GetValues<NlvrColor>();
    private static readonly NlvrShape[] Shapes = Enum.GetValues<NlvrShape>();

    public static NlvrStatement Any(RandomStream random) => random.Next(7) switch
    {
        0 or 1 => Objects(random),
        2 => BoxesWith(random),
        3 => TowersWith(random, Quantity.OfTowers(random)),
        4 => Stacked(random),
        5 => Blocks(random),
        _ => EveryBox(random),
    };

    // "There is exactly one black square touching the edge"
    private static NlvrStatement Objects(RandomStream random)
    {
        (string noun, Func<NlvrItem, bool> what) = Noun(random);
        (string where, Func<NlvrItem, bool> at) = random.Next(5) switch
        {
            0 => (" touching the wall", item => item.TouchesWall),
            1 => (" touching the edge", item => item.TouchesWall),
            2 => (" touching the bottom of a box", item => item.TouchesBottom),
            3 => (" not touching the edge", item => !item.TouchesWall),
            _ => ("", new Func<NlvrItem, bool>(_ => true)),
        };
        Quantity many = Quantity.Any(random);
        return new NlvrStatement(
            $"There {many.Start} {noun}{many.Plural}{where}", Towers: false,
            scene => many.Holds(scene.Items.Count(pair => what(pair.Item) && at(pair.Item))));
    }

    // "There are two boxes with exactly 3 items"
    private static NlvrStatement BoxesWith(RandomStream random)
    {
        Quantity many = Quantity.OfTowers(random);
        (string text, Func<IReadOnlyList<NlvrItem>, bool> holds) = Content(random);
        return new NlvrStatement(
            $"There {many.Start} box{(many.Plural == "" ? "" : "es")} with {text}", Towers: false,
            scene => many.Holds(scene.Boxes.Count(holds)));
    }

    private static NlvrStatement EveryBox(RandomStream random)
    {
        NlvrColor color = random.Pick(Colors);
        int least = random.Between(1, 2);
        return new NlvrStatement(
            random.Next(2) == 0
                ? $"Each box has at least {least} {Lower(color)} item{(least > 1 ? "s" : "")}"
                : $"There is at least {least} {Lower(color)} item{(least > 1 ? "s" : "")} in every box",
            Towers: false, scene => scene.Boxes.All(box => box.Count(item => item.Color == color) >= least));
    }

    private static (string Text, Func<IReadOnlyList<NlvrItem>, bool> Holds) Content(RandomStream random)
    {
        int number = random.Between(1, 4);
        (NlvrColor color, NlvrColor other) = TwoHues(random);
        (NlvrShape shape, NlvrShape second) = (random.Pick(Shapes), random.Pick(Shapes));
        string s = number > 1 ? "s" : "";
        return random.Next(6) switch
        {
            0 => ($"exactly {number} item{s}", box => box.Count == number),
            1 => ($"at least {number} {Lower(color)} item{s}", box => box.Count(item => item.Color == color) >= number),
            2 => ($"only {Lower(color)} items", box => box.All(item => item.Color == color)),
            3 => ($"only {Lower(color)} and {Lower(other)} items", box => box.Select(item => item.Color).ToHashSet()
                .SetEquals([color, other])),
            4 => ("items of all 3 colors", box => box.Select(item => item.Color).Distinct().Count() == 3),
            _ => ($"a {Lower(color)} {Lower(shape)} and a {Lower(other)} {Lower(second)}",
                box => box.Any(item => (item.Color, item.Shape) == (color, shape))
                    && box.Any(item => (item.Color, item.Shape) == (other, second))),
        };
    }

    // "There is exactly one tower with a black block at the base"
    private static NlvrStatement TowersWith(RandomStream random, Quantity many)
    {
        (NlvrColor color, NlvrColor other) = TwoHues(random);
        int number = random.Between(1, 4), blocks = random.Between(1, 2);
        string s = number > 1 ? "s" : "", plural = blocks > 1 ? "s" : "";
        (string text, Func<IReadOnlyList<NlvrItem>, bool> holds) = random.Next(7) switch
        {
            0 => ($"exactly {Number(number)} block{s}", box => box.Count == number),
            1 => ($"a {Lower(color)} block at the top", box => box[^1].Color == color),
            2 => ($"a {Lower(color)} block at the base", box => box[0].Color == color),
            3 => ($"{Number(blocks)} {Lower(color)} block{plural}", box => box.Count(item => item.Color == color) == blocks),
            4 => ($"a {Lower(color)} block over a {Lower(other)} block", box => Adjacent(box, color, other)),
            5 => ("blocks of only one color", box => box.All(item => item.Color == box[0].Color)),
            _ => ($"{Number(number)} block{s} having a {Lower(color)} block at the top",
                new Func<IReadOnlyList<NlvrItem>, bool>(box => box.Count == number && box[^1].Color == color)),
        };
        return new NlvrStatement(
            $"There {many.Start} tower{many.Plural} with {text}", Towers: true,
            scene => many.Holds(scene.Boxes.Count(holds)));
    }

    // "There is a yellow block as the top of a tower with at least three blocks"
    private static NlvrStatement Stacked(RandomStream random)
    {
        NlvrColor color = random.Pick(Colors);
        bool top = random.Next(2) == 0;
        int least = random.Between(1, 4);
        bool exact = least > 1 && random.Next(2) == 0;
        string size = least == 1 ? "" : $" with {(exact ? "exactly" : "at least")} {Number(least)} blocks";
        Quantity many = Quantity.OfTowers(random);
        return new NlvrStatement(
            $"There {many.Start} {Lower(color)} block{many.Plural} as the {(top ? "top" : "base")} of a tower{size}",
            Towers: true,
            scene => many.Holds(scene.Boxes.Count(box =>
                (exact ? box.Count == least : box.Count >= least) && (top ? box[^1] : box[0]).Color == color)));
    }

    // "There is a yellow block on a blue block"
    private static NlvrStatement Blocks(RandomStream random)
    {
        NlvrColor color = random.Pick(Colors), other = random.Pick(Colors);
        string word = random.Pick((string[])["on", "above", "below", "under"]);
        bool over = word is "on" or "above";
        int count = random.Between(2, 4);
        return random.Next(3) == 0
            ? new NlvrStatement(
                $"There are {Number(count)} {Lower(color)} blocks", Towers: true,
                scene => scene.Items.Count(pair => pair.Item.Color == color) == count)
            : new NlvrStatement(
                $"There is a {Lower(color)} block {word} a {Lower(other)} block", Towers: true,
                scene => scene.Boxes.Any(box => over ? Adjacent(box, color, other) : Adjacent(box, other, color)));
    }

    private static bool Adjacent(IReadOnlyList<NlvrItem> tower, NlvrColor upper, NlvrColor lower) =>
        Enumerable.Range(1, tower.Count - 1).Any(i => tower[i].Color == upper && tower[i - 1].Color == lower);

    private static (string Noun, Func<NlvrItem, bool> What) Noun(RandomStream random)
    {
        NlvrColor color = random.Pick(Colors);
        NlvrShape shape = random.Pick(Shapes);
        string thing = random.Pick((string[])["item", "object"]);
        return random.Next(3) switch
        {
            0 => ($"{Lower(color)} {thing}", item => item.Color == color),
            1 => (Lower(shape), item => item.Shape == shape),
            _ => ($"{Lower(color)} {Lower(shape)}", item => item.Color == color && item.Shape == shape),
        };
    }

    private static (NlvrColor A, NlvrColor B) TwoHues(RandomStream random)
    {
        int first = random.Next(3);
        return (Colors[first], Colors[(first + random.Between(1, 2)) % 3]);
    }

    private static string Number(int number) => Quantity.Words[number];

    private static string Lower(Enum value) => value.ToString().ToLowerInvariant();
}

/// <summary>"is exactly one", "are at least 2": how many there must be.</summary>
/// <param name="Start">The verb and the words before the noun.</param>
/// <param name="Plural">"s", or nothing.</param>
/// <param name="Holds">Whether a number fits.</param>
internal sealed record Quantity(string Start, string Plural, Func<int, bool> Holds)
{
    public static readonly string[] Words = ["no", "one", "two", "three", "four"];

    public static Quantity Any(RandomStream random) => Of(random, random.Between(2, 4));

    /// <summary>Numbers that three towers or boxes can reach.</summary>
    public static Quantity OfTowers(RandomStream random) => Of(random, random.Between(2, 3));

    private static Quantity Of(RandomStream random, int many)
    {
        string number = random.Next(2) == 0 ? Words[many] : $"{many}";
        return random.Next(8) switch
        {
            0 or 1 => new("is a", "", n => n >= 1),
            2 => new("is exactly one", "", n => n == 1),
            3 => new("is only one", "", n => n == 1),
            4 => new("is no", "", n => n == 0),
            5 => new($"are at least {number}", "s", n => n >= many),
            6 => new($"are exactly {number}", "s", n => n == many),
            _ => new($"are {number}", "s", n => n == many),
        };
    }
}
