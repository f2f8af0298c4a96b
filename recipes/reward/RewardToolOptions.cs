using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Recipes.Cli;
using Vlm.Datasets;
using Vlm.Rewards;

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

    [Description("what is paid, as name:weight: names of docs/rewards.md, or a file of C# with one static function; by default what the kind of truth says")]
    [Option(Example = "acc@0.5:0.5")]
    public string[] Reward { get; init; } = [];

    [Description("seconds that a call of a reward of one's own may take"), Range(0.001, 1e6)]
    public double RewardTimeout { get; init; } = OwnReward.DefaultTimeout;

    [Description("convention by which the answer is found in a completion; docs/rewards.md lists them"), Option(Example = "boxed")]
    public string AnswerFormat { get; init; } = "auto";

    [Description("column of a file that holds what was written; by default completion, or else prediction"), Option(Example = "response")]
    public string? Completion { get; init; }

    public DatasetOptions Reading { get; init; } = new();

    public bool HasTruth => Truth is not null || Box is not null;

    /// <summary>An example with the rewards and the answer format that were named.</summary>
    public Func<Vlm.Example, Vlm.Example> Paid()
    {
        var format = Vlm.Rewards.AnswerFormat.Table.Find(AnswerFormat, $"--answer-format {AnswerFormat}");
        RewardSet? named = Reward.Length == 0 ? null
            : OwnReward.ReadSet(Reward, TimeSpan.FromSeconds(RewardTimeout), $"--reward {string.Join(' ', Reward)}");
        return example =>
        {
            if (named?.Problem(example.Truth) is { } problem)
                throw new Vlm.UsageException(problem, $"record {example.Id}", $"--reward {example.Truth.Kind.Rewards.Parts[0].Reward.Name}");
            RewardSet paid = named?.WithAccuracyOf(example.Truth.Kind) ?? example.Rewards ?? example.Truth.Kind.Rewards;
            return example with { Rewards = paid.WithAnswerFormat(format), Metric = named is null ? example.Metric : null };
        };
    }
}
