using System.Text.Json;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards.Learned.CoEvolution;

/// <summary>Measures the judge in the policy on held-out questions: on answers that the policy of the moment gives to them.</summary>
/// <remarks>
/// The items change with the policy, as those it is trained on do; classes, letters and sides stay balanced, so half is what a coin earns.
/// </remarks>
sealed class HeldOutJudge(Run run, IReadOnlyList<Prompt> heldOut, GrpoOptions grpo, EvaluationOptions options, ItemPrompts items, int limit)
{
    private readonly Prompt[] _questions = [.. heldOut.Take(limit)];

    /// <summary>Before the first step: measured once, and kept for a resumed run.</summary>
    public EvaluationReport? Before(ISampler policy)
    {
        string file = Path.Combine(run.Folder, "judge-before.json");
        if (run.LatestCheckpoint is null || !File.Exists(file))
            CompleteFile.WriteText(file, JsonSerializer.Serialize(Ask(policy, "judge before")));
        return JsonSerializer.Deserialize<EvaluationReport>(File.ReadAllText(file));
    }

    /// <summary>With the weights that the run ends with; says how it went.</summary>
    public EvaluationReport? After(ISampler policy, EvaluationReport? before)
    {
        EvaluationReport? after = Ask(policy, "judge after");
        if (before is not null && after is not null)
            foreach (string line in after.LinesAfter(before))
                run.Say($"judge {line}");
        return after;
    }

    /// <summary>Accuracy by kind of item, where an evaluation is due.</summary>
    public IEnumerable<KeyValuePair<string, double>> IfDue(ISampler policy, long step) =>
        options.EvalSteps == 0 || step % options.EvalSteps != 0 || Ask(policy, $"judge step {step}") is not { } report ? []
            : report.Kinds.Select(kind => KeyValuePair.Create($"{Metric.Eval}/{Metric.Judge}_{kind.Kind}", kind.Accuracy));

    private EvaluationReport? Ask(ISampler policy, string when)
    {
        CoEvolutionItem[] made = [.. HeldOutItems.Of(GradedGroup.Of(Answers(policy), 0), seed: 0)];
        ItemPrompts own = items with { Original = position => _questions[position].Example };
        (CoEvolutionItem[] fitting, int tooLong) = own.Fitting(made);
        if (tooLong > 0)
            run.Say($"{tooLong} of {made.Length} held-out items are too long for the model, and are left out");
        return new HeldOut(run, policy, [.. fitting.Select(own.Ask)], grpo.Sampling, options).Ask(when);
    }

    // As many prompts at a time as a step has: memory is that of a step.
    private Rollout[] Answers(ISampler policy) => [.. _questions.Chunk(grpo.PromptsPerStep).SelectMany((part, i) =>
        policy.Sample(part, grpo.GroupSize, grpo.Sampling, new SampleKey(0, 0, i * grpo.PromptsPerStep), run.Token))];
}
