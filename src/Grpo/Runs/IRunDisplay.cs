using Microsoft.Extensions.Logging;

namespace Vlm.Grpo;

/// <summary>Shows a run to whoever watches it.</summary>
public interface IRunDisplay : IDisposable
{
    /// <summary>What the run does from here on.</summary>
    /// <param name="title">A few words: "warm start", "GRPO".</param>
    /// <param name="lastStep">The step it ends with; steps are numbered through all phases.</param>
    /// <param name="done">Steps done before it.</param>
    void Phase(string title, long lastStep, long done);

    /// <summary>A step with its metrics.</summary>
    /// <param name="step">Updates done.</param>
    /// <param name="metrics">Names from <see cref="Metric"/>.</param>
    void Step(long step, IReadOnlyDictionary<string, double> metrics);

    /// <summary>A line of text.</summary>
    /// <param name="text">Without its end.</param>
    void Line(string text);
}

/// <summary>Shows a run in a log: phases and lines as information, steps as debug messages.</summary>
/// <param name="logger">Null shows nothing.</param>
internal sealed class LoggingDisplay(ILogger? logger) : IRunDisplay
{
    public void Phase(string title, long lastStep, long done) => logger.Line($"{title}: steps {done + 1} to {lastStep}");

    public void Step(long step, IReadOnlyDictionary<string, double> metrics) => logger.Line(
        $"step {step}  " + string.Join("  ", metrics.Select(metric => $"{metric.Key} {OptionText.Show(metric.Value)}")),
        LogLevel.Debug);

    public void Line(string text) => logger.Line(text);

    public void Dispose() { }
}
