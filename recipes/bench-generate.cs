#!/usr/bin/env dotnet
// Time one answer of 256 greedy tokens after a prompt with one image, at SmolVLM-256M's sizes.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm bench-generate --dtype bfloat16
// Run it on an idle machine; compare two builds by the ratio of their lines, taken in turns.

using Recipes.Cli;
using TorchSharp;

return RecipeCommand.Run<BenchGenerateOptions>(args, "bench-generate", "time generating on random weights", run =>
{
    torch.set_num_threads(run.Options.Threads);
    run.Report(Generating.Measure(Work.Of(run.Smoke ? "tiny" : "256m"), run.Device, run.Seed, run.Options));
}, RecipeKind.Measures);

/// <summary>Options.</summary>
sealed record BenchGenerateOptions : BenchOptions;
