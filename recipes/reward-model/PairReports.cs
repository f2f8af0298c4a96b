using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards.Learned;

/// <summary>Reports of a run on its held-out pairs.</summary>
static class PairReports
{
    // What no pair says, such as the accuracy of none, is NaN.
    private static readonly JsonSerializerOptions s_json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Says a report in a line, and keeps it for a resumed run.</summary>
    public static PairReport Keep(Run run, string when, PairReport report)
    {
        run.Say(string.Create(CultureInfo.InvariantCulture,
            $"{when}: {report.All.Accuracy:P1} of {report.All.Count} held-out pairs in the right order, margin {report.MeanMargin:F3}"));
        CompleteFile.WriteText(PathOf(run, when), JsonSerializer.Serialize(report, s_json));
        return report;
    }

    /// <summary>What an earlier part of the run kept.</summary>
    public static PairReport Read(Run run, string when) => JsonSerializer.Deserialize<PairReport>(File.ReadAllText(PathOf(run, when)), s_json)!;

    /// <summary>A report as lines.</summary>
    public static IEnumerable<string> Table(PairReport report)
    {
        PairAccuracy[] rows = [.. report.Kinds, .. report.Strengths, report.LongerChosen, report.ShorterChosen, report.All];
        int width = rows.Max(row => row.Name.Length);
        foreach (PairAccuracy row in rows.Where(row => row.Count > 0))
            yield return string.Create(CultureInfo.InvariantCulture, $"{row.Name.PadRight(width)}  {row.Accuracy,7:P1}  of {row.Count}");
        yield return string.Create(CultureInfo.InvariantCulture,
            $"calibration error {report.CalibrationError:F3}, length bias {report.LengthCorrelation:F3}");
    }

    private static string PathOf(Run run, string when) => Path.Combine(run.Folder, $"pairs-{when.Replace(' ', '-')}.json");
}
