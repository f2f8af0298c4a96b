using System.Text.RegularExpressions;

namespace Recipes.Tests;

/// <summary>What docs/rewards.md says to write and to type for a reward of one's own, from an empty folder.</summary>
[Collection(nameof(PackedGroup))]
public sealed partial class WalkThroughTests(Packed packed) : IDisposable
{
    private readonly string _work = Directory.CreateTempSubdirectory("vlm-walk-").FullName;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [Fact]
    public void A_reward_of_ones_own_is_written_tried_trained_with_and_put_into_a_program()
    {
        string section = Repository.Read("docs/rewards.md").Split("\n## A reward of your own\n")[1].Split("\n## ")[0];
        string output = "";
        var outputs = new List<string>();
        foreach (Match block in Block().Matches(section))
            switch (block.Groups["language"].Value)
            {
                case "csharp" when block.Groups["file"].Value is { Length: > 0 } file:
                    File.WriteAllText(Path.Combine(_work, file), block.Groups["text"].Value.Replace("@0.1.0", $"@{packed.Version}", StringComparison.Ordinal));
                    break;
                case "sh":
                    outputs.Add(output = Bash(block.Groups["text"].Value));
                    break;
                case "json":
                    Assert.All(block.Groups["text"].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries).Index(), line =>
                        Assert.StartsWith(line.Item.Replace(" ...", "", StringComparison.Ordinal), output.Split('\n')[line.Index], StringComparison.Ordinal));
                    break;
            }

        Assert.Equal(3, outputs.Count);
        string[] steps = [.. File.ReadLines(Path.Combine(_work, "run", "metrics.jsonl")).Where(line => line.Contains("\"step\":", StringComparison.Ordinal))];
        Assert.Contains(steps, line => line.Contains("\"reward/short\":", StringComparison.Ordinal) && line.Contains("\"reward/answer_tags\":", StringComparison.Ordinal));
        Assert.Matches(@"\A(reward [01]\.\d{3}\r?\n){3}\z", outputs[2]);
        Assert.True(File.Exists(Path.Combine(_work, "better", "model.safetensors")));
    }

    // The packages are made already, in a version of their own; the toolkit's programs use the user's.
    private string Bash(string script)
    {
        bool outside = script.Contains("dotnet run", StringComparison.Ordinal);
        Outcome outcome = RecipeProcess.RunCommand(_work, new Dictionary<string, string>(outside ? Packed.Environment(_work) : [])
        {
            ["TOOLKIT"] = Repository.Root,
            ["OMP_NUM_THREADS"] = "1",
        }, "bash", "-ec", script.Replace("$TOOLKIT/vlm pack\n", "", StringComparison.Ordinal));
        return outcome.ExitCode == 0 ? outcome.Output : throw new InvalidOperationException(outcome.Output + outcome.Errors);
    }

    // A fenced block; the file it is of ends the line before it.
    [GeneratedRegex(@"(?:`(?<file>\w+\.cs)`[,:]\n\n)?```(?<language>\w+)\n(?<text>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
