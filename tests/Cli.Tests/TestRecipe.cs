using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Spectre.Console;
using Vlm;
using Vlm.Grpo;

namespace Cli.Tests;

public enum Curriculum
{
    EasyFirst,
    Mixed,
}

/// <summary>A recipe as a recipe's author writes it, run in a folder of its own with its output caught.</summary>
public sealed record TestOptions : IOptionRules
{
    [Description("completions per prompt"), Category("Sampling"), Range(2, 1024), Option(Smoke = 2)]
    public int GroupSize { get; init; } = 8;

    [Description("prompts per step"), Category("Sampling"), Range(1, int.MaxValue)]
    public int PromptsPerStep { get; init; } = 4;

    [Description("rollouts per backward pass"), Category("Update"), Range(1, int.MaxValue)]
    public int MicroBatchSize { get; init; } = 2;

    [Description("step length of the optimizer"), Category("Update"), Range(0d, 1d, MinimumIsExclusive = true)]
    [Option(Smoke = 1)]
    public double LearningRate { get; init; } = 1e-5;

    [Description("updates in all"), Category("Update"), Range(1, 1_000_000)]
    public long Steps { get; init; } = 400;

    [Description("order of the examples"), Category("Data")]
    public Curriculum Curriculum { get; init; }

    [Description("folder of the images"), Category("Data"), Option(Example = "../shared/data/nlvr")]
    public string? Data { get; init; }

    [Description("question types to leave out"), Category("Data")]
    public string[] Without { get; init; } = [];

    [Description("leave the vision tower as it is"), Category("Update")]
    public bool FreezeVision { get; init; }

    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(MicroBatchSize), PromptsPerStep * GroupSize % MicroBatchSize == 0,
            $"must divide PromptsPerStep x GroupSize ({PromptsPerStep * GroupSize})", GroupSize),
    ];
}

internal sealed class TestRecipe : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-runs-");

    public string Folder => Path.Combine(_folder.FullName, "run");

    public string Out { get; private set; } = "";

    public string Error { get; private set; } = "";

    /// <summary>The line of the error stream that names the machine, and so is no part of <see cref="Error"/>.</summary>
    public string Device { get; private set; } = "";

    public FakeTime Time { get; } = new();

    public IAnsiConsole? Terminal { get; init; }

    /// <summary>
    /// Runs in <see cref="Folder"/>. The folder's real name never reaches a golden file: it reads "FOLDER" there.
    /// </summary>
    public int Run(string args, Action<Run<TestOptions>>? body = null, string name = "grpo-shapes",
        RecipeKind kind = RecipeKind.Trains)
    {
        string[] words = [.. args.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--out", Folder];
        return RunAs(words, body ?? (_ => { }), name, kind);
    }

    public int RunAs<TOptions>(string[] words, Action<Run<TOptions>> body, string name = "grpo-shapes",
        RecipeKind kind = RecipeKind.Trains, IReadOnlyList<ITracker>? trackers = null)
        where TOptions : class, new()
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = RecipeCommand.Run(words, name, "teach shapes", body, kind, new(output, error, Terminal, Time), trackers);
        (Out, string[] lines) = (Hide(output), Hide(error).Split('\n'));
        ILookup<bool, string> named = lines.ToLookup(line => line.StartsWith("device: ", StringComparison.Ordinal));
        (Device, Error) = (named[true].SingleOrDefault(""), string.Join('\n', named[false]));
        return code;
    }

    public string Read(string file) => File.ReadAllText(Path.Combine(Folder, file));

    public void Dispose() => _folder.Delete(recursive: true);

    private string Hide(StringWriter text) => text.ToString().Replace(Folder, "FOLDER", StringComparison.Ordinal);
}

/// <summary>A clock that moves when it is told to.</summary>
internal sealed class FakeTime : TimeProvider
{
    private long _ticks;

    public override long GetTimestamp() => _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public void Pass(double seconds) => _ticks += (long)(seconds * TimeSpan.TicksPerSecond);
}
