#!/usr/bin/env dotnet
// Ask a judge about answers: score each, or say which of two is better, by a folder or any OpenAI-compatible endpoint.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm judge answers.jsonl --judge recipes/warm-start --rubric yes-no
//   ./vlm judge answers.jsonl --judge http://127.0.0.1:8000/v1 --judge-model qwen2.5-vl-72b --judge-cache judge.jsonl
//   ./vlm judge pairs.jsonl --judge http://127.0.0.1:8000/v1 --judge-model qwen2.5-vl-72b
//
// A JSON line for each row: id, score (null where there is none) and reason; where each row has two answers, in completion_a and
// completion_b, response_a and response_b, or chosen and rejected, which is better in both orders. What it came to goes to standard error.

using Recipes.Cli;
using Vlm.Rewards.Learned.Judges;

return ToolCommand.Run<JudgeToolOptions>(args, "judge", "ask a judge about answers", tool =>
{
    JudgeToolOptions options = tool.Options;
    string device = JudgeEndpoint.IsAddress(options.Judge) ? Vlm.Engine.Devices.AutoName : tool.Device.ToString();
    JudgedFile file = JudgedFile.Read(tool.Words, options, tool.Token);
    IAsyncEnumerable<string> lines = file.HasPairs
        ? Judging.CompareAsync(file, options.Judging.Compare(options.Judge, "judge", null, device, tool.Logger), tool.Token)
        : Judging.ScoreAsync(file, options.Judging.Make(options.Judge, "judge", null, device, tool.Logger), tool.Token);
    foreach (string line in lines.ToBlockingEnumerable(tool.Token))
        tool.Out.WriteLine(line);
    return RecipeCommand.Done;
}, computes: !args.Any(JudgeEndpoint.IsAddress), words: "files");
