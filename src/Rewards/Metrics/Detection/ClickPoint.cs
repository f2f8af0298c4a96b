using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Where an answer clicks.</summary>
/// <param name="X">As it was said: share of the width, or pixels.</param>
/// <param name="Y">As it was said: share of the height, or pixels.</param>
/// <param name="IsParsed">False where the rule found no point; X and Y are 0.</param>
public readonly partial record struct ClickPoint(double X, double Y, bool IsParsed)
{
    private const string Number = @"-?\d+(?:\.\d+)?%?";
    private static readonly string[] s_boxWords = ["bbox", "box", "rect"];

    /// <summary>The point that a scorer of ScreenSpot finds; <see cref="ScreenSpot"/> says how.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="mode">Whose rules.</param>
    public static ClickPoint Read(string answer, ScoringMode mode = ScoringMode.Official) => mode switch
    {
        ScoringMode.LmmsEval => LmmsEval(answer),
        ScoringMode.VlmEvalKit => Point(BoxNumbers.Of(Click().Match(answer))),
        _ => SeeClick(answer),
    };

    private static ClickPoint SeeClick(string answer)
    {
        if (!answer.Contains("box", StringComparison.Ordinal))
            return BoxNumbers.Of(AnyNumber().Matches(answer)) is { Length: 2 or 4 } numbers ? Point(numbers) : default;
        return Point(BoxNumbers.Of(BoxTags().Match(answer))) is { IsParsed: true } centre
            ? new(centre.X / 1000, centre.Y / 1000, true) : default;
    }

    private static ClickPoint LmmsEval(string answer)
    {
        if (BoxTag().Match(answer) is { Success: true } tag && Numbers(tag.Groups[1].Value) is { Length: >= 4 } inside)
            return Point(inside[..4]);
        if ((BoxNumbers.Of(Pair().Match(answer)) ?? BoxNumbers.Of(NamedPair().Match(answer))) is { } pair)
            return Point(pair);
        double[] numbers = Numbers(answer);
        bool isBox = numbers.Length >= 4 && s_boxWords.Any(word => answer.Contains(word, StringComparison.OrdinalIgnoreCase));
        return numbers.Length < 2 ? default : Point(numbers[..(isBox ? 4 : 2)]);
    }

    // The centre of four numbers.
    private static ClickPoint Point(double[]? numbers) => numbers switch
    {
        [var x, var y] => new(x, y, true),
        [var x1, var y1, var x2, var y2] => new((x1 + x2) / 2, (y1 + y2) / 2, true),
        _ => default,
    };

    private static double[] Numbers(string text) => BoxNumbers.Of(Token().Matches(text)) ?? [];

    [GeneratedRegex(@"<box>\((\d+),(\d+)\),\((\d+),(\d+)\)</box>")]
    private static partial Regex BoxTags();

    [GeneratedRegex(@"-?\d+\.?\d*")]
    private static partial Regex AnyNumber();

    [GeneratedRegex(@"<\s*bbox[^>]*>(.*?)<\s*/\s*bbox\s*>",
        RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex BoxTag();

    [GeneratedRegex(@"[\[(]\s*(" + Number + @")\s*(?:,|\s)\s*(" + Number + @")\s*[\])]")]
    private static partial Regex Pair();

    [GeneratedRegex(@"['""]?x['""]?\s*[:=]\s*(" + Number + @").*?['""]?y['""]?\s*[:=]\s*(" + Number + ")",
        RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex NamedPair();

    [GeneratedRegex(Number)]
    private static partial Regex Token();

    [GeneratedRegex(@"x=([\d.]+), y=([\d.]+)")]
    private static partial Regex Click();
}
