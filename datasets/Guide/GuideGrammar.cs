namespace Vlm.Datasets;

/// <summary>The grammar of a guide's texts: from a plan and what is in a picture to concepts, and from a text back to its plan.</summary>
/// <remarks>
/// <code>
/// text    = register opener [address role] "." object{2,4} "." closing "."
/// object  = connective article [size] colour shape [place]
/// </code>
/// The first word tells the register, the first of six words the opener, a full stop or an address what is addressed, the connective the
/// order, size and place of the first object the attributes of all, the first word of the last sentence the closing. Texts have 25 to 45
/// tokens.
/// </remarks>
public static class GuideGrammar
{
    /// <summary>Tokens of the longest text, without the end of the turn.</summary>
    public const int LongestText = 45;

    /// <summary>Fewest objects that a text names.</summary>
    public const int FewestObjects = 2;

    /// <summary>Most objects that a text names.</summary>
    public const int MostObjects = 4;

    /// <summary>Reads a text in one pass, up to the first word that does not belong there.</summary>
    /// <param name="text">Words in lower case with spaces between them; at the end of a sentence a full stop.</param>
    public static GuideReading Parse(string text) => GuideReader.Read(Tokens(text));

    /// <summary>The words of a text, as the names of their concepts, and its full stops.</summary>
    /// <param name="plan">What it is like.</param>
    /// <param name="role">Who listens.</param>
    /// <param name="objects">Two to four of a picture, in any order.</param>
    internal static IEnumerable<string> Concepts(GuidePlan plan, string role, IReadOnlyList<CaptionObject> objects)
    {
        int register = (int)plan.Register;
        string[] address = plan.Address == GuideAddress.Role ? [.. GuideWords.Addresses[register], role] : [];
        return
        [
            GuideWords.Registers[register], .. GuideWords.Openers[(int)plan.Opener][register], .. address, GuideWords.Stop,
            .. Sorted(plan.Order, objects).Index().SelectMany(one => Named(plan, one.Item, Position(one.Index, objects.Count))),
            GuideWords.Stop,
            .. GuideWords.Closings[(int)plan.Closing][register], GuideWords.Stop,
        ];
    }

    /// <summary>A text of words and full stops.</summary>
    internal static string Join(IEnumerable<string> words) => string.Join(' ', words).Replace(" .", ".", StringComparison.Ordinal);

    /// <summary>Objects in an order that a plan may choose.</summary>
    internal static IEnumerable<CaptionObject> Sorted(GuideOrder order, IEnumerable<CaptionObject> objects) => order switch
    {
        GuideOrder.LeftToRight => objects.OrderBy(item => item.X).ThenBy(item => item.Y),
        GuideOrder.TopToBottom => objects.OrderBy(item => item.Y).ThenBy(item => item.X),
        _ => objects.OrderByDescending(item => item.Size == GuideWords.Sizes[^1]).ThenBy(item => item.X).ThenBy(item => item.Y),
    };

    /// <summary>The part of the picture that an object's centre is in: one of nine, each a third wide and high.</summary>
    internal static string PlaceOf(CaptionObject item) => GuideWords.Places[(3 * Third(item.Y)) + Third(item.X)];

    // First, second, third and last of the connectives and articles.
    private static int Position(int index, int count) => index == count - 1 ? MostObjects - 1 : index;

    private static IEnumerable<string> Named(GuidePlan plan, CaptionObject item, int position)
    {
        int register = (int)plan.Register;
        yield return GuideWords.Connectives[(int)plan.Order][register][position];
        yield return GuideWords.Articles[register][position];
        if (plan.Attributes is GuideAttributes.Size or GuideAttributes.SizeAndPlace)
            yield return item.Size;
        yield return item.Color;
        yield return item.Shape;
        if (plan.Attributes is GuideAttributes.Place or GuideAttributes.SizeAndPlace)
            yield return PlaceOf(item);
    }

    private static int Third(double share) => share < 1.0 / 3 ? 0 : share > 2.0 / 3 ? 2 : 1;

    // Names of concepts, full stops, and "" for what is neither; one more than a text can have is enough to see that it is too long.
    private static List<string> Tokens(string text)
    {
        var tokens = new List<string>(LongestText);
        for (int at = 0; at < text.Length && tokens.Count <= LongestText;)
        {
            int end = at + 1;
            if (char.IsWhiteSpace(text[at]))
            {
                at = end;
                continue;
            }

            while (text[at] != '.' && end < text.Length && text[end] != '.' && !char.IsWhiteSpace(text[end]))
                end++;
            tokens.Add(text[at] == '.' ? GuideWords.Stop
                : GuideLexicon.ConceptOf(text.AsSpan(at, end - at)) is { } concept ? GuideLexicon.NameOf(concept) : "");
            at = end;
        }

        return tokens;
    }
}
