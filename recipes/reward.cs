#!/usr/bin/env dotnet
// Say what an answer earns and why, or every answer of a file: try a reward before you train with it.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm reward --kind number --truth 7 "3 + 4 = \boxed{7}"
//   ./vlm reward --truth B --choices cat,dog "B, because it barks"
//   ./vlm reward --box 40,30,60,40 --frame thousand --reward iou:0.5 --reward acc@0.5:0.5 "[41, 30, 60, 40]"
//   ./vlm reward answers.jsonl --reward mine.cs
//
// A JSON line for each answer: id, value, correct (null where no reward says so), reason, answer (what was found in the completion,
// null where nothing was) and parts. A file is any that ./vlm data reads, with what was written in its column completion, or else
// prediction; --completion names another. Without a text, the completion is read from standard input.

using Recipes.Cli;

return ToolCommand.Run<RewardToolOptions>(args, "reward", "say what answers earn, and why", tool =>
{
    RewardToolOptions options = tool.Options;
    ScoredRow[] rows = options.HasTruth
        ? [new(OneTruth.Example(options), tool.Words.Count > 0 ? string.Join(' ', tool.Words) : tool.In.ReadToEnd())]
        : Answered.Rows(tool.Words, options, tool.Token);
    foreach (string line in Answered.Lines(rows, options.Rewards.Read().On))
        tool.Out.WriteLine(line);
    return RecipeCommand.Done;
}, computes: false, words: "text or files");
