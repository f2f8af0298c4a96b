using System.Diagnostics;
using System.Globalization;
using Vlm;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>What a run would do, made a few times to see what it takes.</summary>
/// <param name="Steps">Steps of the run.</param>
/// <param name="PerStep">Prompts of a step.</param>
/// <param name="PerPart">Prompts that fill one micro-batch, at least 1.</param>
/// <param name="Evaluations">How often the run measures itself.</param>
/// <param name="Step">Makes a step of some prompts.</param>
/// <param name="Sample">Samples the completions of some prompts; null where none are sampled.</param>
/// <param name="Evaluate">Asks some held-out questions.</param>
/// <param name="Asked">Held-out questions that are read together.</param>
public sealed record RunWork(
    int Steps, int PerStep, int PerPart, int Evaluations, Action<Prompt[]> Step, Action<Prompt[]>? Sample,
    Action<Prompt[]> Evaluate, int Asked);

/// <summary>Estimates memory and time of a run from small steps that are made and thrown away.</summary>
/// <remarks>
/// A step takes a time of its own and one for each prompt: steps of two sizes tell both apart. Memory is the
/// largest of what an update of a full micro-batch takes, which is measured with the longest prompts, and of what sampling all
/// prompts takes, which is measured for some and grows with their number.
/// </remarks>
public static class DryRun
{
    // The longest prompts are looked for among so many of the first.
    private const int LookedAt = 512;

    /// <summary>Says what a step takes, and the run; trains nothing that is kept.</summary>
    public static void Of(Run run, TrainingData data, RunWork work)
    {
        StepEstimate estimate = Measure(data, work);
        double seconds = (work.Steps * estimate.StepSeconds) + (work.Evaluations * estimate.EvaluationSeconds);
        run.Say(string.Create(CultureInfo.InvariantCulture, $"a step of {work.PerStep} prompts takes about {Seconds(estimate.StepSeconds)}"));
        if (data.HeldOut.Count > 0)
            run.Say($"an evaluation of {data.HeldOut.Count} held-out questions takes about {Seconds(estimate.EvaluationSeconds)}");
        run.Say($"{work.Steps} steps and {work.Evaluations} evaluations take about {ProgressText.Duration(TimeSpan.FromSeconds(seconds))}");
        run.Say(string.Create(CultureInfo.InvariantCulture, $"peak memory is about {estimate.PeakMb:N0} MB"));
        run.Say("nothing was trained: leave out --dry-run to begin");
    }

    internal static StepEstimate Measure(TrainingData data, RunWork work)
    {
        double before = Machine.ResidentMemoryMb();
        // Whole micro-batches, and a good part of the step: fewer prompts would say little of how many are sampled together.
        int one = Math.Min(Math.Max(work.PerPart, work.PerStep / 4), work.PerStep), two = Math.Min(2 * one, work.PerStep);
        Prompt[] longest = Longest(data, two);
        work.Sample?.Invoke(longest);
        double sampled = Machine.PeakMemoryMb();
        work.Step(longest);
        Prompt[] asked = [.. data.HeldOut.Take(work.Asked)];
        double evaluation = asked.Length == 0 ? 0 : Time(() => work.Evaluate(asked)) * data.HeldOut.Count / asked.Length;
        double first = Time(() => work.Step(data.Prompts(1, one))), second = one == two ? first : Time(() => work.Step(data.Prompts(1, two)));
        double each = one == two ? 0 : Math.Max(0, (second - first) / (two - one));
        double sampling = before + ((sampled - before) * work.PerStep / two);
        return new(second + (each * (work.PerStep - two)), evaluation, Math.Max(Machine.PeakMemoryMb(), work.Sample is null ? 0 : sampling));
    }

    private static Prompt[] Longest(TrainingData data, int count) => [.. data.Train.Epoch is { } epoch
        ? data.Prompts(1, (int)Math.Max(count, Math.Min(epoch, LookedAt))).OrderByDescending(prompt => prompt.Tokens.Length).Take(count)
        : data.Prompts(1, count)];

    private static double Time(Action work)
    {
        var watch = Stopwatch.StartNew();
        work();
        return watch.Elapsed.TotalSeconds;
    }

    private static string Seconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.##} s");
}

/// <summary>What a run takes.</summary>
/// <param name="StepSeconds">Of a step.</param>
/// <param name="EvaluationSeconds">Of an evaluation.</param>
/// <param name="PeakMb">Largest resident memory, in MiB.</param>
internal sealed record StepEstimate(double StepSeconds, double EvaluationSeconds, double PeakMb);
