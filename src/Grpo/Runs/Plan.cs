using TorchSharp;

namespace Vlm.Grpo;

/// <summary>A command line that was read and found possible: nothing has been written yet.</summary>
internal sealed record Plan<TOptions>(
    string Name, string Command, BoundOption[] Bound, TOptions Options, RunOptions Run, string Folder)
    where TOptions : class, new()
{
    /// <summary>
    /// Reads a command line. Throws <see cref="Vlm.UsageException"/> on the first thing that cannot work.
    /// </summary>
    public static Plan<TOptions> Read(string[] args, string name, OptionSpec[] specs, bool replace)
    {
        Dictionary<string, string[]> typed = CommandLine.Parse(name, specs, args);
        var given = new GivenWords(typed);
        RunOptions first = Own(BoundOptions.Bind(specs, smoke: false, given));
        if (first is { Resume: false, Options: { } file })
            given = given with { File = OptionsFile.Read(file, name, specs) };
        first = Own(BoundOptions.Bind(specs, smoke: false, given));
        string folder = first.Out ?? Path.Combine("runs", Usual(name, first.Options) + (first.Smoke ? "-smoke" : ""));
        if (first.Resume || !RunFolder.MayReplace(folder, name, replace, first.Smoke))
            RunFolder.Check(folder, first.Resume);

        if (first.Resume)
            given = given with { Saved = Saved(folder) };
        bool smoke = first.Smoke || given.Saved.TryGetValue("--smoke", out string[]? word) && word is ["true"];
        BoundOption[] bound = [.. BoundOptions.Bind(specs, smoke, given).Select(With("--out", folder))];
        BoundOptions.CheckRequired(name, bound);
        TOptions options = BoundOptions.Fill(new TOptions(), bound);
        (options as IRecipeOptions)?.Validate();
        foreach (IRecipeOptions part in OptionSpec.Within(options))
            part.Validate();
        return new(name, Typed(name, args), bound, options, Own(bound), folder);
    }

    /// <summary>Makes the folder ready: nothing was written before.</summary>
    public void Prepare()
    {
        CompleteFolder.Clean(Checkpoints.Folder(Folder));
        if (!Run.Resume)
            RunFolder.Erase(Folder);
        RunFolder.WriteOptions(Folder, Name, Bound);
    }

    public RunStart Start(torch.Device device, RecipeConsole console, CancellationToken token) =>
        new(Name, Folder, Run.Seed, Run.Smoke, Run.Plain, Command, device, console, token);

    private static RunOptions Own(IEnumerable<BoundOption> bound) => BoundOptions.Fill(new RunOptions(), bound);

    // A file of options that is no run's gives its name to the run.
    private static string Usual(string recipe, string? file) => file is null || Path.GetFileName(file) == RunFolder.Options
        ? recipe : Path.GetFileNameWithoutExtension(file);

    // The file of options stays on record: what came from it has been saved with the rest.
    private static Dictionary<string, string[]> Saved(string folder)
    {
        Dictionary<string, string[]> saved = RunFolder.ReadOptions(folder);
        foreach (string name in RunOptions.OfProcess.Where(name => name != "--options"))
            saved.Remove(name);
        return saved;
    }

    private static Func<BoundOption, BoundOption> With(string name, object value) =>
        option => option.Spec.Name == name ? option with { Value = value } : option;

    private static string Typed(string name, string[] args) =>
        string.Join(' ', ["./vlm", name, .. args.Select(Quoted)]);

    private static string Quoted(string arg) => arg.Contains(' ', StringComparison.Ordinal) ? $"'{arg}'" : arg;
}
