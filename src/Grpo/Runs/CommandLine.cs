using System.CommandLine;
using System.CommandLine.Parsing;

using Vlm;

namespace Grpo.Runs;

/// <summary>Splits a command line into options and the words after them.</summary>
internal static class CommandLine
{
    private static readonly string[] s_help = ["--help", "-h", "-?"];

    /// <summary>True where help is asked for, in any place.</summary>
    public static bool AsksForHelp(IEnumerable<string> args) => args.Any(s_help.Contains);

    /// <summary>
    /// The words of each option that was typed, by name. Throws on anything that is no option of the recipe.
    /// </summary>
    public static Dictionary<string, string[]> Parse(string recipe, IReadOnlyList<OptionSpec> specs, string[] args)
    {
        Dictionary<string, Option<string[]>> options = specs.ToDictionary(spec => spec.Name, Declare);
        var command = new Command(recipe) { TreatUnmatchedTokensAsErrors = false };
        foreach (Option<string[]> option in options.Values)
            command.Options.Add(option);

        ParseResult result = command.Parse(
            args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (result.UnmatchedTokens is [var stranger, ..])
            throw Unknown(recipe, specs, stranger);

        return options.Where(pair => result.GetResult(pair.Value) is { Implicit: false })
            .ToDictionary(pair => pair.Key, pair => Words(result.GetResult(pair.Value)!));
    }

    // Counts are checked where values are read, so that each mistake gets its three lines.
    private static Option<string[]> Declare(OptionSpec spec) =>
        new(spec.Name) { Arity = ArgumentArity.ZeroOrMore, AllowMultipleArgumentsPerToken = spec.IsList };

    private static string[] Words(OptionResult result) => [.. result.Tokens.Select(token => token.Value)];

    private static UsageException Unknown(string recipe, IReadOnlyList<OptionSpec> specs, string stranger)
    {
        string name = stranger.Split('=')[0];
        if (!name.StartsWith('-'))
            return new($"'{stranger}' belongs to no option of {recipe}", $"./vlm {recipe} {stranger}", Help(recipe));

        string? nearest = NearestName.Of(name, specs.Select(spec => spec.Name));
        OptionSpec? meant = specs.FirstOrDefault(spec => spec.Name == nearest);
        return new($"{recipe} has no option {name}", stranger, meant switch
        {
            null => Help(recipe),
            { IsFlag: true } => meant.Name,
            _ => meant.Suggestion(null),
        });
    }

    private static string Help(string recipe) => $"./vlm {recipe} --help";
}
