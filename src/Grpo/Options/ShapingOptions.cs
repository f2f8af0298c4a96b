using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>What a completion pays for its length, beside its rewards.</summary>
/// <remarks>
/// Soft overlong punishment: DAPO, Yu et al. 2025, arXiv:2503.14476, equation 13. Response time: a specification of this project,
/// <see cref="ResponseTime"/>.
/// </remarks>
[Category("Length")]
public sealed record ShapingOptions
{
    /// <summary>L_cache of the paper: over so many last tokens before the limit the penalty rises to its full size.</summary>
    /// <value>The default is 0.</value>
    [Description("soft overlong penalty: tokens before the limit of new tokens over which it rises; 0 disables it"), Range(0, int.MaxValue)]
    public int OverlongBuffer { get; init; }

    /// <summary>What a completion at the limit pays, in reward units.</summary>
    /// <value>The default is 1.</value>
    [Description("soft overlong penalty at the limit of new tokens, in reward units"), Range(0d, double.MaxValue)]
    public double OverlongPenalty { get; init; } = 1;

    /// <summary>w_t: what a right answer at the time limit pays, in reward units.</summary>
    /// <value>The default is 0.</value>
    [Description("response time: weight of tokens / limit, taken from the reward; 0 disables it"), Range(0d, double.MaxValue)]
    public double TimeWeight { get; init; }

    /// <summary>T_max: the response time that pays all of <see cref="TimeWeight"/>; 0 for the limit of new tokens.</summary>
    /// <value>The default is 0.</value>
    [Description("response time that pays the whole weight, in tokens; 0 for the limit of new tokens"), Range(0, int.MaxValue)]
    public int TimeLimit { get; init; }

    /// <summary>Only what an answer earns is taken from: a fast wrong answer is no better than a slow one.</summary>
    /// <value>The default is true.</value>
    [Description("response time: multiply it with the accuracy, so that only right answers pay; false charges every answer")]
    public bool TimeGate { get; init; } = true;
}
