#!/usr/bin/env dotnet
// Time every reward on short answers and on long texts of hostile shapes, 1,000 to 1,000,000 characters.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm bench-rewards
// A reward is linear where ten times the length takes about ten times as long. Run it on an idle machine; compare two builds by
// the ratio of their lines, taken in turns.

using Recipes.Cli;

return RecipeCommand.Run<BenchRewardsOptions>(args, "bench-rewards", "time rewards on short and on long texts", run =>
    run.Report(Scoring.Measure(run.Smoke ? [1000] : [1000, 10_000, 100_000, 1_000_000], run.Options.Repeats)), RecipeKind.Measures);

/// <summary>Options.</summary>
sealed record BenchRewardsOptions : BenchOptions;
