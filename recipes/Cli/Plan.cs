using System.Text.Json;
using TorchSharp;
using Vlm;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>A command line that was read and found possible: nothing has been written yet.</summary>
internal sealed record Plan<TOptions>(
    string Name, string Command, BoundOption[] Bound, TOptions Options, RunOptions Run, string Folder)
    where TOptions : class, new()
{
    /// <summary>
    /// Reads a command line. Throws <see cref="UsageException"/> on the first thing that cannot work.
    /// </summary>
    public static Plan<TOptions> Read(string[] args, string name, OptionSpec[] specs, bool replace)
    {
        Dictionary<string, string[]> typed = CommandLine.Parse(name, specs, args);
        var given = new GivenWords(typed);
        RunOptions first = Own(BoundOptions.Bind(specs, smoke: false, given));
        if (first is { Resume: false, Options: { } file })
            given = given with { File = OptionsFile.Read(file, name, specs) };
        first = Own(BoundOptions.Bind(specs, smoke: false, given));
        string folder = first.Out ?? Path.Combine("runs", DefaultName(name, first.Options) + (first.Smoke ? "-smoke" : ""));
        if (first.Resume || !MayReplace(folder, name, replace, first.Smoke))
            Check(folder, first.Resume);

        if (first.Resume)
            given = given with { Saved = Saved(folder).Where(item => item.Key == "--options" || !RunOptions.OfProcess.Contains(item.Key)).ToDictionary() };
        bool smoke = first.Smoke || given.Saved.TryGetValue("--smoke", out string[]? word) && word is ["true"];
        BoundOption[] bound = [.. BoundOptions.Bind(specs, smoke, given).Select(With("--out", folder))];
        BoundOptions.CheckRequired(name, bound);
        TOptions options = BoundOptions.Fill(new TOptions(), bound);
        OptionsCheck.Validate(options);
        return new(name, Typed(name, args), bound, options, Own(bound), folder);
    }

    /// <summary>What the run is opened with.</summary>
    public RunSetup Setup(torch.Device device, IRunDisplay display, TimeProvider time, CancellationToken token) => new(Folder)
    {
        Name = Name,
        Seed = Run.Seed,
        Device = device,
        Resume = Run.Resume,
        Replace = true,
        Smoke = Run.Smoke,
        Command = Command,
        Options = BoundOptions.Json(Bound),
        Display = display,
        Time = time,
        Token = token,
    };

    private static RunOptions Own(IEnumerable<BoundOption> bound) => BoundOptions.Fill(new RunOptions(), bound);

    // A file of options that is no run's gives its name to the run.
    private static string DefaultName(string recipe, string? file) => file is null || Path.GetFileName(file) == RunFolder.Options
        ? recipe : Path.GetFileNameWithoutExtension(file);

    // Refuses a folder that cannot be used, before anything in it is changed.
    private static void Check(string folder, bool resume)
    {
        if (resume && RunFolder.ReadOptions(folder) is null)
            throw new UsageException($"there is no run to resume in {folder}", $"--resume --out {folder}", $"--out {folder}");
        if (resume || !RunFolder.HoldsRun(folder))
            return;
        bool finished = RunFolder.IsFinished(folder);
        string elsewhere = $"--out {RunFolder.Free(folder)}";
        throw new UsageException($"{folder} already holds a run{(finished ? ", which is finished" : "")}", $"--out {folder}",
            finished ? elsewhere : $"--resume --out {folder}    or {elsewhere}");
    }

    // The folder of an earlier run of the same recipe that only measured, or that was only a smoke run.
    private static bool MayReplace(string folder, string recipe, bool measures, bool smoke) =>
        RunFolder.ReadOptions(folder) is { } json && json["recipe"]?.GetValue<string>() == recipe
        && (measures || smoke && Saved(folder).GetValueOrDefault("--smoke") is ["true"]);

    // The options of the run in a folder, as they would be typed. The file of options stays on record: what came from it has
    // been saved with the rest.
    private static Dictionary<string, string[]> Saved(string folder)
    {
        using JsonDocument json = JsonDocument.Parse(RunFolder.ReadOptions(folder)!["options"]!.ToJsonString());
        return json.RootElement.EnumerateObject()
            .Select(option => (Name: FormerNames.Now("--" + option.Name), Words: OptionSpec.Words(option.Value.GetProperty("value"))))
            .Where(option => option.Words is not null)
            .ToDictionary(option => option.Name, option => option.Words!);
    }

    private static Func<BoundOption, BoundOption> With(string name, object value) =>
        option => option.Spec.Name == name ? option with { Value = value } : option;

    private static string Typed(string name, string[] args) =>
        string.Join(' ', ["./vlm", name, .. args.Select(Quoted)]);

    private static string Quoted(string arg) => arg.Contains(' ', StringComparison.Ordinal) ? $"'{arg}'" : arg;
}
