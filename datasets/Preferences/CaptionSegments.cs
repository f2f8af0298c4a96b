namespace Vlm.Datasets;

/// <summary>What is right in one segment of a caption: FGAIF's three kinds of hallucination, each turned round.</summary>
/// <param name="End">Letters of the caption before the end of the segment.</param>
/// <param name="Existence">An object of the shape that is named is there, and no segment before named it.</param>
/// <param name="Attribute">That object has the colour and the size that are named.</param>
/// <param name="Relation">It stands where it is said to: not left of an object that was named before.</param>
public readonly record struct CaptionSegment(int End, bool Existence, bool Attribute, bool Relation)
{
    /// <summary>The three in FGAIF's order.</summary>
    public IReadOnlyList<bool> Labels => [Existence, Attribute, Relation];
}

/// <summary>Says of each segment of a caption what is right in it, from the scene: what AI tools judge where no scene is known.</summary>
/// <remarks>
/// Jing and Du 2024, arXiv:2404.05046, section 3.1: object existence, object attributes, object relations. A segment that names no
/// object invents nothing. What a caption leaves out is in no segment: these labels do not see it.
/// </remarks>
public static class CaptionSegments
{
    private const int MostMentions = 8;

    /// <summary>The names of the labels, in their order.</summary>
    public static IReadOnlyList<string> Labels { get; } = ["existence", "attribute", "relation"];

    /// <summary>Labels the segments of a caption.</summary>
    /// <param name="caption">What was written.</param>
    /// <param name="ends">Letters before the end of each segment, rising.</param>
    /// <param name="truth">What is there.</param>
    public static IReadOnlyList<CaptionSegment> Label(string caption, IReadOnlyList<int> ends, CaptionTruth truth)
    {
        List<CaptionObject> left = [.. truth.Objects.OrderBy(item => item.X).ThenBy(item => item.Y)];
        double rightmost = 0;
        var segments = new List<CaptionSegment>();
        foreach (int end in ends)
        {
            int start = segments.Count == 0 ? 0 : segments[^1].End;
            (bool existence, bool attribute, bool relation) = (true, true, true);
            foreach (CaptionMention said in CaptionWords.Read(caption[start..end], MostMentions))
                if (left.Where(item => item.Shape == said.Shape).MaxBy(item => Alike(said, item)) is { } item)
                {
                    left.Remove(item);
                    attribute &= said.Color == item.Color && said.Size == item.Size;
                    relation &= item.X >= rightmost;
                    rightmost = Math.Max(rightmost, item.X);
                }
                else
                    (existence, attribute) = (false, false);
            segments.Add(new(end, existence, attribute, relation));
        }
        return segments;
    }

    private static int Alike(CaptionMention said, CaptionObject item) => (said.Color == item.Color ? 2 : 0) + (said.Size == item.Size ? 1 : 0);
}
