using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>What a caption says of one object; null where it does not say.</summary>
/// <param name="Size">"small" or "large".</param>
/// <param name="Color">A colour.</param>
/// <param name="Shape">A shape.</param>
/// <param name="Column">-1 left, 0 middle, 1 right.</param>
/// <param name="Row">-1 top, 0 middle, 1 bottom.</param>
internal readonly record struct CaptionMention(string? Size, string? Color, string? Shape, int? Column, int? Row)
{
    /// <summary>True where nothing said of this one contradicts the other.</summary>
    public bool Repeats(CaptionMention earlier) =>
        (Size is null || Size == earlier.Size) && (Color is null || Color == earlier.Color)
        && (Shape is null || Shape == earlier.Shape);
}

/// <summary>Reads the objects of a caption from left to right, in one pass over its words.</summary>
internal sealed partial class CaptionWords
{
    private static readonly Dictionary<string, string> s_sizes = Same("small", "large").With(
        ("little", "small"), ("tiny", "small"), ("big", "large"), ("huge", "large"));

    private static readonly Dictionary<string, string> s_colors = Same(
        "red", "green", "blue", "yellow", "purple", "cyan", "black", "white", "orange", "pink", "brown", "gray").With(
        ("grey", "gray"), ("violet", "purple"), ("turquoise", "cyan"));

    private static readonly Dictionary<string, string> s_shapes = Same(
        "circle", "square", "triangle", "diamond", "cross", "star", "rectangle", "oval", "hexagon", "pentagon").With(
        ("circles", "circle"), ("squares", "square"), ("triangles", "triangle"), ("diamonds", "diamond"),
        ("crosses", "cross"), ("stars", "star"), ("rectangles", "rectangle"), ("ovals", "oval"),
        ("hexagons", "hexagon"), ("pentagons", "pentagon"), ("disc", "circle"), ("discs", "circle"), ("plus", "cross"));

    private static readonly Dictionary<string, (int? Column, int? Row)> s_places = new(StringComparer.Ordinal)
    {
        ["left"] = (-1, null),
        ["right"] = (1, null),
        ["top"] = (null, -1),
        ["upper"] = (null, -1),
        ["bottom"] = (null, 1),
        ["lower"] = (null, 1),
        ["middle"] = (0, 0),
        ["center"] = (0, 0),
        ["centre"] = (0, 0),
    };

    private static readonly string[] s_numbers =
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

    private readonly List<CaptionMention> _found = [];
    private string? _size, _color;
    private int _count = 1, _newest;
    private bool _definite, _denied, _placing;
    private (int? Column, int? Row) _before;

    /// <summary>True for a colour that captions are read for.</summary>
    public static bool IsColor(string word) => s_colors.ContainsValue(word);

    /// <summary>True for a shape that captions are read for.</summary>
    public static bool IsShape(string word) => s_shapes.ContainsValue(word);

    /// <summary>The objects in the order they are named; reading stops where they exceed <paramref name="most"/>.</summary>
    public static IReadOnlyList<CaptionMention> Read(string text, int most)
    {
        var reader = new CaptionWords();
        for (Match word = Word().Match(text); word.Success && reader._found.Count <= most; word = word.NextMatch())
            reader.Take(word.Value.ToLowerInvariant());
        return reader._found;
    }

    private void Take(string word)
    {
        if (s_sizes.TryGetValue(word, out string? size))
            _size = size;
        else if (s_colors.TryGetValue(word, out string? color))
            _color = color;
        else if (s_shapes.TryGetValue(word, out string? shape))
            Name(shape);
        else if (word is "object" or "objects" or "shape" or "shapes" or "thing" or "things")
            NameVaguely();
        else if (s_places.TryGetValue(word, out (int? Column, int? Row) place))
            Place(place);
        else
            TakeSmall(word);
    }

    private void TakeSmall(string word)
    {
        switch (word)
        {
            case "a" or "an" or "the":
                (_size, _color, _count, _definite) = (null, null, 1, word == "the");
                break;
            case "no" or "not" or "without":
                _denied = true;
                break;
            case "at" or "in" or "on" or "near":
                (_placing, _before) = (_newest > 0, _newest > 0 ? (_found[^1].Column, _found[^1].Row) : default);
                break;
            case "of" when _placing:        // "on the left of" says where it is from another object, not on the canvas
                Put(_before);
                _placing = false;
                break;
            case "." or ";" or ":":
                Forget();
                (_newest, _placing) = (0, false);
                break;
            case "," or "and":
                (_placing, _definite) = (false, false);
                break;
            default:
                Count(word);
                break;
        }
    }

    private void Count(string word)
    {
        int number = Array.IndexOf(s_numbers, word);
        if (number < 0 && !int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return;
        number = Math.Min(number, s_numbers.Length - 1);
        (_size, _color, _count, _definite) = (null, null, number, false);
    }

    private void NameVaguely()
    {
        if (_color is not null)
            Name(null);
        Forget();
    }

    private void Name(string? shape)
    {
        var mention = new CaptionMention(_size, _color, shape, null, null);
        bool again = _definite && _found.Exists(mention.Repeats);
        if (!again && !_denied)
        {
            _found.AddRange(Enumerable.Repeat(mention, _count));
            _newest = _count;
        }
        else
        {
            _newest = 0;
        }

        _placing = false;
        Forget();
    }

    private void Forget() => (_size, _color, _count, _definite, _denied) = (null, null, 1, false, false);

    private void Place((int? Column, int? Row) place)
    {
        if (_placing && _newest > 0)
            Put((place.Column ?? _found[^1].Column, place.Row ?? _found[^1].Row));
    }

    private void Put((int? Column, int? Row) place)
    {
        for (int i = _found.Count - _newest; i < _found.Count; i++)
            _found[i] = _found[i] with { Column = place.Column, Row = place.Row };
    }

    private static Dictionary<string, string> Same(params string[] words) =>
        words.ToDictionary(word => word, StringComparer.Ordinal);

    [GeneratedRegex("[A-Za-z]+|[0-9]+|[.,;:]")]
    private static partial Regex Word();
}

/// <summary>Words that mean the same.</summary>
file static class Synonyms
{
    public static Dictionary<string, string> With(
        this Dictionary<string, string> words, params (string Word, string Meaning)[] more)
    {
        foreach ((string word, string meaning) in more)
            words.Add(word, meaning);
        return words;
    }
}
