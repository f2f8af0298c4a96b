using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TorchSharp;
using Vlm.Engine;

namespace Vlm.Grpo;

/// <summary>One run of a recipe: its folder, its log and its checkpoints.</summary>
/// <remarks>
/// A recipe counts updates from 1: it logs step N after the N-th update, then saves checkpoint N. The loop begins at
/// <see cref="FirstStep"/>, which is 1 in a fresh run and follows the newest checkpoint in a resumed one.
/// </remarks>
public class Run : IDisposable
{
    private static readonly JsonSerializerOptions s_json =
        new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Converters = { new FiniteOrNull() } };
    private readonly IDisposable _hold;
    private readonly MetricsFile _metrics;
    private readonly RolloutLog _rollouts;
    private readonly StepTable _answers;
    private readonly PictureLog _pictures;
    private readonly RunEvents _events;
    private readonly IRunDisplay _display;
    private readonly TrackerSet _trackers;
    private readonly TimeProvider _time;
    private readonly long _started;
    private Action? _beforeFirstStep;

    internal Run(RunSetup setup, IDisposable hold)
    {
        (Name, Folder, Seed, Smoke, Command) = (setup.Name, setup.Folder, setup.Seed, setup.Smoke, setup.Command);
        (Token, Device, _time, _hold) = (setup.Token, setup.Device ?? Devices.Choose(), setup.Time, hold);
        Resumed = setup.Resume;
        LatestCheckpoint = Checkpoints.Latest(Folder);
        FirstStep = (LatestCheckpoint?.Step ?? 0) + 1;
        long keep = LatestCheckpoint?.Step ?? -1;
        _metrics = new(Path.Combine(Folder, RunFolder.Metrics), keep);
        _pictures = new(Folder, keep);
        _rollouts = new(Folder, _pictures, keep);
        _answers = new(Folder, AnswerTable.Name, AnswerTable.Columns, keep);
        _events = new(Folder, _time);
        _events.Opened(this);
        _started = _time.GetTimestamp();
        _display = setup.Display ?? new LoggingDisplay(setup.Logger);
        Logger = new LineLogger(_display.Line);
        _trackers = new(setup.Trackers, Say);
    }

    /// <summary>Opens a run: makes its folder, writes options.json, and holds the folder until the run is disposed.</summary>
    /// <remarks>A run that ends calls <see cref="Finish"/>, one that stops early <see cref="Flush"/>, before it is disposed.</remarks>
    /// <typeparam name="TOptions">A record of options, such as <see cref="GrpoOptions"/>.</typeparam>
    /// <param name="folder">The run's folder.</param>
    /// <param name="options">What it is run with.</param>
    /// <param name="logger">Gets phases, steps and lines; null for silence.</param>
    /// <param name="token">Asks the run to end.</param>
    /// <exception cref="OptionException">A setting that cannot work.</exception>
    /// <exception cref="UsageException">The folder holds a run, or another process writes to it.</exception>
    public static Run<TOptions> Open<TOptions>(
        string folder, TOptions options, ILogger? logger = null, CancellationToken token = default) where TOptions : class =>
        Open(new RunSetup(folder) { Logger = logger, Token = token }, options);

    /// <inheritdoc cref="Open{TOptions}(string, TOptions, ILogger?, CancellationToken)"/>
    /// <param name="setup">Folder, seed, device, display and the rest.</param>
    /// <param name="options">What it is run with.</param>
    public static Run<TOptions> Open<TOptions>(RunSetup setup, TOptions options) where TOptions : class
    {
        OptionsCheck.Validate(options);
        if (!setup.Resume && !setup.Replace)
            RunFolder.RefuseRun(setup.Folder);
        IDisposable hold = RunFolder.Hold(setup.Folder);
        Run<TOptions>? run = null;
        try
        {
            RunFolder.Prepare(setup.Folder, setup.Resume);
            // The options of a resumed run are those of the steps it has made, until it makes one.
            JsonObject used = setup.Options ?? RunFolder.OptionsOf(options);
            void Write() => RunFolder.WriteOptions(setup.Folder, setup.Name, used);
            if (!setup.Resume)
                Write();
            run = new Run<TOptions>(setup, hold, options) { _beforeFirstStep = setup.Resume ? Write : null };
            run._trackers.Start(TrackedRun.Of(run, used));
            return run;
        }
        catch
        {
            run?.Dispose();
            hold.Dispose();
            throw;
        }
    }

    /// <summary>What runs, such as the recipe's name.</summary>
    public string Name { get; }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>The seed of every random number of the run.</summary>
    public long Seed { get; }

    /// <summary>Where the run computes.</summary>
    public torch.Device Device { get; }

    /// <summary>True in a very small run that only proves that everything works.</summary>
    public bool Smoke { get; }

    /// <summary>True in a run that goes on with what an earlier one left in the folder.</summary>
    public bool Resumed { get; }

    /// <summary>The newest complete checkpoint, or null. In a resumed run, where to continue from.</summary>
    public Checkpoint? LatestCheckpoint { get; private set; }

    /// <summary>The first step that is still to do: 1, or the one after the newest checkpoint.</summary>
    public long FirstStep { get; }

    /// <summary>Updates done: the last step that was logged, or the one that a resumed run goes on from.</summary>
    internal long StepsDone => Math.Max(FirstStep - 1, _metrics.Last);

    /// <summary>Cancelled by Ctrl-C. A loop that sees it saves a checkpoint and returns.</summary>
    public CancellationToken Token { get; }

    /// <summary>True after Ctrl-C.</summary>
    public bool Cancelled => Token.IsCancellationRequested;

    /// <summary>Seconds since the run began, time before a resume included.</summary>
    public double Elapsed => _metrics.ElapsedBefore + _time.GetElapsedTime(_started).TotalSeconds;

    /// <summary>True once <see cref="Finish"/> has been called.</summary>
    public bool Finished { get; private set; }

    /// <summary>The command that makes the run again; null where there is none.</summary>
    public string? Command { get; }

    /// <summary>What it is given is shown as lines of the run.</summary>
    public ILogger Logger { get; }

    /// <summary>Says what the run does from here on, for the display.</summary>
    /// <param name="title">A few words: "warm start", "GRPO".</param>
    /// <param name="lastStep">The step it ends with, for the time left. Steps are numbered through all phases.</param>
    public void Phase(string title, long lastStep) =>
        _display.Phase(title, lastStep, Math.Max(FirstStep - 1, _metrics.Last));

    /// <summary>Writes one line of metrics.jsonl and shows it.</summary>
    /// <param name="step">Updates done. Each step is logged once, in order; 0 is the state before the first.</param>
    /// <param name="metrics">
    /// Names from <see cref="Metric"/>, each with its value. A value that is not finite is logged as null.
    /// </param>
    /// <exception cref="ArgumentException">A name that is not in <see cref="Metric"/>, or a step out of
    /// order.</exception>
    public void Log(long step, params IEnumerable<KeyValuePair<string, double>> metrics)
    {
        _beforeFirstStep?.Invoke();
        _beforeFirstStep = null;
        KeyValuePair<string, double>[] all = [.. metrics];
        double elapsed = Elapsed;
        _metrics.Write(step, all, elapsed);
        var named = new Dictionary<string, double>(all);
        _display.Step(step, named);
        _trackers.Log(new(step, elapsed, named));
    }

    /// <summary>Writes one line of metrics.jsonl and shows it.</summary>
    /// <inheritdoc cref="Log(long, IEnumerable{KeyValuePair{string, double}})"/>
    public void Log(long step, params (string Name, double Value)[] metrics) =>
        Log(step, metrics.Select(metric => KeyValuePair.Create(metric.Name, metric.Value)));

    /// <summary>A logged metric at the steps that have it, those before a resume included.</summary>
    /// <param name="metric">A name as it was logged.</param>
    public IReadOnlyList<(long Step, double Value)> Series(string metric) => _metrics.Series(metric);

    /// <summary>Mean of a logged metric over steps, those before a resume included.</summary>
    /// <param name="metric">A name as it was logged.</param>
    /// <param name="after">The last step before them.</param>
    /// <param name="last">The last of them.</param>
    /// <returns>NaN where none of them has it.</returns>
    public double Mean(string metric, long after, long last) =>
        _metrics.Values(metric, after, last) is { Length: > 0 } values ? values.Average() : double.NaN;

    /// <summary>Its median, for what a pause of the machine must not distort.</summary>
    /// <inheritdoc cref="Mean"/>
    public double Median(string metric, long after, long last) =>
        _metrics.Values(metric, after, last) is { Length: > 0 } values ? MedianOf(values) : double.NaN;

    /// <summary>The middle value, or the mean of the two in the middle.</summary>
    /// <param name="values">One at least.</param>
    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Keeps the rollouts of a step, with their scores and reasons, for rollouts.parquet, and shows one of them.</summary>
    /// <param name="step">As in <see cref="Log(long, ValueTuple{string, double}[])"/>.</param>
    /// <param name="batch">What was sampled, scored and compared.</param>
    public void Rollouts(long step, Batch batch)
    {
        _rollouts.Add(step, batch);
        _trackers.Sampled(step, batch);
        _display.Sampled(SampledAnswer.Of(batch[(int)(step % batch.Count)]));
    }

    /// <summary>Keeps answers to held-out questions for answers.parquet, with the pictures of the first of them.</summary>
    /// <param name="step">Updates done when they were asked.</param>
    /// <param name="moment">What the evaluation is called: "before", "after".</param>
    /// <param name="answers">Questions with their answers.</param>
    public void Answers(long step, string moment, IReadOnlyList<(Example Example, ScoredAnswer Answer)> answers)
    {
        _answers.Add(step, answers.Select((one, i) => AnswerTable.Row(
            moment, one.Example, one.Answer, i < PictureLog.HeldOut ? _pictures.Keep(step, one.Example) : null)));
        _trackers.Answered(step, moment, answers);
    }

    /// <summary>Makes ready what <see cref="Picture"/> keeps: on any thread.</summary>
    /// <param name="number">Its number among the questions, from 0.</param>
    /// <param name="example">The example, the same object that is kept later.</param>
    public void PackPicture(int number, Example example)
    {
        if (number < PictureLog.HeldOut)
            _pictures.Pack(example);
    }

    /// <summary>Keeps the first picture of an example in pictures.parquet, for people to look at.</summary>
    /// <param name="number">Its number among the questions, from 0: the pictures of the first are kept.</param>
    /// <param name="example">The example.</param>
    /// <returns>The picture's key; null where it has none, or is not kept.</returns>
    public string? Picture(int number, Example example) => number < PictureLog.HeldOut ? _pictures.Keep(StepsDone, example) : null;

    /// <summary>Saves checkpoints/step-N, complete or not at all.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="fill">Writes the files into the folder it is given.</param>
    /// <returns>The checkpoint's folder.</returns>
    /// <exception cref="Vlm.UsageException">The disk is full; the checkpoints before this one are
    /// untouched.</exception>
    public string SaveCheckpoint(long step, Action<string> fill)
    {
        Flush();
        LatestCheckpoint = Checkpoints.Save(Folder, step, fill);
        _events.Write(RunEvents.Checkpoint, step);
        _trackers.Checkpoint(step);
        _events.Report(this, atEnd: false);
        return LatestCheckpoint.Path;
    }

    /// <summary>Prints a line, above the live display where there is one.</summary>
    public void Say(string line) => _display.Line(line);

    /// <summary>
    /// Writes result.json: the recipe's own result in snake_case, then recipe, command, seconds, machine and commit.
    /// A value that is not finite, such as the accuracy of no question, is null.
    /// </summary>
    /// <param name="result">A record with <c>Before</c> and <c>After</c>, or whatever the recipe measured.</param>
    public void Finish<TResult>(TResult result) where TResult : notnull
    {
        _rollouts.Merge();
        _answers.Merge();
        _pictures.Merge();
        JsonObject json = JsonSerializer.SerializeToNode(result, s_json)!.AsObject();
        json["recipe"] = Name;
        json["command"] = Command;
        json["seed"] = Seed;
        json["seconds"] = Math.Round(Elapsed, 1);
        json["machine"] = JsonSerializer.SerializeToNode(Machine.Describe(), s_json);
        json["device"] = Machine.Describe(Device);
        json["engine"] = EngineInfo.Describe();
        json["commit"] = Machine.Commit();
        RunFolder.Write(Path.Combine(Folder, RunFolder.Result), json);
        Finished = true;
        _trackers.Checkpoint(StepsDone);
        _events.Write(RunEvents.Finished, StepsDone);
        _events.Report(this, atEnd: true);
    }

    /// <summary>Writes what is kept in memory; the end of a run that stopped early.</summary>
    public void Flush()
    {
        _rollouts.Flush();
        _answers.Flush();
        _pictures.Flush();
    }

    /// <summary>What went wrong with the run's folder, for people: a full disk, or a folder that is gone; null for all else.</summary>
    /// <param name="error">What a body that used the run has thrown.</param>
    public UsageException? Explain(Exception error) => error switch
    {
        _ when Disk.IsFull(error) => CompleteFolder.Full(Folder, LatestCheckpoint?.Path, "make room, then run again with Resume = true"),
        DirectoryNotFoundException when !Directory.Exists(Folder) => new UsageException(
            "the run's folder was moved or deleted while the run wrote into it", Folder,
            "leave it where it is until the run has ended" + (Command is null ? "" : $"; start again with: {Command}")),
        _ => null,
    };

    /// <summary>Ends the display, closes the files and lets go of the folder.</summary>
    public void Dispose()
    {
        _events.Closed(this);
        _trackers.End(StepsDone, Finished);
        _display.Dispose();
        _metrics.Dispose();
        _hold.Dispose();
        GC.SuppressFinalize(this);
    }
}

/// <summary>One run of a recipe, with the recipe's options.</summary>
/// <typeparam name="TOptions">The recipe's options record.</typeparam>
public sealed class Run<TOptions> : Run
{
    internal Run(RunSetup setup, IDisposable hold, TOptions options) : base(setup, hold) => Options = options;

    /// <summary>The effective options.</summary>
    public TOptions Options { get; }
}
