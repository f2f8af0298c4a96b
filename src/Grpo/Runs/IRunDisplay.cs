using System.Globalization;
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

    /// <summary>One of the answers that a step was learned from.</summary>
    /// <param name="answer">With its question and what it earned.</param>
    void Sampled(SampledAnswer answer);

    /// <summary>A line of text.</summary>
    /// <param name="text">Without its end.</param>
    void Line(string text);
}

/// <summary>A sampled answer, for people who watch.</summary>
/// <param name="Id">The example's.</param>
/// <param name="Question">What was asked.</param>
/// <param name="Answer">What was answered.</param>
/// <param name="Earned">The reward, and in brackets the reason for each part: "0.50 (iou: 0.50)".</param>
public sealed record SampledAnswer(string Id, string Question, string Answer, string Earned)
{
    /// <summary>What a sample shows.</summary>
    public static SampledAnswer Of(Sample sample)
    {
        Example example = sample.Rollout.Prompt.Example;
        string reasons = string.Join("; ", sample.Score.Parts.Select(part => $"{part.Name}: {part.Score.Reason}"));
        return new(example.Id, example.Messages.Count > 0 ? example.Question : "", sample.Rollout.Text,
            string.Create(CultureInfo.InvariantCulture, $"{sample.Score.Value:0.00}{(reasons.Length > 0 ? $" ({reasons})" : "")}"));
    }
}

/// <summary>Shows a run in a log: phases and lines as information, steps as debug messages.</summary>
/// <param name="logger">Null shows nothing.</param>
internal sealed class LoggingDisplay(ILogger? logger) : IRunDisplay
{
    public void Phase(string title, long lastStep, long done) => logger.Line($"{title}: steps {done + 1} to {lastStep}");

    public void Step(long step, IReadOnlyDictionary<string, double> metrics) => logger.Line(
        $"step {step}  " + string.Join("  ", metrics.Select(metric => $"{metric.Key} {OptionText.Show(metric.Value)}")),
        LogLevel.Debug);

    public void Sampled(SampledAnswer answer) => logger.Line($"{answer.Id}: {answer.Answer} ({answer.Earned})", LogLevel.Trace);

    public void Line(string text) => logger.Line(text);

    public void Dispose() { }
}
