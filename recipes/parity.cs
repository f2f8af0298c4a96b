#!/usr/bin/env dotnet
// Compare a model folder with what a reference computed: features, hidden states, logits, greedy tokens, loss and gradients.
#:project ../src/Grpo/Grpo.csproj
#:project Cli/Cli.csproj
#:property PublishAot=false

//   ./vlm parity --model models/qwen2-vl --cases recorded
//   ./vlm parity --model models/qwen2-vl --cases recorded --dtype bfloat16
//
// The cases are safetensors files: case_*.safetensors of forward passes and greedy generations, train.safetensors of a training
// step. in.* hold the tensors as they were passed to the reference's forward, out.*, gen.* and grad.* what it gave; padding is
// on the left. Everything recorded is compared. Exit code 1 where a difference is past its tolerance: src/Vlm/Parity/Tolerance.cs
// says what is measured in float32, and what in bfloat16.

using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Recipes.Cli;
using Vlm;
using Vlm.Models;
using Vlm.Parity;

return ToolCommand.Run<ParityOptions>(args, "parity", "compare a model with what a reference computed", tool =>
{
    string[] files = [.. tool.Options.Folders.SelectMany(Cases)];
    if (files.Length == 0)
        throw new UsageException("there is no case_*.safetensors and no train.safetensors",
            $"--cases {string.Join(' ', tool.Options.Folders)}", "--cases <folder with recorded cases>");

    VlmCheckpoint vlm = VlmCheckpoint.Load(
        tool.Options.Model, tool.Device, tool.Options.Dtype.ScalarType(), tool.Logger);
    int failed = 0;
    foreach (string file in files.TakeWhile(_ => !tool.Token.IsCancellationRequested))
    {
        using var recording = ParityCase.Open(file);
        IReadOnlyList<Difference> differences = ParityCheck.Run(vlm.Model, recording, vlm.EndTokens, vlm.Canonical);
        tool.Out.WriteLine($"{file}: {differences.Count} values");
        foreach (Line line in Line.Of(differences))
            tool.Out.WriteLine(line);
        failed += differences.Count(difference => !difference.Passes);
    }
    tool.Out.WriteLine(failed == 0 ? $"parity: all within tolerance, {files.Length} cases"
        : $"parity: {failed} values are past their tolerance");
    return failed == 0 ? RecipeCommand.Done : RecipeCommand.Defect;
});

static IEnumerable<string> Cases(string folder) => !Directory.Exists(folder)
    ? throw new UsageException($"there is no folder \"{folder}\"", $"--cases {folder}", "--cases <folder with recorded cases>")
    : [.. Directory.GetFiles(folder, "case_*.safetensors").Order(StringComparer.Ordinal),
        .. Directory.GetFiles(folder, "train.safetensors")];

/// <summary>A row of the table: one value, or all gradients that pass, of which the worst counts.</summary>
sealed record Line(string Name, Difference Worst)
{
    public static IEnumerable<Line> Of(IReadOnlyList<Difference> differences)
    {
        Difference[] fine = [.. differences.Where(difference => difference.Passes
            && difference.Name.StartsWith("grad.", StringComparison.Ordinal))];
        if (fine.Length > 0)
        {
            Difference worst = fine.MaxBy(difference => difference.Largest / difference.Allowed)!;
            yield return new Line($"grad.* ({fine.Length})", worst with { Note = $"{worst.Name} {worst.Note}".TrimEnd() });
        }
        foreach (Difference difference in differences.Except(fine))
            yield return new Line(difference.Name, difference);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"  {Name,-28} {Amount,-19} {(Worst.Passes ? "ok" : "FAIL")}  {Worst.Note}").TrimEnd();

    private string Amount => Worst.Allowed == 0 ? (Worst.Passes ? "equal" : "differs")
        : string.Create(CultureInfo.InvariantCulture, $"{Worst.Largest:0.0e+0} of {Worst.Allowed:0e+0}");
}

/// <summary>What to compare.</summary>
sealed record ParityOptions : IOptionRules
{
    [Description("folder of the model"), Required, Option(Example = "models/qwen2-vl")]
    public string Model { get; init; } = "";

    [Description("folder of recorded cases, may be given several times; by default the model's")]
    public string[] Cases { get; init; } = [];

    [Description("precision of weights and arithmetic: float32 or bfloat16, each with a tolerance of its own")]
    public Precision Dtype { get; init; }

    internal string[] Folders => Cases.Length > 0 ? Cases : [Model];

    public IEnumerable<OptionRule> Rules() =>
        [new(nameof(Dtype), Dtype != Precision.Float16, "must be float32 or bfloat16, which have tolerances", Precision.Float32)];
}
