#!/usr/bin/env dotnet
// Say what a model folder is, whatever would stop those who load it, and what memory it takes; no weights are kept.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm inspect --model models/qwen2.5-vl-3b
//
// Memory is counted, not measured: weights, gradients and two moments per trained value, the cache of keys and values, and
// about what training keeps per token. The runtime and the libraries take some 150 MB beside it; a tower looking at a large
// image takes its own. Weights are read through once, for one that is not finite; latent actions are counted apart, and their base
// is read again for its checksum. Exit code 2 where something would stop training.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.LatentActions;
using Vlm.Models;

return ToolCommand.Run<InspectOptions>(args, "inspect", "say what a model folder is and what memory it takes", tool =>
{
    CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
    InspectOptions options = tool.Options;
    ModelFacts facts = ModelFacts.Of(options.Model, finite: true);
    LatentFacts? latent = LatentCheckpoint.IsAt(options.Model) ? LatentFacts.Of(options.Model, facts.Model.Sizes) : null;
    int bytes = options.Dtype == Precision.Float32 ? 4 : 2, each = Math.Min(options.Tokens, facts.Model.MaxPositions);
    long tokens = (long)options.Rows * each;

    Line("family", $"{facts.Config.Name} ({facts.Config.ModelType})");
    Line("weights", $"{facts.Model.Parameters.Count:N0} tensors in {facts.Files} file{(facts.Files == 1 ? "" : "s")}, "
        + string.Join(", ", facts.Stored.Select(type => $"{type.Type} {type.Values:N0}")));
    foreach (ModelPart part in Enum.GetValues<ModelPart>())
        Line(part.ToString().ToLowerInvariant(), $"{facts.ValuesOf(part):N0} values");
    Line("all", $"{facts.Values:N0} values");
    Line("language", $"{facts.Model.Layers} layers, {facts.Model.MaxPositions:N0} tokens of context, "
        + $"{facts.Model.VocabSize:N0} rows of output, {facts.Processor.Tokenizer.VocabularySize:N0} in the tokenizer");
    Line("template", facts.TemplateFile is not { } template ? "the family's own, the folder has none"
        : facts.Processor.Template.Warning is null ? $"read from {Path.GetFileName(template)}" : "the family's own, see below");
    tool.Out.WriteLine($"memory in {options.Dtype.ToString().ToLowerInvariant()}, {options.Rows} rows of {each} tokens");
    long weights = facts.Values * bytes, cache = tokens * facts.CacheBytesPerToken(bytes);
    Line("to load", Size(weights));
    Line("to sample", $"{Size(weights + cache)}, of it cache {Size(cache)}");
    long kept = tokens * facts.TrainingBytesPerToken(bytes);
    Line("to train all", $"about {Size(4 * weights + kept)}, of it gradients and moments {Size(3 * weights)}, per-token {Size(kept)}");
    long adapter = 4L * options.LoraRank
        * facts.Model.Projections.Where(item => item.Name != "lm_head").Sum(item => item.Layer.Weight.shape.Sum());
    Line($"LoRA rank {options.LoraRank}", $"about {Size(weights + 4 * adapter + kept)}, of it adapters with all theirs {Size(4 * adapter)}");
    if (latent is not null)
        Codes(latent);
    if (facts.Processor.Template.Warning is { } warning)
        tool.Error.WriteLine(warning);
    return RecipeCommand.Done;

    void Codes(LatentFacts codes)
    {
        LatentConfig config = codes.Config;
        tool.Out.WriteLine($"latent actions over {config.Codes} codes, learned on this base");
        Line("layers", $"inverse {config.InverseLayers}, policy {config.PolicyLayers}, merge blocks {config.MergeBlocks}, "
            + $"read out by {config.ReadOut switch { ReadOut.Delta => "difference", ReadOut.LastBlock => "the last block", _ => "the sum" }}");
        Line("stages", codes.Stages.Count > 0 ? string.Join(", ", codes.Stages).ToLowerInvariant() : "none was finished");
        foreach ((string name, long values) in codes.Parts)
            Line(name, $"{values:N0} values");
        Line("together", $"{codes.Values:N0} values, {Size(4 * codes.Values)} to load beside the base, in float32");
    }

    void Line(string name, string text) => tool.Out.WriteLine($"  {name,-13} {text}");
}, computes: false);

static string Size(long bytes) => bytes >= 1_000_000_000 ? $"{bytes / 1e9:F2} GB" : $"{bytes / 1e6:F1} MB";

/// <summary>What to look at, and for what use.</summary>
sealed record InspectOptions
{
    [Description("folder of the model"), Required, Option(Example = "recipes/warm-start")]
    public string Model { get; init; } = "";

    [Description("precision that weights would be kept in")]
    public Precision Dtype { get; init; }

    [Description("completions that are sampled, or trained on, together"), Range(1, int.MaxValue)]
    public int Rows { get; init; } = 8;

    [Description("tokens of each, prompt included"), Range(1, int.MaxValue)]
    public int Tokens { get; init; } = 512;

    [Description("rank of adapters"), Range(1, int.MaxValue)]
    public int LoraRank { get; init; } = 16;
}
