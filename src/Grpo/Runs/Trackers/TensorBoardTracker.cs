using System.Globalization;
using Tensorboard;

namespace Vlm.Grpo;

/// <summary>
/// Writes event files for TensorBoard into the run's folder, <c>events.out.tfevents.*</c>: metrics as curves, a few answers as text and as
/// pictures with boxes. <c>tensorboard --logdir runs</c> shows the runs of a folder.
/// </summary>
/// <param name="time">The clock; null for the system's.</param>
public sealed class TensorBoardTracker(TimeProvider? time = null) : ITracker
{
    /// <summary>What the names of its files begin with: TensorBoard finds them by it.</summary>
    public const string FilePrefix = "events.out.tfevents.";

    private const string Version = "brain.Event:2";
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private TrackedRun? _run;
    private EventFile? _file;

    /// <inheritdoc/>
    public string Name => "TensorBoard";

    /// <inheritdoc/>
    public void Start(TrackedRun run) => _run = run;

    /// <inheritdoc/>
    public void Step(TrackedStep step)
    {
        ArgumentNullException.ThrowIfNull(step);
        Write(step.Step, step.Grouped.Select(metric => EventValue.Scalar(metric.Key, metric.Value)));
    }

    /// <inheritdoc/>
    public void Answers(TrackedAnswers answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        foreach ((int number, TrackedQuestion question) in answers.Questions.Index())
        {
            string tag = string.Create(CultureInfo.InvariantCulture, $"{answers.Group}/question_{number + 1}");
            // Names of curves, pictures and texts are one space.
            Write(answers.Step, [EventValue.Text(tag + "/text", EventValue.Markdown(answers, question)),
                .. question.Picture is { } picture ? [EventValue.Image(tag + "/picture", picture)] : (Summary.Types.Value[])[]]);
        }
    }

    /// <inheritdoc/>
    public void Flush() => _file?.Flush();

    /// <inheritdoc/>
    public void End(bool finished)
    {
        _file?.Dispose();
        _file = null;
    }

    private void Write(long step, IEnumerable<Summary.Types.Value> values) => Write(_file ??= Begun(), step, values);

    private void Write(EventFile file, long step, IEnumerable<Summary.Types.Value> values)
    {
        var summary = new Summary();
        summary.Value.AddRange(values);
        file.Write(new() { WallTime = Now(), Step = step, Summary = summary });
    }

    // The file of a run that only measures would be empty: it is made with the first that goes into it. The second START of a folder tells
    // TensorBoard to forget steps from it on (plugin_event_accumulator.py, _CheckForRestartAndMaybePurge), so the first run writes one too.
    private EventFile Begun()
    {
        TrackedRun run = _run ?? throw new InvalidOperationException("a tracker is told of a run before its steps");
        var file = new EventFile(Path.Combine(run.Folder, FreeName(run.Folder)));
        file.Write(new() { WallTime = Now(), FileVersion = Version });
        file.Write(new() { WallTime = Now(), Step = run.Resumed ? run.FirstStep : 0, SessionLog = new() { Status = SessionLog.Types.SessionStatus.Start } });
        var facts = new Dictionary<string, string> { ["run"] = run.Name, ["seed"] = run.Seed.ToString(CultureInfo.InvariantCulture) };
        Write(file, run.FirstStep - 1, [EventValue.Text("run/options", EventValue.Markdown(run.Command is null ? [.. facts, .. run.Options]
            : [.. facts, new("command", run.Command), .. run.Options]))]);
        return file;
    }

    // TensorBoard reads files in the order of their names, so a later one has later seconds, though it be begun within the same second.
    private string FreeName(string folder)
    {
        long last = Directory.EnumerateFiles(folder, FilePrefix + "*").Select(SecondsOf).DefaultIfEmpty(0).Max();
        long seconds = Math.Max(_time.GetUtcNow().ToUnixTimeSeconds(), last + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{FilePrefix}{seconds:0000000000}.{Host()}");
    }

    private static long SecondsOf(string file) => long.TryParse(
        Path.GetFileName(file)[FilePrefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long seconds) ? seconds : 0;

    private static string Host() => string.Concat(Environment.MachineName.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-'));

    private double Now() => _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
}
