using System.Text.Json;
using System.Text.RegularExpressions;

namespace Recipes.Tests;

/// <summary>docs/conformance.md says which test holds which published number.</summary>
public partial class ConformanceTests
{
    private static readonly string s_page = Repository.Read("docs/conformance.md");

    [Fact]
    public void Each_test_that_the_page_names_exists()
    {
        string[] named = [.. TestName().Matches(s_page).Select(match => match.Groups[1].Value).Distinct()];
        HashSet<string> known = [.. Repository.Files("tests", ".cs").SelectMany(path => Methods().Matches(Repository.Read(path))
            .Select(match => $"{Path.GetFileName(path).Split('.')[0]}.{match.Groups[1].Value}"))];

        Assert.True(named.Length > 50, $"only {named.Length} tests named");
        Assert.Empty(named.Except(known));
    }

    [Fact]
    public void No_group_of_vectors_is_missing()
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(Vlm.Testing.Fixtures.PathOf("vectors", "peers.json")));
        string[] groups = [.. Names(file.RootElement).Where(name => name is not "rl"), .. Names(file.RootElement.GetProperty("rl"))];

        Assert.DoesNotContain(groups, name => !name.StartsWith('_') && !name.EndsWith("_note", StringComparison.Ordinal)
            && !s_page.Contains($"`{name}`", StringComparison.Ordinal));

        static IEnumerable<string> Names(JsonElement element) => element.EnumerateObject().Select(property => property.Name);
    }

    [GeneratedRegex(@"`(\w+Tests\.\w+)`")]
    private static partial Regex TestName();

    [GeneratedRegex(@"public (?:async )?(?:void|Task) (\w+)\(")]
    private static partial Regex Methods();
}
