using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vlm.Grpo.Reports;

/// <summary>Before and after as the reports in result.json have them, of runs that kept no answers.</summary>
internal static class ReportReader
{
    /// <summary>A row for each kind, and the mean reward.</summary>
    public static IReadOnlyList<ResultRow> Rows(string folder)
    {
        JsonObject? result = HeadReader.Json(Path.Combine(folder, RunFolder.Result));
        EvaluationReport? before = Report(result?["before"]) ?? Report(HeadReader.Json(Path.Combine(folder, HeldOut.BeforeFile)));
        EvaluationReport? after = Report(result?["after"]);
        if (before is null && after is null)
            return [];
        string[] kinds = [.. (after ?? before)!.Kinds.Select(kind => kind.Kind)];
        return
        [
            .. kinds.Select(kind => new ResultRow(kind, Right(before, kind), Right(after, kind), IsShare: true)),
            new(AnswerReader.MeanReward, Paid(before), Paid(after), IsShare: false),
        ];
    }

    private static EvaluationReport? Report(JsonNode? node) =>
        node is JsonObject found && found.ContainsKey("kinds") ? found.Deserialize<EvaluationReport>() : null;

    private static Estimate? Right(EvaluationReport? report, string kind) =>
        report?.Kinds.FirstOrDefault(one => one.Kind == kind) is { Count: > 0 } found && double.IsFinite(found.Accuracy)
            ? Estimates.Share(found.Accuracy, found.Count) : null;

    // Of a mean alone no spread is known.
    private static Estimate? Paid(EvaluationReport? report) => report is { Questions: > 0 }
        ? new(report.Reward, double.NaN, double.NaN, report.Questions) : null;
}
