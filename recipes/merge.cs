#!/usr/bin/env dotnet
// Merge models that were made from one start into one: their weights, or their adapters, interpolated.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm merge --model runs/a/model runs/b/model --weights 0.5 0.5 --output runs/ab
//   ./vlm merge --model runs/a/adapter runs/b/adapter --base models/smolvlm --output runs/ab
//   ./vlm merge --model runs/a/model runs/b/model --weights 1 0.3 --method task-arithmetic --base models/smolvlm --output runs/ab
//
// theta = sum of weight x theta, tensor by tensor, in float32, stored in the type that the models have (model soups, arXiv:2203.05482;
// UnIVAL, arXiv:2307.16184). Of adapters their products are added to the base, and the result is a full model; folders with latent
// actions have their codes merged too. Policies that learned from different rewards, merged at several weights, are a cheap baseline
// for the trade-off between these (rewarded soups, arXiv:2306.04488): docs/recipes.md.

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.Checkpoints;
using Vlm.Grpo;
using Vlm.Merging;

return ToolCommand.Run<MergeRecipeOptions>(args, "merge", "merge models of one start, or their adapters", tool =>
{
    MergeRecipeOptions options = tool.Options;
    var clock = Stopwatch.StartNew();
    using var place = new Place(options);
    MergeResult made = CheckpointMerge.Write(options.Parts, place.Folder, options.Merge);
    tool.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"merge: {place.Said}, a full model: {made.Tensors} tensors, ")
        + string.Create(CultureInfo.InvariantCulture,
            $"{made.Bytes / 1e6:F1} MB, {made.Shared} of them the same in all, {clock.Elapsed.TotalSeconds:F1} s"));
    return RecipeCommand.Done;
}, computes: false);

/// <summary>Where the result goes; that of a smoke run is removed.</summary>
sealed class Place(MergeRecipeOptions options) : IDisposable
{
    private readonly DirectoryInfo? _smoke = options.Smoke ? Directory.CreateTempSubdirectory("vlm-merge-") : null;

    public string Folder => _smoke is null ? options.Output : Path.Combine(_smoke.FullName, "model");

    public string Said => _smoke is null ? options.Output : "a smoke run";

    public void Dispose() => _smoke?.Delete(recursive: true);
}

/// <summary>What the merged weights are.</summary>
enum MergeMethod
{
    Linear,
    TaskArithmetic,
}

/// <summary>What to merge, and how.</summary>
sealed record MergeRecipeOptions : IOptionRules
{
    private const string Small = "recipes/warm-start";

    [Description("folders of the models, or of their adapters"), Option(Example = "runs/a/model runs/b/model")]
    public string[] Model { get; init; } = [];

    [Description("weight of each model; equal ones where none are given"), Option(Example = "0.5 0.5")]
    public string[] Weights { get; init; } = [];

    [Description("folder to write; absent or empty"), Option(Example = "runs/merged")]
    public string Output { get; init; } = "";

    [Description("linear: the sum of weights; task-arithmetic: the base and the sum of differences from it")]
    public MergeMethod Method { get; init; }

    [Description("folder that the models were made from: the base of adapters, or of task-arithmetic"), Option(Example = "models/smolvlm")]
    public string? Base { get; init; }

    [Description("let the weights of a linear merge sum to something else than 1")]
    public bool AnySum { get; init; }

    [Description("largest file of weights, as the hub's tools write it"), Option(Example = "5GB")]
    public string MaxShardSize { get; init; } = "5GB";

    [Description("merge the small model of this project with itself, and leave nothing behind")]
    public bool Smoke { get; init; }

    /// <summary>Models with their weights.</summary>
    internal MergePart[] Parts
    {
        get
        {
            string[] folders = Smoke ? [Machine.InProject(Small), Machine.InProject(Small)] : Model;
            return Weights.Length == 0 || Smoke ? [.. folders.Select(folder => new MergePart(folder, 1.0 / folders.Length))]
                : [.. folders.Zip(Weights, (folder, weight) => new MergePart(folder, Number(weight)!.Value))];
        }
    }

    internal MergeOptions Merge => new()
    {
        Base = Base,
        Differences = Method == MergeMethod.TaskArithmetic,
        AnySum = AnySum,
        MaxShardBytes = ByteSize.Parse(MaxShardSize, nameof(MaxShardSize)),
    };

    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(Model), Smoke || Model.Length >= 2, "must name two folders or more", "runs/a/model runs/b/model"),
        new(nameof(Output), Smoke || Output.Length > 0, "must be given", "runs/merged"),
        new(nameof(Weights), Weights.Length == 0 || Weights.Length == Model.Length || Model.Length < 2,
            $"must be as many as the models ({Model.Length})",
            string.Join(' ', Model.Select(_ => OptionText.Show(Math.Round(1.0 / Model.Length, 6))))),
        new(nameof(Weights), Weights.All(word => Number(word) is not null), "must be numbers",
            string.Join(' ', Weights.Select(word => Number(word) is null ? "0.5" : word))),
        new(nameof(Base), Base is not null || Method == MergeMethod.Linear, "must be given with Method task-arithmetic", "models/smolvlm"),
    ];

    private static double? Number(string word) =>
        double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number : null;
}
