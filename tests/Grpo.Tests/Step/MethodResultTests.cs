namespace Vlm.Grpo.Tests.Step;

/// <summary>Results that are kept in files.</summary>
public sealed class MethodResultTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-result-");

    public void Dispose() => _folder.Delete(recursive: true);

    // Earlier versions wrote "Drawn" for the sampled answers.
    [Theory]
    [InlineData("Sampled")]
    [InlineData("Drawn")]
    public void A_result_is_read_from_its_file_of_any_version(string name)
    {
        string file = Path.Combine(_folder.FullName, "score.json");
        MethodResult.Kept(file, () => new("codes", Report(0.5), Report(0.25), new DiversityReport(1.5, 0.5, 2)));
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"Sampled\"", $"\"{name}\"", StringComparison.Ordinal));
        Assert.Contains($"\"{name}\"", File.ReadAllText(file), StringComparison.Ordinal);

        MethodResult kept = MethodResult.Kept(file, () => throw new InvalidOperationException("measured again"));

        Assert.Equal((0.5, 0.25), (kept.Greedy.Reward, kept.Sampled.Reward));
        Assert.Equal(new DiversityReport(1.5, 0.5, 2), kept.Diversity);
    }

    private static EvaluationReport Report(double reward) =>
        new(new Dictionary<string, MetricMean> { [Metric.Reward] = new(reward, 4) }, 0, []);
}
