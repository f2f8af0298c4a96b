using Vlm.Images;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Report;

/// <summary>A run whose questions have pictures and boxes, made without a model; every number of it is known.</summary>
internal static class DrawnRun
{
    public const int Width = 100, Height = 60, Prompts = 2;

    /// <summary>Writes the given number of steps, with a checkpoint after step 2, and held-out answers before and after.</summary>
    public static void Write(string folder, int steps = 4, bool finish = true, bool resume = false, Action<Run>? last = null,
        Func<RunSetup, RunSetup>? setup = null)
    {
        var usual = new RunSetup(folder) { Resume = resume, Seed = 3, Name = "grpo", Command = $"./vlm grpo --out {folder}" };
        using Run<GrpoOptions> run = Run.Open(setup?.Invoke(usual) ?? usual, new GrpoOptions { Steps = steps });
        if (!resume)
            run.Answers(0, "before", [.. HeldOut().Select((example, i) => (example, Answer(example, i, after: false)))]);
        for (long step = run.FirstStep; step <= steps; step++)
            Step(run, step);
        last?.Invoke(run);
        if (!finish)
            return;
        run.Answers(steps, "after", [.. HeldOut().Select((example, i) => (example, Answer(example, i, after: true)))]);
        run.Finish(new { });
    }

    /// <summary>Writes a run over codes: 60 and 61 in turn in its first four steps, 60 alone in the last four; two held-out answers.</summary>
    public static void WriteCodes(string folder)
    {
        using Run run = Run.Open(new RunSetup(folder) { Name = "latent-grpo" }, new GrpoOptions { Steps = 8 });
        for (long step = 1; step <= 8; step++)
        {
            run.Rollouts(step, Batch.Of([Coded("codes", [60, step <= 4 ? 61 : 60])], rollout => rollout.Prompt.Example.Score(rollout.Text)));
            run.Log(step, (Metric.Reward, 0));
        }

        run.Answers(8, "after", [.. ((int[][])[[60, 63], [60, 61]]).Select((codes, i) => Coded($"held-{i}", codes))
            .Select(rollout => (rollout.Prompt.Example, ScoredAnswer.Of(rollout)))]);
        run.Finish(new { });
    }

    private static Rollout Coded(string id, int[] codes) => new(
        new Prompt(Box(id, 0), "where", [1], null, []), 0, [5, 2], codes, [-1, -1], "no where", StopReason.EndOfSequence)
    {
        Pieces = [" no where", ""],
    };

    public static void Step(Run run, long step)
    {
        run.Rollouts(step, Batch.Of([.. Enumerable.Range(0, Prompts).SelectMany(i => Sampled(Box($"train-{step}-{i}", (int)step + i)))],
            rollout => rollout.Prompt.Example.Score(rollout.Text)).With([0.5, -0.5, 0.25, -0.25]));
        run.Log(step, (Metric.Reward, 0.1 * step), (Metric.Entropy, 1.0 / step), (Metric.FracRewardZeroStd, 0.25));
        if (step == 2)
            run.SaveCheckpoint(step, _ => { });
    }

    // The true box is [10, 12, 50, 48] of 100 x 60 pixels, in thousandths.
    public static Example Box(string id, int shade) => new(id, "ground", [Picture(shade)], [Message.User($"Where is <it> of {id}?", 1)],
        new Truth.Region(new(100, 200, 500, 800), Frame.Thousand, 1000, 1000), "[100, 200, 500, 800]");

    /// <summary>A picture of one colour, from white downwards.</summary>
    public static RgbImage Picture(int shade) => new(Width, Height, [.. Enumerable.Repeat((byte)(255 - shade), Width * Height * 3)]);

    // Question 0 is fixed, 1 broken, 2 still wrong with a script, 3 still right; each is a box but the last.
    public static Example[] HeldOut() =>
    [
        Box("held-0", 0), Box("held-1", 0), Box("held-2", 100),
        new("held-3", "exists", [], [Message.User("Is it red?")], new Truth.Word("yes"), "yes"),
    ];

    private static ScoredAnswer Answer(Example example, int number, bool after) => ScoredAnswer.Of(example, (number, after) switch
    {
        (0, false) or (1, true) => "[500, 0, 1000, 500]",
        (0, true) or (1, false) => "[100, 200, 500, 700]",
        (2, _) => "<script>alert('no & \"yes\"')</script>",
        _ => "yes",
    }, number == 2 ? StopReason.Length : StopReason.EndOfSequence);

    private static IEnumerable<Rollout> Sampled(Example example)
    {
        var prompt = new Prompt(example, "where", [1, 2], null, []);
        yield return new(prompt, 0, [5, 2], [5, 2], [-0.25f, -0.5f], "[100, 200, 500, 800]", StopReason.EndOfSequence);
        yield return new(prompt, 1, [7, 2], [7, 2], [-0.5f, -1], "]]> <b>nowhere\u0001", StopReason.Length);
    }
}
