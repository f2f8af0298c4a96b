using System.Collections.Frozen;

namespace Vlm.Rewards;

/// <summary>Numbers in English words: "seven", "twenty-one", "one hundred and five", "five million", "two dozen"; "none" is 0.</summary>
internal static class WordNumber
{
    private const int LongestWord = 9;

    private static readonly FrozenDictionary<string, double> s_words = new Dictionary<string, double>
    {
        ["none"] = 0,
        ["zero"] = 0,
        ["one"] = 1,
        ["two"] = 2,
        ["three"] = 3,
        ["four"] = 4,
        ["five"] = 5,
        ["six"] = 6,
        ["seven"] = 7,
        ["eight"] = 8,
        ["nine"] = 9,
        ["ten"] = 10,
        ["eleven"] = 11,
        ["twelve"] = 12,
        ["thirteen"] = 13,
        ["fourteen"] = 14,
        ["fifteen"] = 15,
        ["sixteen"] = 16,
        ["seventeen"] = 17,
        ["eighteen"] = 18,
        ["nineteen"] = 19,
        ["dozen"] = 12,
        ["twenty"] = 20,
        ["thirty"] = 30,
        ["forty"] = 40,
        ["fifty"] = 50,
        ["sixty"] = 60,
        ["seventy"] = 70,
        ["eighty"] = 80,
        ["ninety"] = 90,
        ["hundred"] = 100,
        ["thousand"] = 1e3,
        ["million"] = 1e6,
        ["billion"] = 1e9,
        ["trillion"] = 1e12,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, double>.AlternateLookup<ReadOnlySpan<char>> s_lookup =
        s_words.GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Reads the number that begins at a letter.</summary>
    public static bool TryRead(ReadOnlySpan<char> text, int at, out NumberToken number)
    {
        number = default;
        if (!TryWord(text, at, out double first, out int end))
            return false;
        var sum = new Sum();
        sum.TryAdd(first);
        while (TryJoined(text, end, sum.EndsInMagnitude, sum.EndsInThousands, out double next, out int after) && sum.TryAdd(next))
            end = after;
        number = new(sum.Value, false, at, end);
        return true;
    }

    /// <summary>The scale word at a place, "million": what it multiplies by.</summary>
    public static bool TryScale(ReadOnlySpan<char> text, int at, out double scale, out int end)
    {
        bool found = TryWord(text, at, out scale, out end);
        if (!found && end > at && text[end - 1] is 's' or 'S')      // "5 millions"
            found = s_lookup.TryGetValue(text[at..(end - 1)], out scale) && !NumberText.IsWordAt(text, end);
        return found && (scale >= 100 || (text[at] | 0x20) == 'd');
    }

    private static bool TryWord(ReadOnlySpan<char> text, int at, out double value, out int end)
    {
        end = at;
        while (end < text.Length && end - at <= LongestWord && char.IsAsciiLetter(text[end]))
            end++;
        value = 0;
        bool ends = end == text.Length || !NumberText.IsWord(text[end]);
        return ends && s_lookup.TryGetValue(text[at..end], out value);
    }

    // After a hyphen, a space, or an "and" that follows hundreds.
    private static bool TryJoined(ReadOnlySpan<char> text, int at, bool magnitude, bool largest, out double value, out int end)
    {
        (value, end) = (0, at);
        if (at < text.Length && text[at] == ',' && largest)      // "one million, two hundred"
            at++;
        if (at >= text.Length || text[at] is not ('-' or ' '))
            return false;
        at++;
        if (magnitude && text[at..].StartsWith("and ", StringComparison.OrdinalIgnoreCase))
            at += 4;
        return TryWord(text, at, out value, out end);
    }

    // "two hundred thousand and five": what was said up to the last "thousand", and what is said since.
    private struct Sum
    {
        private double _done, _now, _scale;
        private bool _started;

        public readonly double Value => _done + _now;

        public bool EndsInMagnitude { get; private set; }

        public readonly bool EndsInThousands => EndsInMagnitude && _now == 0;

        public bool TryAdd(double word)
        {
            if (!Fits(word))
                return false;
            if (word >= 1000)
                (_done, _now, _scale) = (_done + ((_now > 0 ? _now : 1) * word), 0, word);
            else
                _now = word == 100 ? (_now > 0 ? _now : 1) * 100 : _now + word;
            (_started, EndsInMagnitude) = (true, word >= 100);
            return true;
        }

        private readonly bool Fits(double word)
        {
            if (!_started)
                return true;
            if (word >= 1000)
                return _now > 0 && (_scale == 0 || word < _scale);
            if (word == 100)
                return _now is > 0 and < 100;
            bool open = _now % 100 == 0 && EndsInMagnitude;
            return word > 0 && (open || (word < 10 && _now % 10 == 0 && _now % 100 >= 20));
        }
    }
}
