using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using Vlm;

namespace Recipes.Cli;

/// <summary>Splits a command line into options and the words after them.</summary>
internal static partial class CommandLine
{
    private static readonly string[] s_help = ["--help", "-h", "-?"];

    /// <summary>True where help is asked for, in any place.</summary>
    public static bool AsksForHelp(IEnumerable<string> args) => args.Any(s_help.Contains);

    /// <summary>
    /// The words of each option that was typed, by name. Throws on anything that is no option of the recipe.
    /// </summary>
    public static Dictionary<string, string[]> Parse(string recipe, IReadOnlyList<OptionSpec> specs, string[] args) =>
        Parse(recipe, specs, args, words: null);

    /// <summary>The same for a command that takes words of its own, such as a question: they go to a list.</summary>
    /// <param name="recipe">The command's name.</param>
    /// <param name="specs">Its options; an option with a list takes one value each time it is typed.</param>
    /// <param name="args">The command line.</param>
    /// <param name="words">Gets the words that belong to no option; null where there must be none.</param>
    public static Dictionary<string, string[]> Parse(
        string recipe, IReadOnlyList<OptionSpec> specs, string[] args, List<string>? words)
    {
        // Before the parser takes it for a value of the flag that it follows.
        if (args.TakeWhile(arg => arg != "--").FirstOrDefault(arg => IsStrange(arg, specs)) is { } strange)
            throw Unknown(recipe, specs, strange);
        Dictionary<string, Option<string[]>> options =
            specs.ToDictionary(spec => spec.Name, spec => Declare(spec, greedy: spec.IsList && words is null));
        var command = new Command(recipe) { TreatUnmatchedTokensAsErrors = false };
        foreach (Option<string[]> option in options.Values)
            command.Options.Add(option);

        ParseResult result = command.Parse(
            args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        foreach (string stranger in result.UnmatchedTokens)
            if (words is null || stranger.StartsWith('-'))
                throw Unknown(recipe, specs, stranger);
        words?.AddRange(result.UnmatchedTokens);

        return options.Where(pair => result.GetResult(pair.Value) is { Implicit: false })
            .ToDictionary(pair => pair.Key, pair => Words(result.GetResult(pair.Value)!));
    }

    private static bool IsStrange(string arg, IReadOnlyList<OptionSpec> specs) =>
        OptionName().Match(arg) is { Success: true } match && specs.All(spec => spec.Name != match.Value);

    [GeneratedRegex("^--[a-z][a-z0-9-]*(?==|$)")]
    private static partial Regex OptionName();

    // Counts are checked where values are read, so that each mistake gets its three lines.
    private static Option<string[]> Declare(OptionSpec spec, bool greedy) =>
        new(spec.Name) { Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = greedy };

    private static string[] Words(OptionResult result) => [.. result.Tokens.Select(token => token.Value)];

    private static UsageException Unknown(string recipe, IReadOnlyList<OptionSpec> specs, string stranger)
    {
        string name = stranger.Split('=')[0];
        if (!name.StartsWith('-'))
            return new($"'{stranger}' belongs to no option of {recipe}", $"./vlm {recipe} {stranger}", Help(recipe));

        OptionSpec? meant = OptionSpec.Meant(name, specs);
        return new($"{recipe} has no option {name}", stranger, meant switch
        {
            null => Help(recipe),
            { IsFlag: true } => meant.Name,
            _ => meant.Suggestion(null),
        });
    }

    private static string Help(string recipe) => $"./vlm {recipe} --help";
}
