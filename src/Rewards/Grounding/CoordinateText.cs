using System.Buffers;
using System.Globalization;

namespace Vlm.Rewards;

/// <summary>A run of numbers between brackets.</summary>
/// <param name="Numbers">In the order they are written.</param>
/// <param name="Start">The opening bracket.</param>
/// <param name="End">After the closing bracket.</param>
internal readonly record struct NumberGroup(double[] Numbers, int Start, int End);

/// <summary>Reads coordinates: numbers as Python, JSON and numpy print them, in groups between brackets.</summary>
internal static class CoordinateText
{
    /// <summary>Larger numbers are no coordinates, so that no area is infinite.</summary>
    private const double Largest = 9_999_999;

    private const int MostNumbers = 8;

    private static readonly SearchValues<char> s_runGap = SearchValues.Create(" ,;<>|\n\t\u3001");

    /// <summary>The groups of a text, innermost brackets only: [], (), and what stands between two tags.</summary>
    public static List<NumberGroup> Groups(ReadOnlySpan<char> text)
    {
        var groups = new List<NumberGroup>();
        for (int at = 0; at < text.Length;)
        {
            int open = text[at..].IndexOfAny('[', '(', '>');
            if (open < 0)
                break;
            at += open;
            double[]? numbers = TryList(text, at + 1, out int end);
            if (numbers is not null && end < text.Length && text[end] == Closing(text[at]))
                groups.Add(new(numbers, at, end + (text[end] == '<' ? 0 : 1)));
            at = Math.Max(at + 1, end);
        }

        return groups;
    }

    /// <summary>The numbers that a text is, parted by commas or white space; null where it is anything else.</summary>
    public static double[]? Whole(ReadOnlySpan<char> text) =>
        TryList(text, 0, out int end) is { } numbers && text[end..].IsWhiteSpace() ? numbers : null;

    /// <summary>The runs of so many numbers in a text: "The box is 10, 20, 30, 40.", &lt;10&gt;&lt;20&gt;&lt;30&gt;&lt;40&gt;.</summary>
    /// <param name="text">The text.</param>
    /// <param name="numbers">How many make a run; longer and shorter ones are passed over.</param>
    public static List<double[]> Runs(ReadOnlySpan<char> text, int numbers)
    {
        var runs = new List<double[]>();
        double[] run = new double[numbers];
        int count = 0, end = 0;
        for (int at = 0; text[at..].IndexOfAnyInRange('0', '9') is >= 0 and var next;)
        {
            int start = at += next;
            if (NumberText.IsWordBefore(text, at) || !TryNumber(text, ref at, out double value))
            {
                at = Math.Max(at, start + 1);
                continue;
            }

            bool minus = start > 0 && text[start - 1] == '-';
            if (count > 0 && text[end..(minus ? start - 1 : start)].ContainsAnyExcept(s_runGap))
                count = Take(runs, run, count);
            if (count < numbers)
                run[count] = minus ? -value : value;
            (count, end) = (count + 1, text[at..].StartsWith("px") ? at + 2 : at);
        }

        Take(runs, run, count);
        return runs;
    }

    private static int Take(List<double[]> runs, double[] run, int count)
    {
        if (count == run.Length)
            runs.Add([.. run]);
        return 0;
    }

    /// <summary>Any float that Python prints: "1e-05", ".5", "5.", 16 decimals.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, ref int at, out double value)
    {
        int end = at + (at < text.Length && text[at] is '-' or '+' ? 1 : 0);
        int digits = end < text.Length ? DigitNumber.Digits(text, end) : 0;
        end += digits;
        if (end < text.Length && text[end] == '.')
        {
            int decimals = DigitNumber.Digits(text, end + 1);
            digits += decimals;
            end += 1 + decimals;
        }

        value = 0;
        if (digits == 0)
            return false;
        end = ExponentEnd(text, end);
        value = double.Parse(text[at..end], NumberStyles.Float, CultureInfo.InvariantCulture);
        at = end;
        return Math.Abs(value) <= Largest;
    }

    // A number, or one as numpy prints it: np.float64(0.5).
    private static bool TryNumberOrCall(ReadOnlySpan<char> text, ref int at, out double value)
    {
        int inside = text[at] == 'n' && text[at..].StartsWith("np.") ? text[at..Math.Min(text.Length, at + 16)].IndexOf('(') : -1;
        if (inside < 0)
            return TryNumber(text, ref at, out value);
        int end = at + inside + 1;
        bool found = TryNumber(text, ref end, out value) && end < text.Length && text[end] == ')';
        at = found ? end + 1 : at;
        return found;
    }

    private static int ExponentEnd(ReadOnlySpan<char> text, int end)
    {
        if (end >= text.Length || text[end] is not ('e' or 'E'))
            return end;
        int at = end + (end + 1 < text.Length && text[end + 1] is '-' or '+' ? 2 : 1);
        int digits = at < text.Length ? DigitNumber.Digits(text, at) : 0;
        return digits is >= 1 and <= 4 ? at + digits : end;
    }

    private static char Closing(char open) => open switch { '[' => ']', '(' => ')', _ => '<' };

    // Numbers from a place on; where something else follows, end says where. Null where there is none, or far too many.
    private static double[]? TryList(ReadOnlySpan<char> text, int at, out int end)
    {
        Span<double> numbers = stackalloc double[MostNumbers];
        int count = 0;
        at = SkipGap(text, at, comma: false);
        while (at < text.Length && TryNumberOrCall(text, ref at, out double value))
        {
            if (count < MostNumbers)
                numbers[count] = value;
            count++;
            int next = SkipGap(text, at, comma: true);
            if (next == at)
                break;
            at = next;
        }

        end = at;
        return count is > 0 and <= MostNumbers ? numbers[..count].ToArray() : null;
    }

    // White space and quotes, and one comma.
    private static int SkipGap(ReadOnlySpan<char> text, int at, bool comma)
    {
        for (; at < text.Length; at++)
            if (text[at] is ',' or ';' or '\u3001' && comma)
                comma = false;
            else if (!(char.IsWhiteSpace(text[at]) || text[at] is '"' or '\''))
                break;
        return at;
    }
}
