using System.Text.RegularExpressions;

namespace Vlm.Grpo.Reports;

/// <summary>Reasons without what is particular to one answer, so that like ones are counted together.</summary>
internal static partial class ReasonText
{
    /// <summary>
    /// "iou 0.367 is below 0.5" as "iou … is below 0.5", "'red' is not the answer" as "'…' is not the answer", "12 is not the number"
    /// as "… is not the number".
    /// </summary>
    public static string Kind(string reason) => Measured().Replace(Quoted().Replace(First().Replace(reason, "…"), "'…'"), "…");

    [GeneratedRegex(@"^[-+]?\d[\d.,]*%?(?= )")]
    private static partial Regex First();

    [GeneratedRegex(@"(?<!\w)'[^']*'(?!\w)")]
    private static partial Regex Quoted();

    // What was measured has three decimals; a threshold has fewer.
    [GeneratedRegex(@"[-+]?\d+\.\d{3,}")]
    private static partial Regex Measured();
}
