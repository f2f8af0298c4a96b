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
    /// <summary>Options of a resumed run that are not what they were: "--learning-rate 1e-05 in place of 0.00012".</summary>
    public IReadOnlyList<string> Changed { get; init; } = [];

    /// <summary>
    /// Reads a command line. Throws <see cref="UsageException"/> on the first thing that cannot work.
    /// </summary>
    public static Plan<TOptions> Read(string[] args, string name, OptionSpec[] specs, RecipeKind kind)
    {
        Dictionary<string, string[]> typed = CommandLine.Parse(name, specs, args);
        var given = new GivenWords(typed);
        RunOptions first = Own(BoundOptions.Bind(specs, smoke: false, given));
        if (first is { Resume: false, Options: { } file })
            given = given with { File = OptionsFile.Read(file, name, specs) };
        if (!first.Resume && PublishedPreset.Named(specs, given) is { } preset)
            given = given with { Preset = PublishedPreset.Read(preset, name, specs) };
        first = Own(BoundOptions.Bind(specs, smoke: false, given));
        string folder = first.Out ?? Path.Combine("runs", DefaultName(name, first.Options) + (first.Smoke ? "-smoke" : ""));
        if (first.Resume && kind == RecipeKind.StartsAnew)
            throw new UsageException("this recipe is short and starts anew", "--resume", $"./vlm {name} --out {RunFolder.Free(folder)}");
        if (first.Resume)
            CheckResume(folder, given);
        else if (!MayReplace(folder, name, kind == RecipeKind.Measures, first.Smoke))
            Check(folder);

        if (first.Resume)
        {
            given = given with { Saved = Saved(folder).Where(item => item.Key == "--options" || !RunOptions.OfProcess.Contains(item.Key)).ToDictionary() };
            PublishedPreset.CheckResumed(specs, given);
        }
        bool smoke = first.Smoke || given.Saved.TryGetValue("--smoke", out string[]? word) && word is ["true"];
        BoundOption[] bound = [.. BoundOptions.Bind(specs, smoke, given).Select(With("--out", folder))];
        BoundOptions.CheckRequired(name, bound);
        TOptions options = BoundOptions.Fill(new TOptions(), bound);
        OptionsCheck.Validate(options);
        return new(name, Typed(name, args), bound, options, Own(bound), folder) { Changed = kind == RecipeKind.Measures ? Unchanged(folder, specs, given) : [.. Changes(specs, given)] };
    }

    // Answers that are kept were given under the options of then; only how many are read together changes none of them.
    private static string[] Unchanged(string folder, OptionSpec[] specs, GivenWords given)
    {
        string[] changes = [.. Changes(specs, given)];
        return Array.Find(changes, change => !change.StartsWith("--batch ", StringComparison.Ordinal)) is not { } other ? changes : throw new UsageException(
            $"what was measured so far was not measured so: {other}", $"--resume --out {folder}",
            $"--resume --out {folder}, without other options; or --out {RunFolder.Free(folder)}");
    }

    /// <summary>What the run is opened with.</summary>
    public RunSetup Setup(
        torch.Device device, IRunDisplay display, TimeProvider time, IReadOnlyList<ITracker> trackers, CancellationToken token) => new(Folder)
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
            Trackers = Run.ReportTo == Reported.Tensorboard ? [new TensorBoardTracker(time), .. trackers] : trackers,
            Time = time,
            Token = token,
        };

    private static RunOptions Own(IEnumerable<BoundOption> bound) => BoundOptions.Fill(new RunOptions(), bound);

    // A file of options that is no run's gives its name to the run.
    private static string DefaultName(string recipe, string? file) => file is null || Path.GetFileName(file) == RunFolder.Options
        ? recipe : Path.GetFileNameWithoutExtension(file);

    // A finished run has nothing left to do, unless it is given more steps and has a checkpoint to take them from.
    private static void CheckResume(string folder, GivenWords given)
    {
        string at = $"--resume --out {folder}";
        if (RunFolder.ReadOptions(folder) is null)
            throw new UsageException($"there is no run to resume in {folder}", at, $"--out {folder}");
        if (!RunFolder.IsFinished(folder))
            return;
        long done = Checkpoints.Latest(folder)?.Step ?? long.MaxValue;
        if (!(given.Typed.TryGetValue(Steps, out string[]? words) && words is [var word] && long.TryParse(word, out long steps) && steps > done))
            throw new UsageException($"the run in {folder} is finished: nothing is left to resume", at,
                done < long.MaxValue ? $"{at} {Steps} {2 * done}    or --out {RunFolder.Free(folder)}" : $"--out {RunFolder.Free(folder)}");
    }

    // What was typed against what the run was started with. Another seed would make it another run.
    private static IEnumerable<string> Changes(OptionSpec[] specs, GivenWords given)
    {
        foreach ((string name, string[] before) in given.Saved)
            if (!RunOptions.OfProcess.Contains(name) && given.Typed.TryGetValue(name, out string[]? words)
                && Array.Find(specs, spec => spec.Name == name) is { } spec
                && (Text(spec, words), Text(spec, before)) is var (now, then) && now != then)
                yield return name != Seed ? $"{name} {now} in place of {then}" : throw new UsageException(
                    $"the run was started with seed {then}, and goes on with it", $"{Seed} {now}", $"{Seed} {then}");

        static string Text(OptionSpec spec, string[] words) => OptionText.Show(spec.Read(words));
    }

    private const string Steps = "--steps", Seed = "--seed";

    // Refuses a folder that cannot be used, before anything in it is changed.
    private static void Check(string folder)
    {
        if (!RunFolder.HoldsRun(folder))
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
