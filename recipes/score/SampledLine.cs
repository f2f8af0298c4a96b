using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm.Grpo;

/// <summary>What several samples of each question are worth, for people and for result.json.</summary>
static class SampledLine
{
    /// <summary>"of 8 samples: mean 41.0 %, pass@1 ..., majority ...".</summary>
    /// <param name="scores">What they are worth.</param>
    /// <param name="show">Writes a number in its unit.</param>
    public static string Of(SampledScores scores, Func<double, string> show) => string.Join(", ", [
        string.Create(CultureInfo.InvariantCulture, $"of {scores.Samples} samples: mean {show(scores.Mean)}"),
        .. scores.PassAtK.Select(pass => string.Create(CultureInfo.InvariantCulture, $"pass@{pass.Key} {show(pass.Value)}")),
        $"majority {show(scores.Majority)}", .. scores.BestOfN is { } best ? [$"best of {scores.Samples} {show(best)}"] : Array.Empty<string>()]);

    /// <summary>The same for result.json.</summary>
    public static JsonObject Json(SampledScores scores) => new()
    {
        ["count"] = scores.Samples,
        ["mean"] = scores.Mean,
        ["pass_at_k"] = new JsonObject(scores.PassAtK.Select(pass =>
            KeyValuePair.Create(pass.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)pass.Value))),
        ["majority"] = scores.Majority,
        ["best_of_n"] = scores.BestOfN,
    };

    /// <summary>A report with what its samples are worth, and how long it took.</summary>
    public static JsonObject Result(EvaluationReport report, SampledScores? scores, (double Answering, double Waiting) seconds)
    {
        JsonObject result = JsonSerializer.SerializeToNode(report)!.AsObject();
        if (scores is not null)
            result.Add("samples", Json(scores));
        result.Add("seconds_answering", seconds.Answering);
        result.Add("seconds_waiting", seconds.Waiting);
        return result;
    }
}
