namespace Vlm.Rewards;

/// <summary>How many words a free text and its truth share.</summary>
public static class TokenF1
{
    /// <summary>
    /// The harmonic mean of precision and recall of the words, each counted as often as it occurs, after
    /// <see cref="NormalizedMatch.Normalize"/>: 1 the same words in any order, 0 none shared.
    /// </summary>
    /// <remarks>Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1, which drops articles and marks too.</remarks>
    /// <example>Answered "red ball left", true "the red ball": 2 shared of 3 and of 2, 2 x 2 / (3 + 2) = 0.8.</example>
    /// <exception cref="ArgumentException">The truth has no words.</exception>
    public static Score Score(string completion, string truth) => Score(AnswerFormat.Auto.Read(completion), truth);

    /// <inheritdoc cref="Score(string, string)"/>
    public static Score Score(Answer answer, string truth)
    {
        string[] right = Words(truth);
        if (right.Length == 0)
            throw new ArgumentException("the true text has no words", nameof(truth));

        if (answer.Text is null)
            return Rewards.Score.Zero(answer.Problem);
        string[] said = Words(answer.Plain);
        int shared = Shared(said, right);
        return shared == 0 ? Rewards.Score.Zero("no word shared") : new(2.0 * shared / (said.Length + right.Length), "words");
    }

    // A text of nothing but articles and marks is one word as it stands.
    private static string[] Words(string text) => NormalizedMatch.Normalize(Unicode.Composed(text)) is { Length: > 0 } normal
        ? normal.Split(' ')
        : [.. new[] { text.Trim() }.Where(word => word.Length > 0)];

    private static int Shared(string[] said, string[] right)
    {
        Dictionary<string, int> left = right.CountBy(word => word).ToDictionary(StringComparer.Ordinal);
        int shared = 0;
        foreach (string word in said)
            if (left.TryGetValue(word, out int count) && count > 0)
            {
                left[word] = count - 1;
                shared++;
            }

        return shared;
    }
}
