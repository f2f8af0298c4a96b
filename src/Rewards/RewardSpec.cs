using System.Globalization;

namespace Vlm.Rewards;

/// <summary>A reward with its weight, as options and files spell it.</summary>
internal static class RewardSpec
{
    public const string Example = "0.5 acc@0.5 + 0.5 iou, or acc@0.5:0.5 iou:0.5";

    /// <summary>Reads "iou", "iou:0.5" or "0.5 iou".</summary>
    /// <exception cref="UsageException">It is none of these.</exception>
    public static WeightedReward Read(string text, Func<string, Reward> find, string where)
    {
        string said = text.Trim();
        (string name, string? weight) = said.LastIndexOf(':') is >= 0 and var colon && IsNumber(said[(colon + 1)..])
            ? (said[..colon], said[(colon + 1)..])
            : said.IndexOf(' ') is >= 0 and var space && IsNumber(said[..space]) ? (said[(space + 1)..], said[..space]) : (said, null);
        name = name.Trim();
        double value = weight is null ? 1 : double.Parse(weight, CultureInfo.InvariantCulture);
        bool one = name.Length > 0 && (!name.Contains(' ', StringComparison.Ordinal) || name.EndsWith(".cs", StringComparison.Ordinal));
        return one && double.IsFinite(value) ? new(find(name), value) : throw new UsageException(
            $"'{said}' is no reward with its weight", where, $"token_f1, or {Example}");
    }

    private static bool IsNumber(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out _);
}
