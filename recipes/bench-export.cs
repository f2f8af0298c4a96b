#!/usr/bin/env dotnet
// Time writing ONNX graphs of SmolVLM-256M's sizes, and answering with them in ONNX Runtime and with the engine.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm bench-export --dtype float16
//
// A folder stored in bfloat16 is loaded and written as graphs in --dtype, as ./vlm export --skip-check does: weights stay in memory
// as they are stored. The time of loading is told apart; the peak is from before it to after writing, the whole process's, over the
// weights in the precision of the graphs. Then 64 greedy tokens after the prompt of one image, by ONNX Runtime with the graphs and
// by the engine in float32, in turns.
// Run it on an idle machine; compare two builds by the ratio of their lines, taken in turns.

using Recipes.Cli;
using TorchSharp;
using Vlm;

return RecipeCommand.Run<BenchExportOptions>(args, "bench-export", "time export to ONNX on random weights", run =>
{
    torch.set_num_threads(run.Options.Threads);
    run.Report(Exporting.Measure(Work.Of(run.Smoke ? "tiny" : "256m"), run.Folder, run.Device, run.Seed, run.Options));
}, RecipeKind.Measures);

/// <summary>Options.</summary>
sealed record BenchExportOptions : BenchOptions
{
    public override IEnumerable<OptionRule> Rules() =>
        [new(nameof(Dtype), Dtype != Precision.BFloat16, "must be float32 or float16 in graphs", Precision.Float16)];
}
