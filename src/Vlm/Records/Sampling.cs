namespace Vlm;

/// <summary>How actions are drawn. The defaults draw from the policy itself, as reinforcement needs it.</summary>
public sealed record Sampling
{
    /// <summary>Most tokens in a completion, end-of-sequence included.</summary>
    public int MaxNewTokens { get; init; } = 32;

    /// <summary>Logits are divided by this; above 0. Ignored when <see cref="Greedy"/>.</summary>
    public double Temperature { get; init; } = 1.0;

    /// <summary>Keep the k most likely (ties kept); 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Keep the smallest set whose probability reaches this; 1 keeps all.</summary>
    public double TopP { get; init; } = 1.0;

    /// <summary>Keep what is at least this share of the most likely; 0 keeps all.</summary>
    public double MinP { get; init; }

    /// <summary>Take the most likely action each time; log-probs are then those at temperature 1.</summary>
    public bool Greedy { get; init; }

    /// <summary>
    /// Scores of tokens that the prompt or the completion holds already are divided by this where positive, multiplied
    /// where negative, greedy or not; above 0, 1 changes nothing.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1.0;

    /// <summary>No run of this many tokens appears twice in prompt and completion; 0 allows all.</summary>
    public int NoRepeatNgram { get; init; }

    /// <summary>Fewest tokens in a completion: end tokens are banned before; 0 allows an end at once.</summary>
    public int MinNewTokens { get; init; }

    /// <summary>The same without top-k, top-p and min-p, which leave some actions no chance at all.</summary>
    public Sampling Unfiltered() => this with { TopK = 0, TopP = 1, MinP = 0 };
}

/// <summary>Names the random numbers of one sampling call: a stream per (seed, step, prompt, member).</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Step">The optimizer step, or any counter that tells this call from the others.</param>
/// <param name="FirstPrompt">Number of the first prompt of the batch within the step, so a split batch draws the same.</param>
public readonly record struct SampleKey(long Seed, long Step, int FirstPrompt = 0);
