using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm;

/// <summary>How actions are sampled. The defaults sample from the policy itself, as reinforcement needs it.</summary>
[Category("Sampling")]
public sealed record Sampling
{
    /// <summary>The limit of a completion's length, end-of-sequence included.</summary>
    /// <value>The default is 32 tokens.</value>
    [Description("most tokens in a completion"), Range(1, int.MaxValue)]
    public int MaxNewTokens { get; init; } = 32;

    /// <summary>Logits are divided by this. Ignored when <see cref="Greedy"/>.</summary>
    /// <value>The default is 1.</value>
    [Description("sampling temperature"), Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double Temperature { get; init; } = 1;

    /// <summary>Keep the k most likely, ties kept.</summary>
    /// <value>The default is 0.</value>
    [Description("top-k: sample among the k most likely; 0 disables it"), Range(0, int.MaxValue)]
    public int TopK { get; init; }

    /// <summary>Keep the smallest set whose probability reaches this; 0 keeps the most probable alone, as transformers has it.</summary>
    /// <value>The default is 1.</value>
    [Description("top-p (nucleus): sample among the fewest whose probability reaches this; 1 disables it")]
    [Range(0d, 1d)]
    public double TopP { get; init; } = 1;

    /// <summary>Keep what has at least this share of the probability of the most likely.</summary>
    /// <value>The default is 0.</value>
    [Description("min-p: sample among those at least this share as likely as the most likely; 0 disables it"), Range(0d, 1d)]
    public double MinP { get; init; }

    /// <summary>Take the most likely action each time; log-probs are then those at temperature 1.</summary>
    public bool Greedy { get; init; }

    /// <summary>
    /// Scores of tokens that the prompt or the completion holds already are divided by this where positive, multiplied
    /// where negative, greedy or not.
    /// </summary>
    /// <value>The default is 1.</value>
    [Description("repetition penalty on tokens of prompt and completion; 1 disables it")]
    [Range(0d, double.MaxValue, MinimumIsExclusive = true)]
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>No run of this many tokens appears twice in prompt and completion; 0 allows all.</summary>
    [Range(0, int.MaxValue)]
    public int NoRepeatNgram { get; init; }

    /// <summary>Fewest tokens in a completion: end tokens are banned before; 0 allows an end at once.</summary>
    [Range(0, int.MaxValue)]
    public int MinNewTokens { get; init; }

    /// <summary>The same without top-k, top-p and min-p, which leave some actions no chance at all.</summary>
    public Sampling Unfiltered() => this with { TopK = 0, TopP = 1, MinP = 0 };
}

/// <summary>Names the random numbers of one sampling call: a stream per (seed, step, prompt, member).</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The optimizer step, or any counter that tells this call from the others.</param>
/// <param name="FirstPrompt">Number of the first prompt of the batch within the step, so a split batch samples the same.</param>
public readonly record struct SampleKey(long Seed, long Step, int FirstPrompt = 0);
