using Vlm;
using Vlm.Datasets;

/// <summary>Captions of a scene, the right one and those with one fault, all in one form: no reader of words alone tells them apart.</summary>
static class FaultyCaptions
{
    /// <summary>The faults, in the order in which a pair has them.</summary>
    internal static IReadOnlyList<CaptionFault> Faults { get; } =
        [CaptionFault.WrongColor, CaptionFault.MissingObject, CaptionFault.InventedObject];

    private static readonly string[] s_colors = [.. Enum.GetNames<Color>().Select(name => name.ToLowerInvariant())];
    private static readonly string[] s_shapes = [.. Enum.GetNames<Shape>().Select(name => name.ToLowerInvariant())];
    private static readonly string[] s_sizes = [.. Enum.GetNames<Size>().Select(name => name.ToLowerInvariant())];

    /// <summary>"A small red circle, a large blue square and a small green cross."</summary>
    internal static string Sentence(IReadOnlyList<CaptionObject> objects) =>
        CaptionSentence.Of([.. objects.Select(item => $"{item.Size} {item.Color} {item.Shape}")]);

    /// <summary>The caption with a fault.</summary>
    /// <param name="objects">What is to be seen, from left to right; two or more.</param>
    /// <param name="fault">What is to be wrong: one of <see cref="Faults"/>.</param>
    /// <param name="random">Says where, and what stands there instead.</param>
    internal static string Sentence(IReadOnlyList<CaptionObject> objects, CaptionFault fault, RandomStream random)
    {
        var said = objects.ToList();
        int at = random.Next(said.Count);
        if (fault == CaptionFault.MissingObject)
            said.RemoveAt(at);
        else if (fault == CaptionFault.WrongColor)
            said[at] = Other(objects, () => said[at] with { Color = random.Pick(s_colors) });
        else
            said.Insert(at, Other(objects, () => new(random.Pick(s_sizes), random.Pick(s_colors), random.Pick(s_shapes), 0, 0)));
        return Sentence(said);
    }

    // One that is not there in this colour and shape, of whatever size.
    private static CaptionObject Other(IReadOnlyList<CaptionObject> objects, Func<CaptionObject> draw)
    {
        CaptionObject other = draw();
        while (objects.Any(item => (item.Color, item.Shape) == (other.Color, other.Shape)))
            other = draw();
        return other;
    }
}
