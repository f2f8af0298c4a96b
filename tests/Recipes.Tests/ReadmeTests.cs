using System.ComponentModel;
using System.Reflection;
using System.Text.RegularExpressions;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Rewards;

namespace Recipes.Tests;

/// <summary>What README.md and the pages of recipes/, datasets/ and docs/ say to type and to open exists.</summary>
public partial class ReadmeTests
{
    private static readonly string[] Verbs = ["setup", "test", "pack", "help"];

    private static readonly string[] Folders = ["recipes/", "datasets/", "docs/"];

    private static readonly string[] Pages =
    [
        .. Repository.Files(extension: ".md").Where(path =>
            path == "README.md" || Folders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal))),
    ];

    private static readonly string Text = string.Concat(Pages.Select(path => Repository.Read(path) + "\n"));

    [Fact]
    public void Commands_name_verbs_or_recipes()
    {
        string[] named = [.. Commands().Select(command => command.Name).Distinct()];
        Assert.True(named.Length >= 10, $"only {named.Length} commands found");

        Assert.Empty(named.Except([.. Verbs, .. Repository.Recipes, .. Repository.Presets]));
    }

    [Fact]
    public void Every_recipe_and_preset_is_on_the_page_of_recipes()
    {
        string[] names = [.. Repository.Recipes, .. Repository.Presets];

        Assert.Empty(names.Except(Quoted("docs/recipes.md")));
    }

    [Fact]
    public void Options_in_commands_are_in_the_help_of_their_recipe()
    {
        ILookup<string, string> used = Commands().Where(command => !Verbs.Contains(command.Name))
            .SelectMany(
                command => Option().Matches(command.Arguments), (command, option) => (command.Name, option.Value))
            .Distinct().ToLookup(pair => pair.Name, pair => pair.Value);
        Assert.True(used.Count >= 5, $"options of only {used.Count} recipes found");

        Assert.All(used, options =>
        {
            string help = Repository.Vlm(options.Key, "--help").Output;
            Assert.Empty(options.Except([.. Option().Matches(help).Select(match => match.Value), "--help"]));
        });
    }

    [Fact]
    public void The_folders_of_the_map_exist()
    {
        string map = Repository.Read("README.md").Split("\n## The tree\n")[1].Split("\n## ")[0];
        string[] folders = [.. MapRow().Matches(map).Select(row => row.Groups[1].Value)];

        Assert.True(folders.Length >= 6, $"only {folders.Length} folders found");
        Assert.All(folders, folder => Assert.True(Directory.Exists(Repository.PathOf(folder)), folder));
    }

    [Fact]
    public void Every_variable_in_the_table_is_read_somewhere()
    {
        string[] code = [.. Repository.Files("src", ".cs"), .. Repository.Files("datasets", ".cs"), "vlm"];
        string sources = string.Concat(code.Select(Repository.Read));
        string[] variables = [.. VariableRow().Matches(Text).Select(row => row.Groups[1].Value)];

        Assert.True(variables.Length >= 3, $"only {variables.Length} variables found");
        Assert.All(variables, variable => Assert.Matches($@"\b{variable}\b", sources));
    }

    [Theory]
    [InlineData(typeof(GrpoOptions))]
    [InlineData(typeof(PpoOptions))]
    [InlineData(typeof(UpdateOptions))]
    [InlineData(typeof(Sampling))]
    [InlineData(typeof(ModelOptions))]
    [InlineData(typeof(EvaluationOptions))]
    [InlineData(typeof(SurrogateOptions))]
    [InlineData(typeof(RegularizerOptions))]
    [InlineData(typeof(CurriculumOptions))]
    [InlineData(typeof(PlasticityOptions))]
    public void Every_option_is_on_the_page_of_options(Type options)
    {
        string[] names = [.. options.GetProperties()
            .Where(property => property.DeclaringType == options && property.IsDefined(typeof(DescriptionAttribute)))
            .Select(property => property.Name)];
        Assert.True(names.Length >= 5, $"only {names.Length} options found");

        Assert.Empty(names.Except(Quoted("docs/options.md")));
    }

    [Fact]
    public void Every_reward_and_kind_of_truth_is_on_the_page_of_rewards()
    {
        string[] names = [CaptionTruth.Captions.Name, .. Reward.Table.Names, .. TruthKind.Table.Names];

        Assert.Empty(names.Except(Quoted("docs/rewards.md")));
    }

    [Fact]
    public void Metrics_that_are_explained_are_logged()
    {
        string[] rows = [.. MetricRow().Matches(Repository.Read("docs/metrics.md")).Select(row => row.Groups[1].Value)];
        Assert.True(rows.Length >= 5, $"only {rows.Length} metrics found");

        Assert.All(rows, name => Assert.True(Metric.IsDefined(name), name));
    }

    [Fact]
    public void Links_lead_to_files_and_headings_that_exist()
    {
        string[] all = Repository.Files(extension: ".md");
        (string Page, string Target)[] links = [.. all.SelectMany(page => Link().Matches(Prose(page))
            .Select(match => (page, match.Groups["target"].Value))
            .Where(link => !link.Value.Contains(':', StringComparison.Ordinal)))];
        Assert.True(links.Length >= 40, $"only {links.Length} links found");

        Assert.All(links, link => Assert.True(Leads(link.Page, link.Target), $"{link.Page} links to {link.Target}"));
    }

    [Theory]
    [InlineData("docs/results.md", true)]
    [InlineData("docs/results.md#training-in-bfloat16", true)]
    [InlineData("LICENSE", true)]
    [InlineData("docs/result.md", false)]
    [InlineData("docs/results.md#training-in-bfloat17", false)]
    public void A_link_to_what_does_not_exist_is_found(string target, bool leads) =>
        Assert.Equal(leads, Leads("README.md", target));

    private static IEnumerable<(string Name, string Arguments)> Commands() =>
        Command().Matches(Text).Select(match => (match.Groups["name"].Value, match.Groups["rest"].Value));

    private static IEnumerable<string> Quoted(string page) =>
        Quote().Matches(Repository.Read(page)).Select(match => match.Groups[1].Value);

    private static bool Leads(string page, string target)
    {
        (string file, string heading) = target.Split('#') is [var path, var anchor] ? (path, anchor) : (target, "");
        string at = file.Length == 0 ? Repository.PathOf(page) : Repository.PathOf(Path.GetDirectoryName(page)!, file);
        return Path.Exists(at) && (heading.Length == 0 || Headings(at).Contains(heading));
    }

    // As GitHub names them: lower case, spaces as dashes, other signs dropped.
    private static IEnumerable<string> Headings(string path) => Heading().Matches(File.ReadAllText(path))
        .Select(match => NoAnchor().Replace(match.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    private static string Prose(string page) => Code().Replace(Repository.Read(page), "");

    // "./vlm name" and what follows it on the line and on lines it goes on to, up to the end of a code span.
    [GeneratedRegex(@"\./vlm (?<name>[a-z][a-z0-9-]*)(?<rest>(?:\\\n|[^\n`])*)")]
    private static partial Regex Command();

    [GeneratedRegex("--[a-z][a-z0-9-]*")]
    private static partial Regex Option();

    [GeneratedRegex("^\\| `([a-z][A-Za-z/]*)` \\|", RegexOptions.Multiline)]
    private static partial Regex MapRow();

    [GeneratedRegex("^\\| `([A-Z_]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex VariableRow();

    [GeneratedRegex("^\\| `([a-z_0-9]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex MetricRow();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Quote();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)|<img[^>]* src=""(?<target>[^""]+)""")]
    private static partial Regex Link();

    [GeneratedRegex("^#{1,6} (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\p{L}\p{N} _-]")]
    private static partial Regex NoAnchor();

    [GeneratedRegex("^```.*?^```|`[^`\n]*`", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Code();
}
