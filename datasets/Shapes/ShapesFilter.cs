namespace Vlm.Datasets;

/// <summary>Some of the properties of an object, and the English for them.</summary>
internal readonly record struct Filter(Size? Size, Color? Color, Shape? Shape)
{
    public bool Matches(Appearance appearance) =>
        (Size is null || Size == appearance.Size)
        && (Color is null || Color == appearance.Color)
        && (Shape is null || Shape == appearance.Shape);

    public int Count(IEnumerable<Appearance> appearances)
    {
        Filter self = this;
        return appearances.Count(appearance => self.Matches(appearance));
    }

    /// <summary>"small red circle"; an object of any shape is an "object".</summary>
    public string Noun => string.Join(' ', Words().Append(Shape is { } shape ? Words(shape) : "object"));

    /// <summary>"small red circles".</summary>
    public string Plural => Noun + (Shape == Datasets.Shape.Cross ? "es" : "s");

    public static string Words(Enum value) => value.ToString().ToLowerInvariant();

    private IEnumerable<string> Words()
    {
        if (Size is { } size)
            yield return Words(size);
        if (Color is { } color)
            yield return Words(color);
    }
}

/// <summary>Random appearances.</summary>
internal static class Appearances
{
    public static readonly Size[] Sizes = Enum.GetValues<Size>();
    public static readonly Color[] Colors = Enum.GetValues<Color>();
    public static readonly Shape[] Shapes = Enum.GetValues<Shape>();

    public static Appearance Any(RandomStream random) =>
        new(random.Pick(Sizes), random.Pick(Colors), random.Pick(Shapes));

    /// <summary>An appearance that has the filter's properties and random others.</summary>
    public static Appearance Like(RandomStream random, Filter filter)
    {
        Appearance any = Any(random);
        return new Appearance(filter.Size ?? any.Size, filter.Color ?? any.Color, filter.Shape ?? any.Shape);
    }

    /// <summary>
    /// An appearance the filter does not match; half of the time it shares one of the filter's properties, so that no single
    /// property gives the answer away.
    /// </summary>
    public static Appearance Unlike(RandomStream random, Filter filter)
    {
        while (true)
        {
            Appearance any = Any(random);
            Appearance appearance = random.Next(4) switch
            {
                0 => any with { Color = filter.Color ?? any.Color },
                1 => any with { Shape = filter.Shape ?? any.Shape },
                _ => any,
            };
            if (!filter.Matches(appearance))
                return appearance;
        }
    }
}
