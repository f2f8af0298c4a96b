using System.Text.RegularExpressions;

namespace Recipes.Tests;

/// <summary>What README.md and recipes/README.md tell people to type exists.</summary>
public partial class ReadmeTests
{
    private static readonly string[] Verbs = ["setup", "test", "help"];

    private static readonly string Text = string.Concat(
        Repository.Files(extension: "README.md").Select(path => Repository.Read(path) + "\n"));

    [Fact]
    public void Commands_name_verbs_or_recipes()
    {
        string[] named = [.. Command().Matches(Text).Select(match => match.Groups["name"].Value).Distinct()];
        Assert.True(named.Length >= 3, $"only {named.Length} commands found");

        Assert.Empty(named.Except([.. Verbs, .. Repository.Recipes, .. Repository.Presets]));
    }

    [Fact]
    public void Options_in_commands_are_in_the_help_of_their_recipe() =>
        Assert.All(
            Command().Matches(Text).Where(match => Repository.Recipes.Contains(match.Groups["name"].Value)),
            match =>
            {
                string help = Repository.Vlm(match.Groups["name"].Value, "--help").Output;
                Assert.All(Option().Matches(match.Groups["rest"].Value), option =>
                    Assert.Contains(option.Value, help, StringComparison.Ordinal));
            });

    [Fact]
    public void The_folders_of_the_map_exist()
    {
        string[] folders = [.. MapRow().Matches(Repository.Read("README.md")).Select(row => row.Groups[1].Value)];

        Assert.Equal(6, folders.Length);
        Assert.All(folders, folder => Assert.True(Directory.Exists(Repository.PathOf(folder)), folder));
    }

    [Fact]
    public void Every_variable_in_the_table_is_read_somewhere()
    {
        string sources = string.Concat(
            Repository.Files("src", ".cs").Concat(Repository.Files("datasets", ".cs")).Append("vlm").Select(Repository.Read));
        string[] variables = [.. VariableRow().Matches(Repository.Read("README.md")).Select(row => row.Groups[1].Value)];

        Assert.Equal(3, variables.Length);
        Assert.All(variables, variable => Assert.Matches($@"\b{variable}\b", sources));
    }

    // "./vlm name" and what follows it on the line, up to the end of a code span.
    [GeneratedRegex(@"\./vlm (?<name>[a-z][a-z0-9-]*)(?<rest>[^\n`]*)")]
    private static partial Regex Command();

    [GeneratedRegex("--[a-z][a-z0-9-]*")]
    private static partial Regex Option();

    [GeneratedRegex("^\\| `([a-z][A-Za-z/]*)` \\|", RegexOptions.Multiline)]
    private static partial Regex MapRow();

    [GeneratedRegex("^\\| `([A-Z_]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex VariableRow();
}
