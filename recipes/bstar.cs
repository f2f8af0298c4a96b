#!/usr/bin/env dotnet
// Self-improvement (B-STaR): your model learns from its own right answers, sampled as exploration and exploitation ask for it.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm bstar --model models/qwen2.5-vl-3b --data train.parquet --eval test.parquet --lora-rank 16
//   ./vlm bstar --model recipes/warm-start --data shapes --iterations 6 --steps 180
//
// Zeng et al. 2024, arXiv:2412.17256. Each iteration tries temperatures on a pool of questions, picks the temperature and the threshold
// whose chosen answers balance best (many that are right, few that are wrong), answers all its questions so, and is fine-tuned for one
// epoch on what is above the threshold; weights and optimizer go on from the iteration before. Differs from it: what likes an answer
// beside the truth is the model's own confidence, where the paper has a process reward model, and no reference answer is learned from.
// With one temperature it is rejection sampling. An iteration that is interrupted is made again by --resume. Its monitors are in
// docs/metrics.md.

using Recipes.Cli;
using Vlm;
using Vlm.Engine;
using Vlm.Grpo;

return RecipeCommand.Run<BStarOptions>(args, "bstar", "your model learns from its own right answers (B-STaR)", run =>
{
    BStarOptions options = run.Options;
    using TrainableModel learner = Load(run.LatestCheckpoint?.Path);
    run.Say(learner.Trainable);
    RunRewards rewards = options.Rewards.Read();
    using RunScorer scorer = RunScorer.Open(run, rewards, learner.Model, options.Seen);
    var data = TrainingData.Open(run, learner.Model, options.Data, options.Reading, options.Seen, rewards,
        options.Evaluation.EvalLimit, room: _ => options.MaxNewTokens);
    IPolicy policy = learner.Policy;
    FusedAdamW optimizer = learner.Optimizer(options);
    long iteration = run.LatestCheckpoint is { } saved
        ? TrainingCheckpoint.Load(saved.Path, policy, optimizer).Counters[BStarOptions.Iteration] : 0;
    var heldOut = new HeldOut(run, policy, data.HeldOut, options.Sampling(1), options.Evaluation, scorer.HeldOut);
    EvaluationReport? before = heldOut.Before();
    Prompt[] pool = data.Prompts(1, options.Pool);
    long step = run.FirstStep - 1;
    run.Phase("B-STaR", options.Steps);
    while (iteration < options.Iterations && !run.Cancelled)
    {
        iteration++;
        (BalancePoint best, StepStats monitors) = Search(iteration);
        Rollout[] targets = Chosen(best, iteration, out double right);
        monitors += Named(("chosen", targets.Length), ("chosen_right", right));
        foreach (Rollout[] part in targets.Chunk(options.BatchSize).TakeWhile(_ => !run.Cancelled))
        {
            step++;
            var clock = new StepClock();
            run.Record(step, monitors + SupervisedUpdate.Apply(policy, optimizer, part, options, step, options.LengthPower), clock);
            monitors = StepStats.Empty;
        }
        if (run.Cancelled)
            return;
        var counters = new Dictionary<string, long> { [BStarOptions.Iteration] = iteration };
        TrainingState state = TrainingState.At(step, run.Seed, options) with { Counters = counters };
        run.SaveCheckpoint(step, folder =>
            TrainingCheckpoint.Fill(folder, state, policy, optimizer, inner => learner.Write(inner, optimizer)));
        Checkpoints.Keep(run.Folder, options.SaveTotalLimit, []);
    }
    if (!run.Cancelled)
        TrainingEnd.Of(run, heldOut, before, step, learner, optimizer, options, Load);

    TrainableModel Load(string? checkpoint) => TrainableModel.Load(
        Machine.InProject(options.Model), options.Weights, run.Device, run.Seed, run.Logger, checkpoint);

    // Answers, a part of the questions at a time: memory is that of a part.
    Rollout[] Answer(Prompt[] prompts, double temperature, int samples, long number, int first) =>
    [
        .. prompts.Chunk(Math.Max(1, options.SampleBatch / samples)).SelectMany((part, i) => policy.Sample(part, samples,
            options.Sampling(temperature), new SampleKey(run.Seed, number, first + (i * Math.Max(1, options.SampleBatch / samples))), run.Token)),
    ];

    Attempt[] Scored(Rollout[] rollouts) => [.. rollouts.Zip(scorer.Score(rollouts), (rollout, score) => new Attempt(
        rollout.Text, BStarOptions.IsRight(rollout, score), BStarOptions.Confidence(rollout)))];

    // The pool, answered at every temperature.
    (BalancePoint, StepStats) Search(long number)
    {
        var tried = new List<(BalancePoint Best, Attempt[][] Attempts)>();
        foreach ((int i, double temperature) in options.Temperatures.Index())
        {
            Attempt[][] attempts = [.. Scored(Answer(pool, temperature, options.PoolSamples, number, i * pool.Length)).Chunk(options.PoolSamples)];
            tried.Add((BalanceSearch.Best(BalanceSearch.Points(temperature, new(attempts), options.PoolSize, options.RightTarget)), attempts));
        }

        var best = BalanceSearch.Best(tried.Select(one => one.Best));
        if (!(best.Balance > 0))
            throw new UsageException(
                $"none of the answers to the {pool.Length} questions of the pool is right, so there is nothing to learn from",
                $"--pool {options.Pool} --pool-samples {options.PoolSamples}",
                "more of both, easier questions, or a model that is right now and then");
        run.Say(FormattableString.Invariant(
            $"iteration {number}: temperature {best.Temperature:0.00}, threshold {best.Threshold:0.00}, balance {best.Balance:0.000}"));
        return (best, ImprovementMonitor.Of(tried.Find(one => one.Best == best).Attempts, Math.Min(8, options.PoolSamples))
            + Named(("balance", best.Balance), ("temperature", best.Temperature), ("threshold", best.Threshold)));
    }

    // The iteration's questions, answered and chosen from; in an order of their own.
    Rollout[] Chosen(BalancePoint point, long number, out double right)
    {
        Rollout[] rollouts = Answer(data.Prompts(number, options.Queries), point.Temperature, options.Samples, number,
            options.Temperatures.Count * pool.Length);
        Attempt[] attempts = Scored(rollouts);
        int[][] chosen = new AnswerSelection([.. attempts.Chunk(options.Samples)]).Choose(point.Threshold, options.AnswersWanted);
        int[] numbers = [.. chosen.SelectMany((query, i) => query.Select(k => (i * options.Samples) + k))];
        new RandomStream(run.Seed, "bstar", number).Shuffle<int>(numbers);
        numbers = [.. numbers.Take(options.AnswersWanted)];
        right = numbers.Length == 0 ? 0 : numbers.Count(i => attempts[i].IsRight) / (double)numbers.Length;
        return [.. numbers.Select(i => rollouts[i]).Where(rollout => rollout.Stop == StopReason.EndOfSequence)
            .Select(rollout => SupervisedUpdate.Target(rollout.Prompt, rollout.Tokens))];
    }

    static StepStats Named(params (string Part, double Value)[] parts) => parts
        .Select(part => StepStats.Of(($"{Metric.Improvement}/{part.Part}", part.Value, 1))).Aggregate(StepStats.Empty, StepStats.Add);
});
