using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;

namespace Recipes.Tests;

/// <summary>A recipe in a process of its own, which a test may watch and stop.</summary>
/// <remarks>
/// It works in a folder of the test and computes on one thread, so that two runs give the same bits.
/// </remarks>
internal sealed class RecipeProcess : IDisposable
{
    private static readonly ConcurrentDictionary<string, string> Built = new();
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly Process _process;
    private readonly Task<string> _output, _errors;

    private RecipeProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>Starts a recipe, which <c>./vlm</c> builds first where it must.</summary>
    public static RecipeProcess Start(string folder, string recipe, params string[] arguments) =>
        Start(folder, "", recipe, arguments);

    /// <summary>The same with something typed into it.</summary>
    public static RecipeProcess Start(string folder, string typed, string recipe, string[] arguments)
    {
        return StartProgram(folder, typed, Built.GetOrAdd(recipe, Build), arguments);
    }

    /// <summary>Runs a recipe that was built already, from wherever it lies.</summary>
    public static Outcome RunProgram(string folder, string program, params string[] arguments)
    {
        using RecipeProcess process = StartProgram(folder, "", program, arguments);
        return process.End();
    }

    private static RecipeProcess StartProgram(string folder, string typed, string program, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        // A smoke run ends before the best machine code of each method is worth its time: a third of the run's.
        start.Environment["DOTNET_TieredCompilation"] = "1";
        var process = Process.Start(start)!;
        process.StandardInput.Write(typed);
        process.StandardInput.Close();
        return new RecipeProcess(process);
    }

    /// <summary>Runs a recipe to its end.</summary>
    public static Outcome Run(string folder, string recipe, params string[] arguments)
    {
        using RecipeProcess process = Start(folder, recipe, arguments);
        return process.End();
    }

    /// <summary>Waits for a file or folder to appear; false where the process ends without it.</summary>
    public bool Appears(string path)
    {
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience && !_process.HasExited; Thread.Sleep(2))
            if (Path.Exists(path))
                return true;
        return false;
    }

    /// <summary>Ends the process at once, as a power cut does: SIGKILL.</summary>
    public void Kill() => _process.Kill();

    /// <summary>Presses Ctrl-C: SIGINT.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end.</summary>
    public Outcome End()
    {
        if (!_process.WaitForExit(Patience))
            throw new TimeoutException($"a recipe still runs after {Patience.TotalMinutes} minutes");
        return Outcome.Of(_process.ExitCode, _output.Result, _errors.Result);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    /// <summary>A recipe's assembly, which <c>./vlm</c> builds first where it must.</summary>
    public static string Program(string recipe) => Built.GetOrAdd(recipe, Build);

    /// <summary>Runs any command to its end, with some variables of its own.</summary>
    public static Outcome RunCommand(
        string folder, IReadOnlyDictionary<string, string> environment, string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        using var process = new RecipeProcess(Process.Start(start)!);
        process._process.StandardInput.Close();
        return process.End();
    }

    private static string Build(string recipe)
    {
        Outcome help = Repository.Vlm(recipe, "--help");
        Assert.True(help.ExitCode == 0, help.Errors);
        return Repository.PathOf("artifacts", "recipes", recipe, "bin", "release", recipe + ".dll");
    }
}
