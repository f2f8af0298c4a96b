using System.Text.Json.Nodes;

namespace Vlm.Grpo;

/// <summary>A run, as its trackers get to know it.</summary>
/// <param name="Name">What runs, such as the recipe's name.</param>
/// <param name="Folder">The run's folder.</param>
/// <param name="Seed">The seed of every random number of the run.</param>
/// <param name="Command">The command that makes the run again; null where there is none.</param>
/// <param name="FirstStep">The first step that is still to do: 1 in a fresh run.</param>
/// <param name="Resumed">It goes on with what an earlier one left in the folder.</param>
/// <param name="Options">The effective options as people write them: "learning-rate" to "0.0001".</param>
public sealed record TrackedRun(
    string Name, string Folder, long Seed, string? Command, long FirstStep, bool Resumed, IReadOnlyDictionary<string, string> Options)
{
    internal static TrackedRun Of(Run run, JsonObject options) => new(
        run.Name, run.Folder, run.Seed, run.Command, run.FirstStep, run.Resumed,
        options.ToDictionary(option => option.Key, option => option.Value?["value"]?.ToString() ?? ""));
}

/// <summary>The metrics of a step.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Elapsed">Seconds since the run began, time before a resume included.</param>
/// <param name="Metrics">Names from <see cref="Metric"/>, as in metrics.jsonl; a value may be NaN.</param>
public sealed record TrackedStep(long Step, double Elapsed, IReadOnlyDictionary<string, double> Metrics)
{
    private static readonly string[] s_groups = [Metric.Eval, Metric.Latent, Metric.Judge];

    /// <summary>The metrics with their group in front, by which trackers sort them: "train/reward", "eval/accuracy".</summary>
    public IEnumerable<KeyValuePair<string, double>> Grouped =>
        Metrics.Select(metric => KeyValuePair.Create(s_groups.Contains(metric.Key.Split('/')[0]) ? metric.Key : "train/" + metric.Key, metric.Value));
}

/// <summary>A few answers of a step.</summary>
/// <param name="Step">Updates done.</param>
/// <param name="Group">"rollouts", or "held_out" of an evaluation: the same questions each time.</param>
/// <param name="Moment">What the evaluation is called: "before", "step 100", "after"; of rollouts "training".</param>
/// <param name="Questions">With their answers.</param>
public sealed record TrackedAnswers(long Step, string Group, string Moment, IReadOnlyList<TrackedQuestion> Questions);

/// <summary>A question with its answers.</summary>
/// <param name="Id">The example's.</param>
/// <param name="Kind">The example's.</param>
/// <param name="Text">What was asked.</param>
/// <param name="Truth">What is right; null where nobody knows.</param>
/// <param name="Picture">Null where the example has none.</param>
/// <param name="Answers">Best first; one to a held-out question.</param>
public sealed record TrackedQuestion(
    string Id, string Kind, string Text, string? Truth, TrackedPicture? Picture, IReadOnlyList<TrackedAnswer> Answers);

/// <summary>An answer with what it earned.</summary>
/// <param name="Text">The completion, whatever letters it holds.</param>
/// <param name="Reward">NaN where it could not be scored.</param>
/// <param name="Advantage">Against its group; NaN outside of training.</param>
/// <param name="Reason">Why, for each reward.</param>
public sealed record TrackedAnswer(string Text, double Reward, double Advantage, string Reason);

/// <summary>The picture of a question with its boxes: the true one green, answered ones orange.</summary>
/// <param name="Png">The file.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
public sealed record TrackedPicture(ReadOnlyMemory<byte> Png, int Width, int Height);
