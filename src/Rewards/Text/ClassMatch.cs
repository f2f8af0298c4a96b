namespace Vlm.Rewards;

/// <summary>1 where the answer is the name of the class, case, spaces and underscores aside.</summary>
/// <remarks>
/// Visual-RFT, Liu et al. 2025, arXiv:2503.01785, section 3.2; github.com/Liuziyu77/Visual-RFT at 9486633, grpo_classification.py. Differs:
/// the names must be equal, where the published code takes either for right that contains the other, and so an empty answer for always
/// right.
/// </remarks>
public static class ClassMatch
{
    /// <summary>Compares the answer with the name.</summary>
    /// <exception cref="ArgumentException">The truth is empty.</exception>
    public static Score Score(Answer answer, string truth)
    {
        NormalizedMatch.Check(truth);
        if (answer.Text is not { } text)
            return Rewards.Score.Zero(answer.Problem);
        string name = Bare(truth);
        return Bare(text) == name || Bare(answer.Plain) == name
            ? Rewards.Score.One("same class") : Rewards.Score.Zero($"'{NormalizedMatch.Short(text)}' is another class");
    }

    private static string Bare(string text) => string.Concat(
        Unicode.Composed(text).ToLowerInvariant().Where(letter => letter != '_' && !char.IsWhiteSpace(letter))).TrimEnd('.');
}
