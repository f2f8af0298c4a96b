namespace Vlm.Rewards;

/// <summary>Whose rules a benchmark is scored by, where they differ.</summary>
/// <remarks>
/// The rules were read at these commits: lmms-eval 75571cfe and VLMEvalKit e8e78f05; official scorers at the heads of their
/// repositories in August 2026. A metric whose rules do not differ takes no mode.
/// </remarks>
public enum ScoringMode
{
    /// <summary>The benchmark's own scorer, which gives the number of its paper and leaderboard.</summary>
    Official,

    /// <summary>github.com/EvolvingLMMs-Lab/lmms-eval.</summary>
    LmmsEval,

    /// <summary>github.com/open-compass/VLMEvalKit, without a language model as judge: its "exact_matching".</summary>
    VlmEvalKit,
}

/// <summary>Scoring modes as options spell them: official, lmms-eval, vlmevalkit.</summary>
public static class ScoringModes
{
    private static readonly string[] s_words = ["official", "lmms-eval", "vlmevalkit"];

    /// <summary>The words, in the order of the modes.</summary>
    public static IReadOnlyList<string> Words => s_words;

    /// <summary>The word of a mode.</summary>
    public static string Word(this ScoringMode mode) => s_words[(int)mode];

    /// <summary>The mode of a word.</summary>
    /// <param name="word">One of <see cref="Words"/>, in any case.</param>
    /// <param name="where">The option, for messages.</param>
    /// <exception cref="UsageException">It is none of them.</exception>
    public static ScoringMode Parse(string word, string where = "--mode")
    {
        int index = Array.FindIndex(s_words, known => known.Equals(word.Trim(), StringComparison.OrdinalIgnoreCase));
        return index >= 0 ? (ScoringMode)index
            : throw new UsageException($"there is no scoring mode '{word}'", $"{where} {word}", $"one of {string.Join(", ", s_words)}");
    }
}
