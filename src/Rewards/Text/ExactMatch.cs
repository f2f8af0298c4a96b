namespace Vlm.Rewards;

/// <summary>1 where the answer is the truth letter for letter, white space around it aside.</summary>
public static class ExactMatch
{
    /// <summary>Compares the answer, as <see cref="Answers"/> finds it.</summary>
    /// <exception cref="ArgumentException">The truth is empty.</exception>
    public static Score Score(string completion, string truth)
    {
        NormalizedMatch.Check(truth);
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Rewards.Score.Zero(problem);
        return answer == truth.Trim()
            ? Rewards.Score.One("same text") : Rewards.Score.Zero($"'{NormalizedMatch.Short(answer)}' is not the answer");
    }
}
