using System.Collections.Frozen;

namespace Vlm.Rewards;

/// <summary>Reads coordinates that have names: <c>{"x1": 10, "y1": 20, "x2": 30, "y2": 40}</c>, <c>x=10, y=20</c>, attributes of a tag.</summary>
internal static class CoordinateKeys
{
    private const int Slots = 6, LongestKey = 8;

    private static readonly string[][] s_keys =
        [["x", "x1", "xmin", "x_min", "left", "x0", "x_1", "xtl"], ["y", "y1", "ymin", "y_min", "top", "y0", "y_1", "ytl"],
            ["x2", "xmax", "x_max", "right", "x_2", "xbr"], ["y2", "ymax", "y_max", "bottom", "y_2", "ybr"], ["w", "width"], ["h", "height"]];

    // In the order of a box's edges, then width and height.
    private static readonly FrozenDictionary<string, int> s_slots = s_keys
        .SelectMany((keys, slot) => keys.Select(key => (key, slot)))
        .ToFrozenDictionary(pair => pair.key, pair => pair.slot, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> s_lookup =
        s_slots.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>The boxes of a text, or its points.</summary>
    /// <param name="text">The answer.</param>
    /// <param name="numbers">4 for boxes, 2 for points.</param>
    public static List<double[]> Read(ReadOnlySpan<char> text, int numbers)
    {
        var found = new List<double[]>();
        if (!text.ContainsAny('=', ':', '>'))
            return found;
        bool fromZero = false;
        var slots = new double?[Slots];
        for (int at = 0; at < text.Length;)
        {
            int sign = text[at..].IndexOfAny('=', ':', '>');
            if (sign < 0)
                break;
            at += sign + 1;
            if (!TrySlot(text[..(at - 1)], ref fromZero, out int slot))
                continue;
            int start = SkipGap(text, at);
            if (!CoordinateText.TryNumber(text, ref start, out double value))
                continue;
            if (slots[slot] is not null)
                Finish(slots, numbers, found);
            slots[slot] = value;
            at = start;
        }

        Finish(slots, numbers, found);
        return found;
    }

    private static void Finish(double?[] slots, int numbers, List<double[]> found)
    {
        double[]? read = slots switch
        {
            [{ } x1, { } y1, { } x2, { } y2, ..] => [x1, y1, x2, y2],
            [{ } x, { } y, null, null, { } width, { } height] => [x, y, x + width, y + height],
            [{ } x, { } y, null, null, null, null] => [x, y],
            _ => null,
        };
        if (read?.Length == numbers)
            found.Add(read);
        Array.Clear(slots);
    }

    // The key that a text ends in, quotes, stars and spaces aside. Behind x0 and y0, x1 and y1 are the second corner.
    private static bool TrySlot(ReadOnlySpan<char> text, ref bool fromZero, out int slot)
    {
        text = text[Math.Max(0, text.Length - LongestKey - 6)..].TrimEnd(" \"'*`");
        int start = text.Length;
        while (start > 0 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] == '_'))
            start--;
        ReadOnlySpan<char> key = text[start..];
        if (!s_lookup.TryGetValue(key, out slot))
            return false;
        fromZero |= key is [_, '0'];
        slot += fromZero && key is [_, '1'] ? 2 : 0;
        return true;
    }

    private static int SkipGap(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '"' or '\'')
            at++;
        return at;
    }
}
