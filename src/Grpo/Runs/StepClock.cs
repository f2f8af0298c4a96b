using System.Diagnostics;

namespace Vlm.Grpo;

/// <summary>Seconds of one step's three parts: sampling, scoring, update; and the processors' in all. A mark ends a part.</summary>
public sealed class StepClock
{
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private readonly double _processor = Environment.CpuUsage.TotalTime.TotalSeconds;
    private double _sampled, _scored;

    /// <summary>Seconds since the step began.</summary>
    public double Seconds => _watch.Elapsed.TotalSeconds;

    /// <summary>The rollouts are there.</summary>
    public void Sampled() => _sampled = _watch.Elapsed.TotalSeconds;

    /// <summary>They are scored.</summary>
    public void Scored() => _scored = _watch.Elapsed.TotalSeconds;

    /// <summary>The parts until now, under the names of <see cref="Metric"/>.</summary>
    /// <param name="tokens">Sampled in the step.</param>
    public IEnumerable<KeyValuePair<string, double>> Metrics(int tokens)
    {
        double all = _watch.Elapsed.TotalSeconds;
        return
        [
            new(Metric.RolloutTokensPerSecond, tokens / _sampled), new(Metric.RolloutSeconds, _sampled),
            new(Metric.RewardSeconds, _scored - _sampled), new(Metric.UpdateSeconds, all - _scored),
            new(Metric.StepSeconds, all), new(Metric.CpuSeconds, Environment.CpuUsage.TotalTime.TotalSeconds - _processor),
        ];
    }
}
