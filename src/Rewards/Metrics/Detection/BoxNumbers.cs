using System.Globalization;
using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Numbers that scorers find in answers with a pattern.</summary>
internal static class BoxNumbers
{
    /// <summary>The groups of a match, from the first; a percent sign divides by 100. Null where one is no number.</summary>
    public static double[]? Of(Match match) => match.Success ? Of([.. match.Groups.Values.Skip(1).Select(group => group.Value)]) : null;

    /// <summary>All matches.</summary>
    public static double[]? Of(MatchCollection matches) => Of([.. matches.Select(match => match.Value)]);

    private static double[]? Of(string[] texts)
    {
        var numbers = new double[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            bool isPercent = texts[i].EndsWith('%');
            if (!double.TryParse(texts[i].TrimEnd('%'), NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
                return null;
            numbers[i] = isPercent ? number / 100 : number;
        }

        return numbers;
    }
}
