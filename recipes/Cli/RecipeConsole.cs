using Spectre.Console;

namespace Recipes.Cli;

/// <summary>Where a recipe prints: results and help on one stream, progress and errors on the other.</summary>
/// <param name="Out">Results and help.</param>
/// <param name="Error">Errors, and progress where the display is plain.</param>
/// <param name="Live">The terminal of the live display, or null where there is none.</param>
/// <param name="Time">The clock.</param>
internal sealed record RecipeConsole(TextWriter Out, TextWriter Error, IAnsiConsole? Live, TimeProvider Time)
{
    /// <summary>The process's own streams.</summary>
    public static RecipeConsole System() =>
        new(Console.Out, Console.Error, IsTerminal() ? Terminal() : null, TimeProvider.System);

    private static bool IsTerminal() =>
        !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    private static IAnsiConsole Terminal() =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
}
