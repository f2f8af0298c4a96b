#!/usr/bin/env dotnet
// Write a checkpoint as ONNX graphs that transformers.js and ONNX Runtime load as they are, and prove them.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:project ../datasets/Datasets.csproj
#:property PublishAot=false

//   ./vlm export --model runs/quickstart/model --out exported
//   ./vlm export --model models/qwen2.5-vl --for onnxruntime-genai --out exported
//   ./vlm export --model models/smolvlm --adapter runs/mine/adapter --dtype fp16 --out exported
//   ./vlm export --model runs/latent/model --out exported        codes act, and the client need not know of them
//
// The graphs are then run on a few prompts in ONNX Runtime, against the engine: the differences are printed, and stored in
// export.json. Where they are past the tolerance, the folder stays and the exit code is 2. ./vlm score and ./vlm chat take
// the folder as --model.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.Lora;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Onnx.Export;
using Vlm.Onnx.Runtime;

return ToolCommand.Run<ExportRecipeOptions>(args, "export", "write a checkpoint as ONNX graphs, and prove them", tool =>
{
    ExportRecipeOptions options = tool.Options;
    var clock = Stopwatch.StartNew();
    LatentCheckpoint? latent = LatentCheckpoint.IsAt(options.Model)
        ? LatentCheckpoint.Load(options.Model, tool.Device, logger: tool.Logger) : null;
    VlmCheckpoint vlm = latent?.Base ?? (options.Computes ? VlmCheckpoint.Load(options.Model, tool.Device, logger: tool.Logger, roomFor: options.Adapter)
        : OnnxExport.LoadAsStored(options.Model, tool.Device, tool.Logger));
    if (options.Adapter is { } adapter)
        LoraAdapter.Load(vlm.Model, adapter, vlm.Canonical, options.Model);
    ExportReport report = latent is null ? OnnxExport.Write(vlm, options.Out, options.Export, tool.Logger)
        : OnnxExport.Write(latent, options.Out, options.Export, tool.Logger);

    foreach ((string name, long bytes) in report.Files)
        Line($"  {name,-40} {bytes / 1e6,10:F2} MB");
    foreach (ExportCase item in report.Check?.Cases ?? [])
    {
        tool.Out.WriteLine(Told(item.Name, "logits", item.Difference, item.Allowed, item.Same, item.Tokens, "tokens"));
        if (item.Codes is { } codes)
            tool.Out.WriteLine(Told("", "logits of codes", codes.Difference, codes.Allowed, codes.Same, item.Tokens, "codes"));
    }
    double peak = Process.GetCurrentProcess().PeakWorkingSet64 / 1e6;
    string unproven = report.Check is null ? ", not checked" : "";
    Line($"export: {options.Out}, {clock.Elapsed.TotalSeconds:F1} s, peak memory {peak:F0} MB{unproven}");
    if (options.For == ExportClient.OnnxruntimeGenai)
        tool.Out.WriteLine("onnxruntime-genai decodes JPEG and PNG alone, interlaced PNG not");
    if (latent is not null && options.Dtype == GraphNumbers.Fp16)
        tool.Out.WriteLine("the policy over codes and the world model, float32 in training, are rounded to fp16 as all else is");
    if (options.Quantize == Quantization.Int8 && options.Score > 0)
        Score(vlm);
    if (report.Check is { Passes: false } check)
        throw Differs(check);
    return RecipeCommand.Done;

    void Line(FormattableString text) => tool.Out.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    void Score(VlmCheckpoint before)
    {
        using var after = OnnxCheckpoint.Load(options.Out, suffix: options.Export.Suffix);
        Line($"score before: {Ask(latent is null ? before.Policy() : latent.Policy(), before.Processor).Line("engine, float32")}");
        Line($"score after:  {Ask(after.Policy(), after.Processor).Line("graphs, int8")}");
    }

    EvaluationReport Ask(ISampler sampler, IPromptProcessor processor) => Evaluation.Report([.. Evaluation.Ask(
        sampler, Enumerable.Range(0, options.Score).Select(i => Drawing(processor, i)),
        new Sampling { Greedy = true, MaxNewTokens = 20 }, 16, default, cancel: tool.Token)]);

    UsageException Differs(ExportCheck check)
    {
        ExportCase worst = check.Cases.First(item => !item.Passes);
        string codes = worst.Codes is not { } differ ? "" : string.Create(CultureInfo.InvariantCulture,
            $"; logits of codes by {differ.Difference:G3}, {differ.Same} of {worst.Tokens} codes the same");
        return new UsageException(
            string.Create(CultureInfo.InvariantCulture, $"the graphs differ from the engine on \"{worst.Name}\": logits by ")
            + string.Create(CultureInfo.InvariantCulture, $"{worst.Difference:G3}, {worst.Same} of {worst.Tokens} tokens the same")
            + codes,
            Path.Combine(options.Out, OnnxExport.ReportFile), "--dtype fp32, or --skip-check; the folder is kept as it is");
    }
});

