using Spectre.Console;

namespace Vlm.Grpo.Tests.Runs;

public enum Curriculum
{
    EasyFirst,
    Mixed,
}

/// <summary>A recipe as a recipe's author writes it, run in a folder of its own with its output caught.</summary>
public sealed record TestOptions : IRecipeOptions
{
    [Option("completions per prompt", Group = "Sampling", Min = 2, Max = 1024, Smoke = 2,
        Problem = "a group of {0} has nothing to compare; GRPO needs at least 2 completions per prompt")]
    public int GroupSize { get; init; } = 8;

    [Option("prompts per step", Group = "Sampling", Min = 1)]
    public int PromptsPerStep { get; init; } = 4;

    [Option("rollouts per backward pass", Group = "Update", Min = 1)]
    public int MicroBatch { get; init; } = 2;

    [Option("step length of the optimizer", Group = "Update", Above = 0, Max = 1, Smoke = 1)]
    public double LearningRate { get; init; } = 1e-5;

    [Option("updates in all", Group = "Update", Min = 1, Max = 1_000_000, Unit = "updates")]
    public long Steps { get; init; } = 400;

    [Option("order of the examples", Group = "Data")]
    public Curriculum Curriculum { get; init; }

    [Option("folder of the images", Group = "Data", Example = "../shared/data/nlvr")]
    public string? Data { get; init; }

    [Option("question types to leave out", Group = "Data")]
    public string[] Without { get; init; } = [];

    [Option("leave the vision tower as it is", Group = "Update")]
    public bool FreezeVision { get; init; }

    public void Validate()
    {
        int completions = PromptsPerStep * GroupSize;
        if (completions % MicroBatch != 0)
            throw new UsageException(
                $"{PromptsPerStep} x {GroupSize} = {completions} completions do not split into {MicroBatch}s",
                $"--micro-batch {MicroBatch}", $"--micro-batch {GroupSize}");
    }
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
        bool replace = false)
    {
        string[] words = [.. args.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--out", Folder];
        return RunAs(words, body ?? (_ => { }), name, replace);
    }

    public int RunAs<TOptions>(string[] words, Action<Run<TOptions>> body, string name = "grpo-shapes",
        bool replace = false)
        where TOptions : class, new()
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int code = RecipeCommand.Run(words, name, "teach shapes", body, replace, new(output, error, Terminal, Time));
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
