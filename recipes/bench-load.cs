#!/usr/bin/env dotnet
// Time loading a folder of SmolVLM-256M's sizes in bfloat16: seconds, and peak memory over the size of the file.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm bench-load
//
// The folder is written, read back from the system's cache and deleted. The peak is the whole process's, runtime and libraries
// included.
// Run it on an idle machine; compare two builds by the ratio of their lines, taken in turns.

using Recipes.Cli;
using TorchSharp;

return RecipeCommand.Run<BenchLoadOptions>(args, "bench-load", "time loading a folder of random weights", run =>
{
    torch.set_num_threads(run.Options.Threads);
    run.Report(Loading.Measure(Work.Of(run.Smoke ? "tiny" : "256m").Config, run.Folder, run.Device));
}, RecipeKind.Measures);

/// <summary>Options.</summary>
sealed record BenchLoadOptions : BenchOptions;
