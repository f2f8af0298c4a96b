using System.Globalization;

namespace Vlm.Rewards;

/// <summary>What a completion loses for repeating itself: 0 down to -1.</summary>
/// <remarks>
/// Yeo et al. 2025, arXiv:2502.03373, appendix C.2. Over tokens, as TRL's get_repetition_penalty_reward; over words in lower case, as
/// ms-swift's RepetitionPenalty. Both take n = 3.
/// </remarks>
public static class RepetitionPenalty
{
    /// <summary>Over the sampled tokens; over words where only the text is known, and then the reason says so.</summary>
    /// <param name="answer">What was answered.</param>
    /// <param name="n">How many make an n-gram, at least 1.</param>
    public static Score OfTokens(Answer answer, int n = 3) => answer.Tokens is { } tokens
        ? Score(NGrams.Repeated(tokens, n), n, "tokens") : OfWords(answer.Completion, n);

    /// <summary>Over words.</summary>
    /// <param name="text">All that the model wrote.</param>
    /// <param name="n">How many make an n-gram, at least 1.</param>
    public static Score OfWords(string text, int n = 3) => Score(NGrams.Repeated(NGrams.Words(text), n), n, "words");

    private static Score Score(double repeated, int n, string unit) => new(
        repeated == 0 ? 0 : -repeated, string.Create(CultureInfo.InvariantCulture, $"{100 * repeated:0} % of runs of {n} {unit} repeated"));
}
