namespace Grpo.Runs;

/// <summary>What a tool was asked.</summary>
/// <typeparam name="TOptions">The tool's record of options.</typeparam>
/// <param name="Options">Its options.</param>
/// <param name="Words">The words that belong to no option, such as a question.</param>
/// <param name="In">What is typed while it runs.</param>
/// <param name="Out">Where its result goes.</param>
/// <param name="Error">Where warnings go.</param>
/// <param name="Token">Cancelled by Ctrl-C.</param>
public sealed record Tool<TOptions>(
    TOptions Options, IReadOnlyList<string> Words, TextReader In, TextWriter Out, TextWriter Error,
    CancellationToken Token);

/// <summary>The entry of every tool: a recipe that answers at once and leaves no run folder.</summary>
public static class ToolCommand
{
    /// <summary>Runs a tool.</summary>
    /// <typeparam name="TOptions">Init properties with <see cref="OptionAttribute"/> and defaults.</typeparam>
    /// <param name="args">The command line, without the program's name.</param>
    /// <param name="name">The tool's name, as it is typed after <c>./vlm</c>.</param>
    /// <param name="summary">One line for --help.</param>
    /// <param name="body">What it does; gives the exit code.</param>
    /// <param name="words">What words without an option are, for --help, such as "question"; null refuses them.</param>
    /// <returns>What the body gives; 1 for a defect of ours, 2 for a mistake the user can fix.</returns>
    public static int Run<TOptions>(
        string[] args, string name, string summary, Func<Tool<TOptions>, int> body, string? words = null)
        where TOptions : class, new() =>
        Run(args, name, summary, body, words, RecipeConsole.System(), Console.In);

    internal static int Run<TOptions>(
        string[] args, string name, string summary, Func<Tool<TOptions>, int> body, string? words, RecipeConsole console,
        TextReader input)
        where TOptions : class, new() =>
        RecipeCommand.Guarded(console, () =>
        {
            OptionSpec[] specs = OptionSpec.Of(new TOptions());
            if (CommandLine.AsksForHelp(args))
            {
                console.Out.Write(HelpText.Of(name, summary, specs, words is null ? "" : $" [{words}]"));
                return RecipeCommand.Done;
            }

            using var interruption = new Interruption(console);
            List<string>? own = words is null ? null : [];
            TOptions options = Read<TOptions>(name, specs, CommandLine.Parse(name, specs, args, own));
            return body(new Tool<TOptions>(options, own ?? [], input, console.Out, console.Error, interruption.Token));
        });

    private static TOptions Read<TOptions>(string name, OptionSpec[] specs, Dictionary<string, string[]> typed)
        where TOptions : class, new()
    {
        BoundOption[] bound = BoundOptions.Bind(specs, smoke: false, new(typed));
        BoundOptions.CheckRequired(name, bound);
        TOptions options = BoundOptions.Fill(new TOptions(), bound);
        (options as IRecipeOptions)?.Validate();
        return options;
    }
}
