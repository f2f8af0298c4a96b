using System.Text.Json;
using Vlm.Testing;

namespace Vlm.Rewards.Tests;

/// <summary>Answers that people reported as read wrongly (shared/trials/c-*): each earns what they expect.</summary>
public class TrialTests
{
    [SharedTheory]
    [InlineData("c-1", 8)]
    [InlineData("c-3", 8)]
    [InlineData("c-5", 3)]
    [InlineData("c-6", 2)]
    [InlineData("c-8", 3)]
    [InlineData("c-9", 5)]
    [InlineData("c-11", 2)]
    [InlineData("c-12", 6)]
    [InlineData("c-14", 8)]
    public void Reported_answers_earn_what_is_expected(string trial, int lines)
    {
        JsonElement[] cases = [.. File.ReadLines(SharedFiles.PathOf("trials", trial, $"cases-{trial}.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)];

        Assert.Equal(lines, cases.Length);
        Assert.All(cases, item =>
        {
            Truth truth = TruthOf(item.GetProperty("truth"));
            Score score = truth.Kind.Score.Compute(item.GetProperty("completion").GetString()!, truth);
            Assert.Equal(item.GetProperty("want").GetDouble(), score.Value, tolerance: 1e-3);
        });
    }

    private static Truth TruthOf(JsonElement json)
    {
        JsonElement value = json.GetProperty("v");
        return json.GetProperty("type").GetString() switch
        {
            "number" => new Truth.Number(value.GetDouble()),
            "word" => new Truth.Word(value.GetString()!),
            "choice" => new Truth.Choice(
                value.GetString()![0], [.. json.GetProperty("options").EnumerateArray().Select(option => option.GetString()!)]),
            "region" => new Truth.Region(
                new(value[0].GetDouble(), value[1].GetDouble(), value[2].GetDouble(), value[3].GetDouble()),
                Enum.Parse<Frame>(json.GetProperty("frame").GetString()!), json.GetProperty("w").GetDouble(), json.GetProperty("h").GetDouble()),
            var other => throw new InvalidOperationException($"no truth of type {other} is known here"),
        };
    }
}
