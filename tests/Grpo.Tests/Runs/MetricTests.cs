using System.Text.RegularExpressions;

namespace Vlm.Grpo.Tests.Runs;

public partial class MetricTests
{
    // Run.Log refuses every other name, so what is defined here is all that can be logged.
    [Fact]
    public void Metrics_md_defines_every_metric_and_no_other()
    {
        string[] rows = [.. Row().Matches(Document()).Select(match => match.Groups[1].Value)];

        Assert.True(Metric.All.Count > 20);
        Assert.Equal(rows.Order(), Metric.All.Concat(["step", "elapsed_s"]).Order());
    }

    [Fact]
    public void Every_metric_has_a_unit_and_a_formula() =>
        Assert.All(
            Document().Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)),
            line => Assert.All(line.Trim('|', '\r').Split('|'), cell => Assert.NotEqual("", cell.Trim())));

    [Theory]
    [InlineData("accuracy", true)]
    [InlineData("accuracy/count", true)]
    [InlineData("count/accuracy", false)]
    [InlineData("acc", false)]
    public void A_part_of_a_metric_is_defined_with_it(string name, bool defined) =>
        Assert.Equal(defined, Metric.IsDefined(name));

    private static string Document()
    {
        DirectoryInfo? at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at!.FullName, "Vlm.sln")))
            at = at.Parent;
        return File.ReadAllText(Path.Combine(at.FullName, "src", "Grpo", "Runs", "Metrics.md"));
    }

    [GeneratedRegex("^\\| `([a-z0-9_]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
