using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm.Datasets;

/// <summary>Who judges what.</summary>
sealed record JudgeToolOptions
{
    [Description("folder of a model, or an address that speaks OpenAI's chat completions"), Required]
    [Option(Example = "http://127.0.0.1:8000/v1")]
    public string Judge { get; init; } = "";

    [Description("column that holds what was written; by default completion, or else prediction"), Option(Example = "response")]
    public string? Completion { get; init; }

    [Description("column that holds a second answer, to be compared with that of --completion"), Option(Example = "response_b")]
    public string? Other { get; init; }

    public JudgeOptions Judging { get; init; } = new();

    public DatasetOptions Reading { get; init; } = new();
}
