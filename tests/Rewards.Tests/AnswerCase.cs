using System.Text.Json;

namespace Vlm.Rewards.Tests;

/// <summary>One line of a file of answers: a truth, a completion, and what it should earn.</summary>
internal sealed record AnswerCase(string Id, string Completion, double Want, bool IsPoint, Truth Truth)
{
    /// <summary>The kind of case: its id without the number.</summary>
    public string Group => Id[..Id.LastIndexOf(' ')];

    /// <summary>What it earns by the reward of its truth, or as a point.</summary>
    public Score Score => IsPoint ? PointInBox.Score(Completion, (Truth.Region)Truth) : Truth.Kind.Score.Compute(Completion, Truth);

    public static IReadOnlyList<AnswerCase> ReadAll(string path) =>
        [.. File.ReadLines(path).Select(line => Read(JsonDocument.Parse(line).RootElement))];

    private static AnswerCase Read(JsonElement json) => new(
        json.GetProperty("id").GetString()!, json.GetProperty("completion").GetString()!, json.GetProperty("want").GetDouble(),
        json.GetProperty("truth").GetProperty("type").GetString() == "point", TruthOf(json.GetProperty("truth")));

    private static Truth TruthOf(JsonElement json)
    {
        JsonElement value = json.GetProperty("v");
        return json.GetProperty("type").GetString() switch
        {
            "number" => new Truth.Number(value.GetDouble()) { IsPercent = json.TryGetProperty("percent", out JsonElement percent) && percent.GetBoolean() },
            "word" => new Truth.Word(value.GetString()!),
            "choice" => TruthKind.Choice.Read(new()
            {
                Text = value.GetString(),
                Choices = [.. json.GetProperty("options").EnumerateArray().Select(option => option.GetString()!)],
            }),
            "region" or "point" => new Truth.Region(
                new(value[0].GetDouble(), value[1].GetDouble(), value[2].GetDouble(), value[3].GetDouble()),
                Enum.Parse<Frame>(json.GetProperty("frame").GetString()!), json.GetProperty("w").GetDouble(), json.GetProperty("h").GetDouble()),
            var other => throw new InvalidOperationException($"no truth of type {other} is known here"),
        };
    }
}
