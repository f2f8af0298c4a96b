using System.Text.RegularExpressions;
using Vlm;

namespace Recipes.Cli;

/// <summary>What a library says of properties, in the words of the command line: "GroupSize = 8" is "--group-size 8".</summary>
internal sealed partial class FlagText(IEnumerable<OptionSpec> specs)
{
    private readonly Dictionary<string, OptionSpec> _specs = specs.ToDictionary(spec => spec.Property.Name);

    /// <summary>The same mistake, or mistakes, with flags.</summary>
    public UsageException Of(UsageException error) => UsageException.Of(error.Others.Prepend(error).Select(One));

    /// <summary>Turns each "Name = value" of a text into a flag with its value.</summary>
    public string Settings(string text) => Setting().Replace(text, found => Flag(found) is { } spec
        ? spec.IsFlag && found.Groups["true"].Success ? spec.Name : $"{spec.Name} {found.Groups["true"].Value}"
        : found.Value);

    private UsageException One(UsageException error) => error is OptionException
        ? new(Names(error.Message), Settings(error.Where), Names(Settings(error.Fix)))
        : new(error.Message, Settings(error.Where), Settings(error.Fix));

    // Names that stand alone: not in a path, and not in a longer word.
    private string Names(string text) => Word().Replace(text, found => Flag(found)?.Name ?? found.Value);

    private OptionSpec? Flag(Match found) => _specs.GetValueOrDefault(found.Groups["name"].Value);

    [GeneratedRegex(@"(?<![\w/\\.-])(?<name>[A-Z]\w*) = (?<true>true\b)?")]
    private static partial Regex Setting();

    [GeneratedRegex(@"(?<![\w/\\.-])(?<name>[A-Z]\w*)(?![\w/\\=-]|\.\w)")]
    private static partial Regex Word();
}
