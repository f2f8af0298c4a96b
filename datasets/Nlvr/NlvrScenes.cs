namespace Vlm.Datasets;

/// <summary>Random drawings in NLVR's manner: three towers of blocks, or three boxes of scattered objects.</summary>
internal static class NlvrScenes
{
    private static readonly NlvrColor[] Colors = Enum.GetValues<NlvrColor>();
    private static readonly NlvrShape[] Shapes = Enum.GetValues<NlvrShape>();

    public static NlvrScene Any(RandomStream random, bool towers) =>
        new([.. Enumerable.Range(0, 3).Select(_ => towers ? Tower(random) : Scatter(random))]);

    /// <summary>Depends on the objects of each box, not on their places or on the order of the boxes.</summary>
    public static Split SplitOf(NlvrScene scene) => Splits.Of(string.Join('|', scene.Boxes
        .Select(box => string.Join(' ', box.Select(item => $"{(int)item.Color}{(int)item.Shape}{item.Size}")))
        .Order(StringComparer.Ordinal)));

    // From the base up; blocks of 20 pixels with a gap of one, in the middle of the box.
    private static IReadOnlyList<NlvrItem> Tower(RandomStream random) =>
    [
        .. Enumerable.Range(0, random.Between(1, 4))
            .Select(level => new NlvrItem(40, 80 - (21 * level), 20, NlvrShape.Square, random.Pick(Colors))),
    ];

    private static List<NlvrItem> Scatter(RandomStream random)
    {
        int count = random.Between(1, random.Next(4) == 0 ? 7 : 4);
        var items = new List<NlvrItem>();
        for (int attempt = 0; attempt < 200 && items.Count < count; attempt++)
            if (One(random) is var item && items.TrueForAll(other => Apart(item, other)))
                items.Add(item);
        return items;
    }

    // One in three lies against a wall, for sentences speak of that.
    private static NlvrItem One(RandomStream random)
    {
        int size = 10 * random.Between(1, 3), far = 100 - size;
        int x = random.Between(2, far - 2), y = random.Between(2, far - 2);
        (x, y) = random.Next(12) switch
        {
            0 => (0, y),
            1 => (far, y),
            2 => (x, 0),
            3 => (x, far),
            _ => (x, y),
        };
        return new NlvrItem(x, y, size, random.Pick(Shapes), random.Pick(Colors));
    }

    private static bool Apart(NlvrItem a, NlvrItem b) =>
        a.X + a.Size < b.X || b.X + b.Size < a.X || a.Y + a.Size < b.Y || b.Y + b.Size < a.Y;
}
