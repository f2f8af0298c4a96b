#!/usr/bin/env dotnet
// Time one step of reinforcement on random weights: sample a group, recompute its log-probs, update every weight.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm bench-step --size tiny
//   ./vlm bench-step --size 256m --dtype bfloat16
//   ./vlm bench-step --size 256m --rollouts --group-size 8 --new-tokens 256
//
// Medians of --repeats steps after one that warms up. No end token, so every rollout has full length. In bfloat16 the optimizer
// moves float32 masters. The sizes are those of a tiny model, SmolVLM-256M and SmolVLM-2.2B.
// Run it on an idle machine; compare two builds by the ratio of their lines, taken in turns.

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

return RecipeCommand.Run<BenchStepOptions>(args, "bench-step", "time a step of reinforcement on random weights", run =>
{
    BenchStepOptions options = run.Options;
    torch.set_num_threads(options.Threads);
    Work work = Work.Of(options.Size, options.GroupSize, options.NewTokens);
    using SmolVlmModel model = RandomWeights.Model(work.Config, options.Dtype.ScalarType(), run.Device);
    var policy = new TokenPolicy(model, tokens => "", endTokens: []);
    var optimizer = new FusedAdamW(model.parameters(), 1e-5);
    Prompt prompt = work.Prompt(run.Seed);
    var sampling = new Sampling { MaxNewTokens = work.NewTokens };
    if (options.Rollouts)
    {
        run.Report(Decoding.Measure(policy, prompt, work, run.Seed, options, options.Size));
        return;
    }

    Step(0);
    Times[] times =
        [.. Enumerable.Range(1, options.Repeats).TakeWhile(_ => !run.Cancelled).Select(repeat => Step(repeat))];
    if (!run.Cancelled)
        Report(times);

    Times Step(int repeat)
    {
        var clock = Stopwatch.StartNew();
        Rollout[] rollouts = policy.Sample([prompt], work.Group, sampling, new SampleKey(run.Seed, repeat));
        double sampled = clock.Elapsed.TotalSeconds;

        using (torch.no_grad())
        using (torch.NewDisposeScope())
            policy.LogProbs(rollouts, sampling);
        Measured.Finished(run.Device);
        double scored = clock.Elapsed.TotalSeconds;

        using (torch.NewDisposeScope())
        {
            ActionLogProbs now = policy.LogProbs(rollouts, sampling);
            optimizer.zero_grad();
            (-(now.LogProbs * now.Mask).sum() / now.Mask.sum()).backward();
            optimizer.Collect();
            optimizer.step();
        }
        Measured.Finished(run.Device);
        double updated = clock.Elapsed.TotalSeconds;
        return new Times(sampled, scored - sampled, updated - scored, updated);
    }

    void Report(Times[] times)
    {
        var line = new Dictionary<string, object>
        {
            ["size"] = options.Size,
            ["dtype"] = options.Dtype.ToString().ToLowerInvariant(),
            ["group"] = work.Group,
            ["new_tokens"] = work.NewTokens,
            ["rollout_tok_s"] = Math.Round(work.Group * sampling.MaxNewTokens / Run.MedianOf(times.Select(t => t.Rollout)), 1),
            ["logprob_s"] = Math.Round(Run.MedianOf(times.Select(t => t.LogProb)), 4),
            ["update_s"] = Math.Round(Run.MedianOf(times.Select(t => t.Update)), 4),
            ["step_s"] = Math.Round(Run.MedianOf(times.Select(t => t.Step)), 4),
            ["threads"] = options.Threads,
            ["repeats"] = options.Repeats,
        };
        run.Report(line.WithMemory(run.Device));
    }
}, RecipeKind.Measures);

/// <summary>Seconds of one step and its parts.</summary>
sealed record Times(double Rollout, double LogProb, double Update, double Step);

/// <summary>Options.</summary>
sealed record BenchStepOptions : BenchOptions
{
    [Description("which fixed work: tiny, 256m or 2b")]
    public string Size { get; init; } = "tiny";

    [Description("rows of the group of a step; 0 takes the work's own"), Range(0, int.MaxValue)]
    public int GroupSize { get; init; }

    [Description("new tokens of each row of a step; 0 takes the work's own"), Range(0, int.MaxValue), Option(Smoke = 2)]
    public int NewTokens { get; init; }

    [Description("time the rollouts of a step alone, and with one new token, which tells the time of a step of decoding")]
    public bool Rollouts { get; init; }

    public override IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(Dtype), Dtype != Precision.Float16, "must not be float16 where weights are trained: small gradients vanish in it",
            Precision.BFloat16),
    ];
}
