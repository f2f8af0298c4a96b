#!/usr/bin/env dotnet
// Train a reward model on pairs of answers, one better than the other: a score for what no rule can check.
#:project ../src/Grpo/Grpo.csproj
#:project ../src/Rewards/Learned/Learned.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm reward-model --model models/qwen2.5-vl-3b --data pairs.parquet --lora-rank 16 --epochs 1
//   ./vlm reward-model --model recipes/warm-start --data shapes --steps 400
//   ./vlm grpo --model MODEL --data train.parquet --reward rm:runs/reward-model/model
//
// Bradley-Terry as in Ouyang et al. 2022, arXiv:2203.02155, equation 1, on the state after the answer. With --ensemble the pairs are
// first cleaned of wrong labels as in Wang et al. 2024, arXiv:2401.06080: models trained on shuffled copies say how strong each
// preference is; the weakest change sides, the next are smoothed. What is written is a Hugging Face folder with score.weight.

using Recipes.Cli;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.Rewards.Learned;

return RecipeCommand.Run<RewardModelOptions>(args, "reward-model", "train a reward model on pairs of answers", run =>
{
    RewardModelOptions options = run.Options;
    PreferencePairs pairs = PreferencePairs.Open(run, options);
    IReadOnlyList<CleanedPair> labels = StrengthPhase.Of(run, options, pairs);
    using RewardLearner learner = RewardLearner.Load(run, options, run.LatestCheckpoint?.Path);
    run.Say(learner.Trainable);
    int steps = options.Epochs is { } epochs ? Math.Max(1, (int)Math.Round(epochs * pairs.Train.Count / options.BatchSize)) : options.Steps;
    UpdateOptions update = options with { Steps = steps };
    FusedAdamW optimizer = learner.Optimizer(update);
    if (run.LatestCheckpoint is { } saved)
        learner.Resume(saved.Path, optimizer);
    using FreshAnswers? fresh = options.Meta.MetaRate > 0 ? new(run, options, pairs) : null;

    PairStream stream = pairs.Stream(run.Seed);
    PairReport before = run.LatestCheckpoint is null ? Measure("before") : PairReports.Read(run, "before");
    run.Phase("reward model", steps);
    for (long step = run.FirstStep; step <= steps && !run.Cancelled; step++)
    {
        var clock = new StepClock();
        PairToRead[] read = learner.Read(stream.Step(step, options.BatchSize), labels);
        StepStats stats = learner.Step(optimizer, read, update, step, fresh);
        KeyValuePair<string, double>[] measured = options.EvalSteps > 0 && step % options.EvalSteps == 0
            ? [new($"{Metric.Eval}/{Metric.Accuracy}", Measure($"step {step}").All.Accuracy)] : [];
        run.Log(step, [.. stats.Metrics(), new(Metric.StepSeconds, clock.Seconds), new(Metric.PeakMemory, Math.Round(Machine.PeakMemoryMb())), .. measured]);
        run.SaveIfDue(step, options.Checkpoints, folder => learner.Fill(folder, TrainingState.At(step, run.Seed, options), optimizer));
    }
    if (run.Cancelled)
        return;

    PairReport after = learner.Finish(run, pairs, optimizer);
    foreach (string line in PairReports.Table(after))
        run.Say(line);
    string model = Path.Combine(run.Folder, "model");
    run.Say($"the reward model is in {model}; use it with ./vlm grpo --reward rm:{model}");
    run.Finish(new { before, after, steps });

    PairReport Measure(string when) => PairReports.Keep(run, when, learner.Report(pairs.HeldOut));
});