static string Told(string name, string what, double difference, double? allowed, int same, int count, string unit)
{
    string limit = allowed is { } most ? string.Create(CultureInfo.InvariantCulture, $" (allowed {most:G3})") : "";
    return string.Create(CultureInfo.InvariantCulture, $"  {name,-18} largest difference of {what} ")
        + string.Create(CultureInfo.InvariantCulture, $"{difference:G3}{limit}, {same} of {count} {unit} the same");
}

static Prompt Drawing(IPromptProcessor processor, int number) => processor.Prompt(Shapes.Example(
    seed: 0, Split.Test, number, new ShapesOptions { Kinds = ShapesOptions.VqaAndGround }));

/// <summary>What graphs compute in.</summary>
enum GraphNumbers
{
    Fp32,
    Fp16,
}

/// <summary>How weights are made smaller.</summary>
enum Quantization
{
    None,
    Int8,
}

/// <summary>What to export, where, and how.</summary>
sealed record ExportRecipeOptions : IOptionRules
{
    [Description("folder of the model"), Required, Option(Example = "recipes/warm-start")]
    public string Model { get; init; } = "";

    [Description("folder to write; absent or empty"), Required, Option(Example = "exported")]
    public string Out { get; init; } = "";

    [Description("folder of a PEFT adapter to merge into the weights"), Option(Example = "runs/mine/adapter")]
    public string? Adapter { get; init; }

    [Description("who loads the folder; onnxruntime-genai has the Qwens alone")]
    public ExportClient For { get; init; }

    [Description("what the graphs compute in; norms and softmax are fp32 always")]
    public GraphNumbers Dtype { get; init; }

    [Description("store the weights of linear layers as bytes, with a scale for each output")]
    public Quantization Quantize { get; init; }

    [Description("questions about drawings that are asked before and after --quantize"), Range(0, int.MaxValue)]
    public int Score { get; init; } = 64;

    [Description("write into a folder that is not empty; files of other names stay")]
    public bool Force { get; init; }

    [Description("leave out the comparison with the engine")]
    public bool SkipCheck { get; init; }

    /// <summary>Whether the engine does more than to hand on the weights as they are.</summary>
    internal bool Computes => !SkipCheck || Adapter is not null || (Quantize == Quantization.Int8 && Score > 0);

    internal ExportOptions Export => new()
    {
        For = For,
        Half = Dtype == GraphNumbers.Fp16,
        Int8 = Quantize == Quantization.Int8,
        Force = Force,
        Check = !SkipCheck,
        Consume = Quantize == Quantization.None || Score == 0,
    };

    public IEnumerable<OptionRule> Rules()
    {
        bool codes = LatentCheckpoint.IsAt(Model);
        if (codes && Adapter is null)
            LatentProgress.CheckActs(Model);
        return [new(nameof(Adapter), Adapter is null || !codes,
            "must not be set with latent actions: it changes the base, and the codes are those of the base as it was")];
    }
}
