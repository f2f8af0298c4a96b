using System.Globalization;
using TorchSharp;
using Vlm;
using Vlm.Engine;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>
/// The entry of every recipe: reads the command line, opens the run, turns what happens into an exit code.
/// </summary>
public static class RecipeCommand
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>A defect of the toolkit; the exception was printed.</summary>
    public const int Defect = 1;

    /// <summary>A mistake the user can fix; three lines were printed.</summary>
    public const int Mistake = 2;

    /// <summary>Stopped by Ctrl-C after saving; the command that continues was printed.</summary>
    public const int Interrupted = 130;

    /// <summary>Runs a recipe.</summary>
    /// <typeparam name="TOptions">The recipe's record: init properties with descriptions, ranges and
    /// defaults; see <see cref="OptionAttribute"/>.</typeparam>
    /// <param name="args">The command line, without the program's name.</param>
    /// <param name="name">The recipe's name, as it is typed after <c>./vlm</c>.</param>
    /// <param name="summary">One line for --help.</param>
    /// <param name="body">The experiment.</param>
    /// <param name="kind">What may be done with the folder of an earlier run.</param>
    /// <param name="trackers">Get what the run logs, beside those of <c>--report-to</c>; null for none.</param>
    /// <returns>0 done, 1 a defect of ours, 2 a mistake the user can fix, 130 stopped by Ctrl-C.</returns>
    public static int Run<TOptions>(
        string[] args, string name, string summary, Action<Run<TOptions>> body, RecipeKind kind = RecipeKind.Trains,
        IReadOnlyList<ITracker>? trackers = null)
        where TOptions : class, new() =>
        Run(args, name, summary, body, kind, RecipeConsole.System(), trackers);

    // What a step holds in memory grows with these; and these change how much a model takes.
    private static readonly string[] s_memory = ["--micro-batch-size", "--batch", "--prompts-per-step", "--group-size", "--max-new-tokens"],
        s_smaller = ["--dtype bfloat16", "--lora-rank 16"];

    internal static int Run<TOptions>(
        string[] args, string name, string summary, Action<Run<TOptions>> body, RecipeKind kind, RecipeConsole console,
        IReadOnlyList<ITracker>? trackers = null)
        where TOptions : class, new()
    {
        OptionSpec[] specs = [.. OptionSpec.Of(new TOptions()), .. OptionSpec.Of(new RunOptions())];
        return Guarded(console, specs, () =>
        {
            if (CommandLine.AsksForHelp(args))
            {
                console.Out.Write(HelpText.Of(name, summary, specs));
                return Done;
            }

            return Execute(Plan<TOptions>.Read(args, name, specs, kind), body, console, trackers ?? []);
        });
    }

    /// <summary>Turns what goes wrong into what is printed and the exit code.</summary>
    internal static int Guarded(RecipeConsole console, IReadOnlyList<OptionSpec> specs, Func<int> command)
    {
        try
        {
            return command();
        }
        catch (UsageException error)
        {
            return Refused(console, new FlagText(specs).Of(error));
        }
        catch (Exception error) when (EngineErrors.MissingLibrary(error) is { } said)
        {
            return Refused(console, new UsageException("a native library is missing or damaged: " + said, AppContext.BaseDirectory,
                "dotnet restore, then build again; a published program brings its libraries along"));
        }
#pragma warning disable CA1031 // the outermost frame: whatever was thrown becomes an exit code
        catch (Exception error)
#pragma warning restore CA1031
        {
            console.Error.WriteLine($"defect: this is a fault of the toolkit, please report it\n{EngineErrors.Text(error)}");
            return Defect;
        }
    }

    private static int Refused(RecipeConsole console, UsageException error)
    {
        console.Error.WriteLine(error.Render());
        return Mistake;
    }

    private static int Execute<TOptions>(
        Plan<TOptions> plan, Action<Run<TOptions>> body, RecipeConsole console, IReadOnlyList<ITracker> trackers) where TOptions : class, new()
    {
        torch.Device device = Devices.Choose(plan.Run.Device);
        using var interruption = new Interruption(console);
        using var display = new FirstLine.Display(Display(plan, console), $"device: {Machine.Describe(device)}",
            new FlagText(plan.Bound.Select(option => option.Spec)));
        using Run<TOptions> run = Open(plan, plan.Setup(device, display, console.Time, trackers, interruption.Token));
        foreach (string change in plan.Changed)
            run.Say($"resumed with {change}");
        try
        {
            body(run);
            run.Flush();
        }
        catch (OperationCanceledException) when (run.Cancelled)
        {
            run.Flush();   // the body stopped where it was; the newest checkpoint stands
        }
        catch (Exception error) when (run.Explain(error) is { } told)
        {
            throw told;
        }
        catch (Exception error) when (EngineErrors.OutOfMemory(error) is { } asked)
        {
            throw OutOfMemory(asked, device, plan.Bound);
        }

        run.Dispose();
        if (!run.Cancelled || run.Finished)
            return Done;
        console.Error.WriteLine(HowToResume(run));
        return Interrupted;
    }

    // What is wrong with the folder is put right by another --out.
    private static Run<TOptions> Open<TOptions>(Plan<TOptions> plan, RunSetup setup) where TOptions : class, new()
    {
        try
        {
            return Vlm.Grpo.Run.Open(setup, plan.Options);
        }
        catch (UsageException error) when (error.Where == setup.Folder)
        {
            throw new UsageException(error.Message, $"--out {setup.Folder}", $"--out {RunFolder.Free(setup.Folder)}");
        }
    }

    private static IRunDisplay Display<TOptions>(Plan<TOptions> plan, RecipeConsole console) where TOptions : class, new() =>
        plan.Run.Plain || console.Live is null
            ? new PlainProgress(console.Error, console.Time) : new LiveProgress(plan.Name, console.Live, console.Time);

    // Half of what the largest part of a step holds at once, or where that is one already, of what makes it.
    internal static UsageException OutOfMemory(string asked, torch.Device device, IReadOnlyList<BoundOption> bound)
    {
        string[] lower = [.. s_memory.Select(name => bound.FirstOrDefault(option => option.Spec.Name == name))
            .Where(option => option?.Value is int and > 1)
            .Select(option => string.Create(CultureInfo.InvariantCulture, $"{option!.Spec.Name} {(int)option.Value! / 2}"))];
        string[] smaller = [.. s_smaller.Where(option => bound.Any(one => option.StartsWith(one.Spec.Name + " ", StringComparison.Ordinal)))];
        return new UsageException($"out of memory on {Machine.Describe(device)}: it was asked for {asked}", $"--device {device}",
            (lower.Length + smaller.Length) == 0 ? "a device with more memory" : string.Join(" or ", [.. lower, .. smaller]));
    }

    private static string HowToResume(Run run) =>
        AnswerJournal.IsAt(run.Folder) ? $"interrupted; the answers so far are kept\nresume with: ./vlm {run.Name} --resume --out {run.Folder}"
            : run.LatestCheckpoint is { } saved
            ? $"interrupted; saved {saved.Path}\nresume with: ./vlm {run.Name} --resume --out {run.Folder}"
            : $"interrupted before the first checkpoint\nstart again with: {run.Command}";
}
