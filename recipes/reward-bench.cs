#!/usr/bin/env dotnet
// Measure rewards on pairs of answers: accuracy, consistency, what misleads them, and agreement with what can be verified.
#:project ../src/Grpo/Grpo.csproj
#:project ../src/Rewards/Learned/Learned.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm reward-bench --reward rm:runs/reward-model/model --data shapes
//   ./vlm reward-bench --reward rm:runs/a/model --reward rm:runs/b/model --data vl-rewardbench/data
//
// A pair is right where the chosen answer scores higher, as in RewardBench (Lambert et al. 2024, arXiv:2403.13787); the macro average
// over kinds is that of VL-RewardBench (Li et al. 2024, arXiv:2411.17451). A tie is half right here, and wrong in both papers. Consistency
// is that of Shen et al. 2023, arXiv:2309.16155, with our contrast images beside their contrast instructions. What a reward cannot score is
// counted and is in no mean. Every pair with its scores goes to pairs.jsonl, every contrast to contrasts.jsonl in the run folder.

using Recipes.Cli;
using Vlm.Rewards.Learned;

return RecipeCommand.Run<RewardBenchOptions>(args, "reward-bench", "measure rewards on pairs of answers", run =>
{
    RewardBenchOptions options = run.Options;
    BenchPairs pairs = BenchPairs.Open(run, options);
    var scored = new List<RewardScores>();
    foreach (string word in options.Reward)
    {
        using ILearnedReward reward = BenchedReward.Load(run, word, options);
        scored.Add(RewardScores.Of(run, word, reward, pairs, options.Batch));
    }

    ScoreLines.Write(run.Folder, pairs, scored);
    RewardResult[] results = [.. scored.Select(one => RewardResult.Of(pairs, one))];
    foreach (string line in BenchTable.Lines(results))
        Console.WriteLine(line);
    run.Finish(new { pairs = pairs.Pairs.Count, contrasts = pairs.Contrasts.Count, contrastsFrom = pairs.ContrastsFrom, rewards = results });
}, RecipeKind.Measures);
