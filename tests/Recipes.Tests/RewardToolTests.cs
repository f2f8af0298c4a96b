using System.Text.Json.Nodes;

namespace Recipes.Tests;

/// <summary>./vlm reward, for a text and for a file.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public sealed class RewardToolTests(RecipeRuns runs) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("reward-tool-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_text_gets_a_line_with_what_it_earns()
    {
        JsonObject line = Lines(runs.Run("reward", "--kind", "number", "--truth", "7", "so \\boxed{7}")).Single();

        Assert.Equal(("text", 1.0, true, "same number", "7"), ((string)line["id"]!, (double)line["value"]!, (bool)line["correct"]!,
            (string)line["reason"]!, (string)line["answer"]!));
        Assert.Equal(1, (double)line["parts"]!["number_match"]!["value"]!);
    }

    // IoU 19 x 10 / 20 x 10 = 0.95: half of it, and half of a hit.
    [Fact]
    public void Rewards_are_weighted_and_the_kinds_own_says_what_is_right()
    {
        JsonObject line = Lines(runs.Run("reward", "--box", "40,30,60,40", "--frame", "thousand", "--reward", "iou:0.5", "--reward", "acc@0.5:0.5",
            "[41, 30, 60, 40]")).Single();

        Assert.Equal(0.975, (double)line["value"]!, 1e-12);
        Assert.True((bool)line["correct"]!);
        Assert.Equal("iou: iou; acc@0.5: hit", (string)line["reason"]!);
    }

    [Fact]
    public void A_file_gets_a_line_for_each_row_by_rewards_of_ones_own_too()
    {
        string data = Write("rows.jsonl", """
            {"id": "a", "question": "How many?", "answer": "7", "completion": "\\boxed{7}"}
            {"id": "b", "question": "Which?", "answer": "dog", "options": ["cat", "dog"], "completion": "B, because not A"}
            {"id": "c", "question": "Colour?", "answer": "red", "completion": [{"role": "assistant", "content": "<think>hm"}]}
            """);
        string mine = Write("mine.cs", "static double Reward(string text, string truth) => text.Length;");

        JsonObject[] own = Lines(runs.Run("reward", data)), written = Lines(runs.Run("reward", data, "--reward", $"{mine}:2"));

        Assert.Equal(["a", "b", "c"], own.Select(line => (string)line["id"]!));
        Assert.Equal([1, 1, 0], own.Select(line => (double)line["value"]!));
        Assert.Equal("the thinking does not end", (string)own[2]["reason"]!);
        Assert.Equal([18, 32, 18], written.Select(line => (double)line["value"]!));
    }

    [Theory]
    [InlineData("there is no truth and no file")]
    [InlineData("--answer-format must be one of auto, tags,", "--truth", "7", "--answer-format", "boxd", "7")]
    [InlineData("there is no reward 'ioo'", "--truth", "7", "--reward", "ioo", "7")]
    [InlineData("the true answer is empty", "--truth", "", "7")]
    [InlineData("the reward's file cannot be read: ", "--truth", "7", "--reward", "none.cs", "7")]
    [InlineData("iou takes a truth of type region, and this one is number", "--truth", "7", "--reward", "iou", "7")]
    public void What_cannot_be_is_said_in_three_lines(string problem, params string[] words)
    {
        Outcome outcome = runs.Run("reward", words);

        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith($"error: {problem}", outcome.Errors, StringComparison.Ordinal);
        Assert.Equal(3, outcome.Errors.TrimEnd().Split('\n').Length);
        Assert.Empty(outcome.Output);
    }

    private static JsonObject[] Lines(Outcome outcome)
    {
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return [.. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    private string Write(string name, string text)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
