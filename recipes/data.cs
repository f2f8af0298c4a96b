#!/usr/bin/env dotnet
// Say what is read of data files, and what is not, before anything is trained on them; show some rows as a page.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm data mine.parquet --out mine.html
//   ./vlm data a.parquet:2 b.jsonl --eval test.jsonl --model models/qwen2.5-vl-3b --max-prompt-length 2048
//
// With --model the prompts are made as training makes them, image tokens and all, and those that do not fit are named with the
// reason; no weights are loaded. Boxes of the page lie where the data says: a frame or a form that is wrong is seen at once.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Models;

return ToolCommand.Run<DataToolOptions>(args, "data", "say what is read of data files, and show some rows", tool =>
{
    DataToolOptions options = tool.Options;
    if (tool.Words.Count == 0)
        throw new UsageException("there is no file to read", "./vlm data",
            $"./vlm data FILE; layouts: {string.Join(", ", DatasetLayout.Table.Names)} (docs/data.md)");

    Dataset data = Dataset.Open(tool.Words, options.Reading, tool.Token);
    foreach (string line in data.Report.Lines())
        tool.Out.WriteLine(line);
    if (data.Parts.Count > 1)
        foreach (DatasetPart part in data.Parts)
            tool.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"part {part.Name}: {part.Count} examples, weight {part.Weight:R}"));
    if (options.Reading.Split is { } shares)
        tool.Out.WriteLine(data.Split(shares, options.Seed).Train.Report.Notes[^1]);
    if (options.Eval.Length > 0)
        Compare(Dataset.Open(options.Eval, options.Reading, tool.Token));
    int unfit = options.Model is { } model ? Measure(data, model) : 0;
    if (options.Rows > 0)
        DataPage.Write(options.Out, string.Join(' ', tool.Words), data, options.Rows);
    tool.Out.WriteLine(options.Rows > 0 ? $"rows with images and boxes: {options.Out}" : "no page was asked for");
    return unfit > 0 ? RecipeCommand.Mistake : RecipeCommand.Done;

    void Compare(Dataset eval)
    {
        IReadOnlyList<Example> both = Overlap.Of(data.Examples, eval.Examples);
        tool.Out.WriteLine(both.Count == 0 ? "no question to measure on is also trained on" : string.Create(CultureInfo.InvariantCulture,
            $"{both.Count} of {eval.Examples.Count} questions to measure on are also trained on, the first is {both[0].Id}: scores will flatter"));
    }

    int Measure(Dataset data, string folder)
    {
        ModelFacts facts = ModelFacts.Of(folder);
        var limits = new PromptLimits(facts.Processor, facts.Model, options.Seen, options.MaxPromptLength);
        PromptLengths lengths = PromptLengths.Of(data.Examples, limits, tool.Token);
        foreach (string line in lengths.Lines())
            tool.Out.WriteLine(line);
        return lengths.Unfit.Count;
    }
}, computes: false, words: "file ...");

/// <summary>What to read, and what to show of it.</summary>
sealed record DataToolOptions
{
    public DatasetOptions Reading { get; init; } = new();

    public SeenOptions Seen { get; init; } = new();

    [Description("folder of a model: prompts are counted in its tokens, and those that do not fit are named"), Option(Example = "recipes/warm-start")]
    public string? Model { get; init; }

    [Description("most tokens of a prompt; by default the model's context"), Range(1, int.MaxValue)]
    public int? MaxPromptLength { get; init; }

    [Description("files to measure on: says how many of their examples are also in the others"), Option(Example = "test.jsonl")]
    public string[] Eval { get; init; } = [];

    [Description("page of sample rows"), Option(Example = "data.html")]
    public string Out { get; init; } = "data.html";

    [Description("rows on the page, from the first to the last in equal steps; 0 writes none"), Range(0, 1000)]
    public int Rows { get; init; } = 24;

    [Description("seed of --split")]
    public long Seed { get; init; } = 1;
}
