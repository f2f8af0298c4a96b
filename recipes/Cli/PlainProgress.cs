using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>One line every few seconds, for logs and pipes.</summary>
internal sealed class PlainProgress(TextWriter to, TimeProvider time) : IRunDisplay
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);
    private Pace _pace = new(0, 0);
    private long _began = time.GetTimestamp();
    private long? _shown;

    public void Phase(string title, long lastStep, long done)
    {
        (_pace, _began, _shown) = (new(done, lastStep), time.GetTimestamp(), null);
        to.WriteLine((done, done < lastStep) switch
        {
            (0, _) => $"{title}: {lastStep} steps",
            (_, true) => $"{title}: steps {done + 1} to {lastStep}",
            _ => $"{title}: all {lastStep} steps are done",
        });
    }

    public void Step(long step, IReadOnlyDictionary<string, double> metrics)
    {
        bool waits = _shown is { } shown && time.GetElapsedTime(shown) < s_pause && step != _pace.Total;
        if (waits)
            return;
        _shown = time.GetTimestamp();
        to.WriteLine(string.Join("  ", Parts(step, metrics)));
    }

    // A log has room for numbers; rollouts.parquet has all answers.
    public void Sampled(SampledAnswer answer) { }

    public void Line(string text) => to.WriteLine(text);

    public void Dispose() => to.Flush();

    private IEnumerable<string> Parts(long step, IReadOnlyDictionary<string, double> metrics)
    {
        yield return _pace.Total > 0 ? $"step {step}/{_pace.Total}" : $"step {step}";
        foreach ((string label, string value) in ProgressText.Numbers(metrics))
            yield return label == "tok/s" ? $"{value} tok/s" : $"{label} {value}";
        if (_pace.Left(step, time.GetElapsedTime(_began)) is { } left)
            yield return $"{ProgressText.Duration(left)} left";
    }
}
