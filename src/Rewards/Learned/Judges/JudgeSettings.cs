using System.ComponentModel.DataAnnotations;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>In which order a judge is shown two answers.</summary>
public enum JudgeOrders
{
    /// <summary>Both, and their mean counts: two requests for each pair.</summary>
    Both,

    /// <summary>One of the two, drawn at random: one request for each pair.</summary>
    Random,
}

/// <summary>How judges score.</summary>
public sealed record JudgeSettings
{
    /// <summary>What the reward is logged under.</summary>
    /// <value>The default is "judge".</value>
    [Required]
    public string Name { get; init; } = "judge";

    /// <summary>The judge is shown the images of a question; false for one that reads text alone.</summary>
    /// <value>The default is true.</value>
    public bool SendsImages { get; init; } = true;

    /// <summary>In which order pairs are shown.</summary>
    /// <value>The default is both.</value>
    public JudgeOrders Orders { get; init; }

    /// <summary>With how many others of its group a completion is compared, drawn at random; 0 for all.</summary>
    /// <value>The default is 0.</value>
    [Range(0, int.MaxValue)]
    public int Opponents { get; init; }

    /// <summary>Names the random numbers: orders and opponents.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// <see cref="JudgeMode.Reference"/> gives to what it could not score the sum of the scores it gave over the number
    /// of all, as MMLA's released code does; that is less than their mean.
    /// </summary>
    /// <value>The default is false: no score.</value>
    public bool FillsMissing { get; init; }

    /// <summary>What length costs, for <see cref="JudgeMode.Accuracy"/>.</summary>
    public LengthCost LengthCost { get; init; } = new();

    /// <summary>The length of a completion, for <see cref="JudgeMode.Accuracy"/>; null counts its letters.</summary>
    public Func<string, int>? Length { get; init; }
}
