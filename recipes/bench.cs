#!/usr/bin/env dotnet
// Time one step of reinforcement, loading, generating, or export to ONNX, on random weights: one JSON line.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm bench --size tiny
//   ./vlm bench --size 256m
//   ./vlm bench --size load
//   ./vlm bench --size generate --dtype bfloat16
//   ./vlm bench --size export --threads 2
//
// A step: sample a group, recompute its log-probs, update every weight. Medians of --repeats steps after one that warms up.
// No end token, so every rollout has full length. In bfloat16 the optimizer moves float32 masters.
// Generating: one answer of 256 tokens after a prompt of one image, SmolVLM-256M's sizes, every token the most likely.
// Loading: SmolVLM-256M's sizes in bfloat16, written, read back from the system's cache, deleted. The peak is the whole
// process's, runtime and libraries included.
// Export: a folder of those sizes, stored in bfloat16, is loaded and written as graphs in --dtype, as ./vlm export --skip-check
// does: weights stay in memory as they are stored. The time of loading is told apart; the peak is from before it to after
// writing, the whole process's, over the weights in the precision of the graphs. Then 64 tokens, the most likely, after the
// prompt of one image, by ONNX Runtime with the graphs and by the engine in float32, in turns.
// Run it on an idle machine; compare two builds by the ratio of their lines, taken in turns.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Text.Json;
using Recipes.Cli;
using TorchSharp;
using Vlm;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Grpo;
using Vlm.Models.SmolVlm;

return RecipeCommand.Run<BenchOptions>(args, "bench", "time a step of reinforcement, loading, generating, or export, on random weights", run =>
{
    BenchOptions options = run.Options;
    torch.set_num_threads(options.Threads);
    if (options.Size == "load")
    {
        Finish(Loading.Measure(run.Smoke ? Work.Of("tiny").Config : Work.Of("256m").Config, run.Folder, run.Device));
        return;
    }

    if (options.Size == "generate")
    {
        Finish(Generating.Measure(Work.Of(run.Smoke ? "tiny" : "256m"), run.Device, run.Seed, options));
        return;
    }

    if (options.Size == "export")
    {
        Finish(Exporting.Measure(Work.Of(run.Smoke ? "tiny" : "256m"), run.Folder, run.Device, run.Seed, options));
        return;
    }

    Work work = Work.Of(options.Size, options.GroupSize, options.NewTokens);
    using SmolVlmModel model = RandomWeights.Model(work.Config, options.Dtype.ScalarType(), run.Device);
    var policy = new TokenPolicy(model, tokens => "", endTokens: []);
    var optimizer = new FusedAdamW(model.parameters(), 1e-5);
    Prompt prompt = work.Prompt(run.Seed);
    var sampling = new Sampling { MaxNewTokens = work.NewTokens };
    if (options.Rollouts)
    {
        Finish(Decoding.Measure(policy, prompt, work, run.Seed, options));
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
        Finish(line.WithMemory(run.Device));
    }

    void Finish(Dictionary<string, object> line)
    {
        Console.WriteLine(JsonSerializer.Serialize(line));
        run.Finish(line);
    }
}, replace: true);

/// <summary>Seconds of one step and its parts.</summary>
sealed record Times(double Rollout, double LogProb, double Update, double Step);

/// <summary>What to time.</summary>
sealed record BenchOptions : IOptionRules
{
    [Description("which fixed work: tiny, 256m and 2b (SmolVLM-256M's and -2.2B's sizes), load (reading a file of those sizes), generate, or export")]
    public string Size { get; init; } = "tiny";

    [Description("precision of weights and arithmetic; of export, of the graphs")]
    public Precision Dtype { get; init; }

    [Description("threads of the tensor library, and of ONNX Runtime"), Range(1, int.MaxValue)]
    public int Threads { get; init; } = 2;

    [Description("rows of the group of a step; 0 takes the work's own"), Range(0, int.MaxValue)]
    public int GroupSize { get; init; }

    [Description("new tokens of each row of a step; 0 takes the work's own"), Range(0, int.MaxValue), Option(Smoke = 2)]
    public int NewTokens { get; init; }

    [Description("time the rollouts of a step alone, and with one new token, which tells the time of a step of decoding")]
    public bool Rollouts { get; init; }

    [Description("steps to take the median of"), Range(1, int.MaxValue), Option(Smoke = 1)]
    public int Repeats { get; init; } = 5;

    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(Dtype), Dtype != Precision.Float16 || Size is "export" or "generate",
            "must not be float16 where weights are trained: small gradients vanish in it", Precision.BFloat16),
        new(nameof(Dtype), Dtype != Precision.BFloat16 || Size != "export", "must be float32 or float16 in graphs", Precision.Float16),
    ];
}
