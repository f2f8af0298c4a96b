using System.ComponentModel;
using Recipes.Cli;
using Vlm.Datasets;

/// <summary>What is right, what is paid, and how files are read.</summary>
sealed record RewardToolOptions
{
    [Description("kind of the truth: word, number, choice, region, text ...; by default what it looks like"), Option(Example = "number")]
    public string? Kind { get; init; }

    [Description("what is right: a word, a number, the letter or text of an option; without it, the words are files"), Option(Example = "7")]
    public string? Truth { get; init; }

    [Description("texts of the options, parted by commas or each typed apart"), Option(Example = "cat,dog")]
    public string[] Choices { get; init; } = [];

    [Description("the true box, x1,y1,x2,y2, in the frame of --frame"), Option(Example = "40,30,60,40")]
    public string? Box { get; init; }

    [Description("width,height of the image, for a frame in pixels"), Option(Example = "640,480")]
    public string? FrameSize { get; init; }

    [Description("column of a file that holds what was written; by default completion, or else prediction"), Option(Example = "response")]
    public string? Completion { get; init; }

    public DatasetOptions Reading { get; init; } = new();

    public RewardOptions Rewards { get; init; } = new();

    public bool HasTruth => Truth is not null || Box is not null;
}
