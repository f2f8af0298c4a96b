#!/usr/bin/env dotnet
// SPARK: a policy learns from a verifier, and from the same rollouts to judge and to correct its own answers.
#:project ../src/Grpo/Grpo.csproj
#:project ../src/Rewards/Learned/Learned.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm spark --model models/qwen2.5-vl-7b --data train.parquet --eval test.parquet --lora-rank 16
//   ./vlm spark --model recipes/warm-start --data shapes --kinds count color exists --steps 60
//   ./vlm score --model runs/spark/model --data test.parquet --self-judge 2
//
// Liu et al. 2025, arXiv:2509.22624. Two periods take turns on one model and one optimizer, both GRPO. Infer: prompts, rollouts, a
// verifiable reward, an update. Its rollouts become items: is this answer right, which of two is, answer again beside a wrong one. As soon
// as --period-items are there, reward: the same step on them, graded by what the verifier had said. Differs from it: the loss is averaged over
// tokens and clipped wider above, as in grpo, and a group without a wrong answer is judged by a random rollout. docs/spark.md.

using Recipes.Cli;
using Vlm;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.Rewards.Learned.CoEvolution;

return RecipeCommand.Run<SparkOptions>(args, "spark", "your model learns to answer and to judge its answers (SPARK)", run =>
{
    SparkOptions options = run.Options;
    ObjectiveState.Refuse(options);
    RunRewards rewards = options.VerifiableRewards();
    using TrainableModel learner = Load(run.LatestCheckpoint?.Path);
    run.Say(learner.Trainable);
    var data = TrainingData.Open(run, learner.Model, options.Data, options.Reading, options.Seen, rewards,
        options.Evaluation.EvalLimit, room: _ => options.MaxNewTokens);
    GrpoOptions grpo = options with { Steps = options.Train.Steps(run, options.Steps, options.PromptsPerStep, data.Train.Epoch) };
    IPolicy policy = learner.Policy;
    FusedAdamW optimizer = learner.Optimizer(grpo);
    ItemCache cache = ItemCache.Empty;
    if (run.LatestCheckpoint is { } saved)
    {
        TrainingCheckpoint.Load(saved.Path, policy, optimizer);
        cache = ItemCache.Read(saved.Path);
    }

    using ReferencePolicy? reference = grpo.Beta > 0
        ? learner.Reference(() => Load(null), resumed: run.LatestCheckpoint is not null) : null;
    var heldOut = new HeldOut(run, policy, data.HeldOut, grpo.Sampling, options.Evaluation);
    var limits = new PromptLimits(learner.Model.Processor, learner.Base.Model, options.Seen, options.Data.MaxPromptLength);
    var items = new ItemPrompts(limits, options.MaxNewTokens, position => data.Prompts(position + 1, 1)[0].Example);
    var judge = new HeldOutJudge(run, data.HeldOut, grpo, options.Evaluation, items, options.JudgeEvalLimit);
    if (options.Train.DryRun)
    {
        run.Say("what follows is the infer period; a reward period is one more step, on longer prompts");
        DryRun.Of(run, data, new RunWork(grpo.Steps, grpo.PromptsPerStep, Math.Max(1, grpo.MicroBatchSize / grpo.GroupSize),
            options.Evaluation.Count(grpo.Steps), prompts => Learn(prompts, 1, 0),
            prompts => policy.Sample(prompts, grpo.GroupSize, grpo.Sampling, new SampleKey(run.Seed, 1)), heldOut.Ask,
            options.Evaluation.EvalBatchSize));
        return;
    }

    EvaluationReport? before = heldOut.Before(), judgeBefore = judge.Before(policy);
    run.Phase("SPARK", grpo.Steps);
    long step = run.FirstStep - 1;
    while (step < grpo.Steps && !run.Cancelled && !heldOut.Stops)
    {
        step++;
        Period infer = Learn(data.Prompts(step, grpo.PromptsPerStep), step, 0);
        IReadOnlyList<GradedGroup> groups = GradedGroup.Of(infer.Batch.Rollouts, (step - 1) * grpo.PromptsPerStep);
        ItemDraw drawn = CoEvolutionItems.Draw(groups, options.CoEvolution, run.Seed, step);
        (CoEvolutionItem[] fitting, int tooLong) = items.Fitting(drawn.Items);
        (IReadOnlyList<CoEvolutionItem> due, cache) = cache.Add(fitting).Take(options.CoEvolution.PeriodItems);
        if (options.SaveItems && due.Count > 0)
            items.Write(Path.Combine(run.Folder, "items", FormattableString.Invariant($"step-{step:D6}.parquet")), due);
        Period? reward = due.Count == 0 ? null : Learn([.. due.Select(items.Ask)], step, grpo.PromptsPerStep);
        SparkLog.Record(run, step, infer, reward, new(drawn, tooLong, cache.Items.Count), heldOut, judge.IfDue(policy, step));
        run.SaveIfDue(step, options.Checkpoints, folder => TrainingCheckpoint.Fill(
            folder, TrainingState.At(step, run.Seed, options), policy, optimizer, inner =>
            {
                learner.Write(inner, optimizer);
                cache.Write(inner);
            }), heldOut);
    }

    if (!run.Cancelled)
        TrainingEnd.Of(run, heldOut, before, step, learner, optimizer, grpo, Load,
            after => ("judge", new { before = judgeBefore, after = judge.After(after, judgeBefore) }));

    TrainableModel Load(string? checkpoint) =>
        TrainableModel.Load(options.Train.Folder, options.Weights, run.Device, run.Seed, run.Logger, checkpoint);

    // One step of GRPO. The prompts of a step's second period are numbered after those of its first, and so draw other numbers.
    Period Learn(Prompt[] prompts, long number, int first)
    {
        using IDisposable features = learner.Base.Model.KeepVisionFeatures();
        var clock = new StepClock();
        Rollout[] rollouts = policy.Sample(prompts, grpo.GroupSize, grpo.Sampling, new SampleKey(run.Seed, number, first));
        clock.Sampled();
        Batch batch = RewardShaping.Apply(Batch.Scored(rollouts), grpo);
        batch = GreedyBaseline.Ask(policy, batch, grpo, new SampleKey(run.Seed, number, first),
            greedy => [.. Batch.Scored(greedy).Select(sample => sample.Score)]);
        clock.Scored();
        if (reference is not null)
            batch = batch.WithReference(reference.LogProbs(batch.Rollouts, grpo));
        batch = KlReward.Estimate(batch, grpo);
        return new(batch, GrpoUpdate.Apply(policy, optimizer, batch, grpo, number, run.Seed), clock);
    }
});
