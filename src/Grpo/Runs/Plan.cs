namespace Grpo.Runs;

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
        RunOptions first = Own(BoundOptions.Bind(specs, smoke: false, [], typed));
        string folder = first.Out ?? Path.Combine("runs", first.Smoke ? name + "-smoke" : name);
        if (first.Resume || !RunFolder.MayReplace(folder, name, replace, first.Smoke))
            RunFolder.Check(folder, first.Resume);

        Dictionary<string, string[]> saved = first.Resume ? Saved(folder) : [];
        bool smoke = first.Smoke || saved.TryGetValue("--smoke", out string[]? word) && word is ["true"];
        BoundOption[] bound = [.. BoundOptions.Bind(specs, smoke, saved, typed).Select(With("--out", folder))];
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
        AtomicFolder.Clean(Checkpoints.Folder(Folder));
        if (!Run.Resume)
            RunFolder.Erase(Folder);
        RunFolder.WriteOptions(Folder, Name, Bound);
    }

    public RunStart Start(RecipeConsole console, CancellationToken token) =>
        new(Name, Folder, Run.Seed, Run.Smoke, Run.Plain, Command, console, token);

    private static RunOptions Own(IEnumerable<BoundOption> bound) => BoundOptions.Fill(new RunOptions(), bound);

    // How and where a run is shown belongs to the process, not to the run.
    private static Dictionary<string, string[]> Saved(string folder)
    {
        Dictionary<string, string[]> saved = RunFolder.ReadOptions(folder);
        foreach (string name in (string[])["--out", "--resume", "--plain"])
            saved.Remove(name);
        return saved;
    }

    private static Func<BoundOption, BoundOption> With(string name, object value) =>
        option => option.Spec.Name == name ? option with { Value = value } : option;

    private static string Typed(string name, string[] args) =>
        string.Join(' ', ["./vlm", name, .. args.Select(Quoted)]);

    private static string Quoted(string arg) => arg.Contains(' ', StringComparison.Ordinal) ? $"'{arg}'" : arg;
}
