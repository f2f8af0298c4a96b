#!/usr/bin/env dotnet
// Time learned rewards: a reward model's scores against plain forward passes of the same rows, and a judge behind an address.
#:project ../src/Grpo/Grpo.csproj
#:project ../src/Rewards/Learned/Learned.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm bench-learned
//   ./vlm bench-learned --model models/smolvlm-256m --device cuda
//
// 256 answers of 20 to 40 tokens, 8 to each of 32 questions about a drawing, scored by a reward model from nothing but their text, against
// the states of the same tokens, questions read once (states_ratio), and in rows that repeat their question (rows_ratio). Then 64 answers
// are judged by a server of this process that takes 0.2 s for each, 16 at once: 0.8 s if nothing else took time. Ratios are medians of
// runs in turns. Run it on an idle machine.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using TorchSharp;
using Vlm.Grpo;

return RecipeCommand.Run<BenchLearnedOptions>(args, "bench-learned", "time reward models and judges", run =>
{
    BenchLearnedOptions options = run.Options;
    torch.set_num_threads(options.Threads);
    using var reward = RewardBench.Open(Machine.InProject(options.Model), run.Folder, run.Device, options);
    Dictionary<string, object> line = reward.Measure(options, run.Device);
    foreach ((string name, object value) in JudgeBench.Measure(options, run.Token))
        line[name] = value;
    line["threads"] = options.Threads;
    line["repeats"] = options.Repeats;
    run.Report(line.WithMemory(run.Device));
}, RecipeKind.Measures);

/// <summary>Options.</summary>
sealed record BenchLearnedOptions : BenchOptions
{
    [Description("folder whose model gets a head of random weights, and scores"), Required]
    public string Model { get; init; } = "recipes/warm-start";

    [Description("questions about a drawing"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int Questions { get; init; } = 32;

    [Description("answers to each question"), Range(1, int.MaxValue), Option(Smoke = 2)]
    public int Answers { get; init; } = 8;

    [Description("answers that are judged"), Range(1, int.MaxValue), Option(Smoke = 4)]
    public int Judged { get; init; } = 64;

    [Description("most requests to the judge in flight"), Range(1, 4096)]
    public int JudgeConcurrency { get; init; } = 16;

    [Description("seconds that the judge takes for a request"), Range(0d, 3600), Option(Smoke = 0.01)]
    public double JudgeSeconds { get; init; } = 0.2;
}
