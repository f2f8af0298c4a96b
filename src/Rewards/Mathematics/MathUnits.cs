using System.Collections.Frozen;

namespace Vlm.Rewards;

/// <summary>Units behind a number: "5 cm", "20 square meters", "90 degrees", "3 m/s".</summary>
internal static class MathUnits
{
    private const int Longest = 28;

    // The first of a row is the one that all of it mean.
    private static readonly string[][] s_names =
    [
        ["mm", "millimeter", "millimeters", "millimetre", "millimetres"], ["cm", "centimeter", "centimeters", "centimetre", "centimetres"],
        ["dm", "decimeter", "decimeters"], ["m", "meter", "meters", "metre", "metres"], ["km", "kilometer", "kilometers", "kilometre", "kilometres"],
        ["in", "inch", "inches"], ["ft", "foot", "feet"], ["yd", "yard", "yards"], ["mi", "mile", "miles"],
        ["mg", "milligram", "milligrams"], ["g", "gram", "grams"], ["kg", "kilogram", "kilograms"], ["lb", "lbs", "pound", "pounds"],
        ["ml", "milliliter", "milliliters"], ["liter", "liters", "litre", "litres"],
        ["s", "sec", "second", "seconds"], ["min", "minute", "minutes"], ["h", "hr", "hour", "hours"], ["day", "days"], ["week", "weeks"],
        ["month", "months"], ["year", "years"], ["\u00b0", "degree", "degrees", "deg"], ["rad", "radian", "radians"],
        ["$", "dollar", "dollars", "usd"], ["cent", "cents"], ["unit", "units"], ["n", "newton", "newtons"], ["j", "joule", "joules"],
        ["w", "watt", "watts"], ["v", "volt", "volts"], ["\u03c9", "\\omega", "ohm", "ohms"], ["ampere", "amperes", "amp", "amps"],
        ["m/s", "meters per second"], ["km/h", "kmh", "kph", "kilometers per hour"], ["mph", "miles per hour"],
        ["person", "people", "persons"], ["way", "ways"], ["point", "points"], ["time", "times"],
        ["\u7c73"], ["\u5398\u7c73"], ["\u5143"], ["\u5ea6"],
    ];

    private static readonly FrozenDictionary<string, string> s_units = s_names
        .SelectMany(names => names.Select(name => (name, names[0]))).ToFrozenDictionary(pair => pair.name, pair => pair.Item2);

    /// <summary>What stands before the unit, and the unit; all of the text and null where there is none.</summary>
    /// <remarks>A unit of one letter needs a space before it: "5 m", while "5m" is five times m.</remarks>
    /// <param name="text">As <see cref="MathText"/> leaves it.</param>
    public static (string Number, string? Unit) Split(string text)
    {
        for (int at = Math.Max(1, text.Length - Longest); at < text.Length; at++)
            if (EndsNumber(text[at - 1]) && Unit(text[at..]) is { } unit && (text[at - 1] == ' ' || text[at] is ' ' || !char.IsAsciiLetter(text[at]) || text.Length - at > 1))
                return (text[..at].TrimEnd(), unit);
        return (text, null);
    }

    private static bool EndsNumber(char letter) => char.IsAsciiDigit(letter) || letter is '}' or ')' or ' ' or MathText.Pi;

    private static string? Unit(string text)
    {
        string name = text.Trim().ToLowerInvariant();
        string power = "";
        foreach ((string sign, string meant) in (ReadOnlySpan<(string, string)>)[("^2", "2"), ("^{2}", "2"), ("^3", "3"), ("^{3}", "3")])
            if (name.EndsWith(sign, StringComparison.Ordinal))
                (name, power) = (name[..^sign.Length], meant);
        foreach ((string word, string meant) in (ReadOnlySpan<(string, string)>)[("square ", "2"), ("sq ", "2"), ("cubic ", "3")])
            if (name.StartsWith(word, StringComparison.Ordinal))
                (name, power) = (name[word.Length..], meant);
        return s_units.TryGetValue(name.Trim(), out string? unit) ? unit + power : null;
    }
}
