#!/usr/bin/env dotnet
// Time every surrogate, aggregation, advantage estimator, KL estimator and correction against plain GRPO on the same rollouts.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm bench-objectives --size tiny
//   ./vlm bench-objectives --size tiny --num-iterations 2 --repeats 9
//
// Random weights sample one batch, which random numbers reward. Each row of the tables learns from it in turns with plain GRPO: a pair
// of times for each repeat, and the median of their ratios. step_ratio has the rollouts' time in both halves; update_ratio has not. By
// their definition another pass over the rollouts is taken by a divergence (the reference's log-probs), a correction (the trainer's) and
// top-quantile (the entropies of the whole step); remax samples a greedy answer to each prompt. Run it on an idle machine.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using Recipes.Cli;
using TorchSharp;
using Vlm;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models.SmolVlm;

return RecipeCommand.Run<BenchObjectivesOptions>(args, "bench-objectives", "time every objective against plain GRPO", run =>
{
    BenchObjectivesOptions options = run.Options;
    torch.set_num_threads(options.Threads);
    Work work = Work.Of(options.Size, options.GroupSize, options.NewTokens);
    using SmolVlmModel model = RandomWeights.Model(work.Config, options.Dtype.ScalarType(), run.Device);
    var policy = new TokenPolicy(model, tokens => "", endTokens: []);
    var optimizer = new FusedAdamW(model.parameters(), 1e-5);
    var plain = new GrpoOptions { GroupSize = work.Group, MaxNewTokens = work.NewTokens, NumIterations = options.NumIterations };
    Prompt[] prompts = [.. Enumerable.Range(0, options.Prompts).Select(i => work.Prompt(run.Seed + i))];

    policy.Sample(prompts, work.Group, plain.Sampling, new SampleKey(run.Seed, 0));
    var sampling = Stopwatch.StartNew();
    Rollout[] rollouts = policy.Sample(prompts, work.Group, plain.Sampling, new SampleKey(run.Seed, 1));
    Measured.Finished(run.Device);
    double sampled = sampling.Elapsed.TotalSeconds;

    var clock = new ObjectiveClock(policy, optimizer, ObjectiveClock.Scored(rollouts, run.Seed), run.Device, run.Seed);
    clock.Seconds(plain);
    Objective[] timed = run.Smoke ? [.. Objectives.All(plain).DistinctBy(one => one.Kind)] : Objectives.All(plain);
    Dictionary<string, object>[] rows = [.. timed.TakeWhile(_ => !run.Cancelled).Select(Timed)];
    if (!run.Cancelled)
        run.Report(new Dictionary<string, object>
        {
            ["size"] = options.Size,
            ["rollouts"] = rollouts.Length,
            ["new_tokens"] = work.NewTokens,
            ["rollout_s"] = Math.Round(sampled, 4),
            ["threads"] = options.Threads,
            ["repeats"] = options.Repeats,
            ["objectives"] = rows,
        }.WithMemory(run.Device));

    Dictionary<string, object> Timed(Objective objective)
    {
        clock.Seconds(objective.Options);
        (double Plain, double Own)[] pairs =
            [.. Enumerable.Range(0, options.Repeats).Select(_ => (clock.Seconds(plain), clock.Seconds(objective.Options)))];
        (double update, double step) = (
            Run.MedianOf(pairs.Select(pair => pair.Own / pair.Plain)),
            Run.MedianOf(pairs.Select(pair => (sampled + pair.Own) / (sampled + pair.Plain))));
        run.Say(FormattableString.Invariant(
            $"{objective.Kind,-12} {objective.Name,-24} update {update:0.000}  step {step:0.000}  of plain GRPO"));
        return new()
        {
            ["kind"] = objective.Kind,
            ["name"] = objective.Name,
            ["update_s"] = Math.Round(Run.MedianOf(pairs.Select(pair => pair.Own)), 4),
            ["update_ratio"] = Math.Round(update, 3),
            ["step_ratio"] = Math.Round(step, 3),
        };
    }
}, RecipeKind.Measures);

/// <summary>Options.</summary>
sealed record BenchObjectivesOptions : BenchOptions
{
    [Description("which fixed work: tiny, 256m or 2b")]
    public string Size { get; init; } = "tiny";

    [Description("prompts of a step"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int Prompts { get; init; } = 4;

    [Description("rows of a group; 0 takes the work's own"), Range(0, int.MaxValue), Option(Smoke = 2)]
    public int GroupSize { get; init; }

    [Description("new tokens of each row; 0 takes the work's own"), Range(0, int.MaxValue), Option(Smoke = 2)]
    public int NewTokens { get; init; }

    [Description("mu: updates per rollout batch"), Range(1, int.MaxValue)]
    public int NumIterations { get; init; } = 1;

    public override IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(Dtype), Dtype != Precision.Float16, "must not be float16 where weights are trained: small gradients vanish in it",
            Precision.BFloat16),
        new(nameof(GroupSize), GroupSize != 1, "must be >= 2: advantages compare within groups", 8),
    ];
}
