namespace Vlm.Datasets;

/// <summary>What can be wrong with a caption of a drawing.</summary>
public enum CaptionFault
{
    /// <summary>One object is not named.</summary>
    MissingObject,

    /// <summary>One object has another colour.</summary>
    WrongColor,

    /// <summary>One object has another shape.</summary>
    WrongShape,

    /// <summary>One object has the other size.</summary>
    WrongSize,

    /// <summary>An object is named that is not there.</summary>
    InventedObject,

    /// <summary>Two neighbours change places.</summary>
    WrongOrder,

    /// <summary>An object is named once more.</summary>
    RepeatedObject,
}

/// <summary>Makes captions wrong, one fault after the other.</summary>
internal static class CaptionFaults
{
    /// <summary>Every fault.</summary>
    public static IReadOnlyList<CaptionFault> All { get; } = Enum.GetValues<CaptionFault>();

    /// <summary>The objects as a caption with one fault more names them; null where this fault cannot be made.</summary>
    /// <param name="named">From left to right.</param>
    /// <param name="fault">What is to be wrong.</param>
    /// <param name="random">Chooses where.</param>
    public static Appearance[]? Make(IReadOnlyList<Appearance> named, CaptionFault fault, RandomStream random)
    {
        int at = random.Next(named.Count);
        Appearance one = named[at];
        return fault switch
        {
            CaptionFault.MissingObject => named.Count < 2 ? null : [.. named.Take(at), .. named.Skip(at + 1)],
            CaptionFault.WrongColor => With(named, at, one with { Color = Other(Appearances.Colors, one.Color, random) }),
            CaptionFault.WrongShape => With(named, at, one with { Shape = Other(Appearances.Shapes, one.Shape, random) }),
            CaptionFault.WrongSize => With(named, at, one with { Size = Other(Appearances.Sizes, one.Size, random) }),
            CaptionFault.InventedObject => [.. named.Take(at), Appearances.Any(random), .. named.Skip(at)],
            CaptionFault.RepeatedObject => [.. named.Take(at), one, .. named.Skip(at)],
            _ => at == 0 || named[at - 1] == one ? null : With(With(named, at, named[at - 1]), at - 1, one),
        };
    }

    private static Appearance[] With(IReadOnlyList<Appearance> named, int at, Appearance one) =>
        [.. named.Select((known, i) => i == at ? one : known)];

    private static T Other<T>(T[] all, T but, RandomStream random) where T : struct, Enum =>
        random.Pick<T>([.. all.Where(one => !one.Equals(but))]);
}
