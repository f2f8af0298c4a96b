using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Vlm;
using Vlm.Datasets;
using Vlm.Rewards.Learned;

/// <summary>Every score, a JSON line for each pair and for each contrast.</summary>
static class ScoreLines
{
    private static readonly JsonSerializerOptions s_line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes pairs.jsonl and contrasts.jsonl. A score that is not there is null, and the line says why.</summary>
    public static void Write(string folder, BenchPairs bench, IReadOnlyList<RewardScores> rewards)
    {
        CompleteFile.WriteText(Path.Combine(folder, "pairs.jsonl"),
            Text(rewards.SelectMany(reward =>
                bench.Pairs.Select((pair, i) => OfPair(reward.Reward, pair, reward.Pairs[i], bench.Verified[i])))));
        CompleteFile.WriteText(Path.Combine(folder, "contrasts.jsonl"),
            Text(rewards.SelectMany(reward =>
                bench.Contrasts.Select((contrast, i) => OfContrast(reward.Reward, contrast, reward.Contrasts[i])))));
    }

    private static string Text(IEnumerable<JsonObject> lines) => string.Concat(lines.Select(line => line.ToJsonString(s_line) + "\n"));

    private static JsonObject OfPair(
        string reward, Preference pair, (LearnedScore Chosen, LearnedScore Rejected) scores, (double Chosen, double Rejected)? verified) => new()
        {
            ["reward"] = reward,
            ["id"] = pair.Example.Id,
            ["kind"] = pair.Kind,
            ["chosen"] = pair.Chosen,
            ["rejected"] = pair.Rejected,
            ["strength"] = pair.Strength,
            ["chosen_score"] = scores.Chosen.Value,
            ["rejected_score"] = scores.Rejected.Value,
            ["chosen_verified"] = verified?.Chosen,
            ["rejected_verified"] = verified?.Rejected,
            ["not_scored"] = Why(scores.Chosen, scores.Rejected),
        };

    private static JsonObject OfContrast(string reward, ContrastPair contrast, LearnedScore[] scores) => new()
    {
        ["reward"] = reward,
        ["id"] = contrast.First.Example.Id,
        ["other_id"] = contrast.Second.Example.Id,
        ["varies"] = OptionText.Show(contrast.Varies),
        ["question"] = contrast.First.Example.Question,
        ["other_question"] = contrast.Second.Example.Question,
        ["answer"] = contrast.First.Chosen,
        ["other_answer"] = contrast.Second.Chosen,
        ["scores"] = new JsonArray([.. scores.Select(score => (JsonNode?)score.Value)]),
        ["not_scored"] = Why(scores),
    };

    private static string? Why(params LearnedScore[] scores) => scores.FirstOrDefault(score => score.Value is null)?.Reason;
}
