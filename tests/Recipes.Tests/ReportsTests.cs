using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Vlm.Testing;

namespace Recipes.Tests;

/// <summary>tests/reports.md has a row for every case, and every row a test.</summary>
public partial class ReportsTests
{
    private static (string Case, string Class, string Method)[] Rows => [.. Row().Matches(Repository.Read("tests/reports.md"))
        .Select(row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value))];

    [Fact]
    public void Every_row_names_a_test_that_exists()
    {
        Assert.True(Rows.Length >= 38, $"only {Rows.Length} rows found");
        Assert.All(Rows, row => Assert.Contains(
            Repository.Files("tests", row.Class + ".cs"), file => Repository.Read(file).Contains($"public void {row.Method}(", StringComparison.Ordinal)));
    }

    [SharedFact]
    public void Every_case_has_a_row()
    {
        string[] cases = [.. JsonNode.Parse(File.ReadAllText(SharedFiles.PathOf("trials", "index.json")))!.AsArray()
            .Select(item => (string)item!["id"]!).Where(id => id[0] is >= 'a' and <= 'd')];
        Assert.True(cases.Length >= 35, $"only {cases.Length} cases found");
        Assert.Empty(cases.Except(Rows.Select(row => row.Case)));
    }

    [GeneratedRegex(@"^\| ([a-d]-\d+) \| .+ \| `(\w+)\.(\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
