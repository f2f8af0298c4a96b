namespace Vlm.Rewards;

/// <summary>1 where the answer is the truth letter for letter, white space around it and what typesets it aside.</summary>
public static class ExactMatch
{
    /// <summary>Compares the answer that <see cref="AnswerFormat.Auto"/> finds.</summary>
    /// <exception cref="ArgumentException">The truth is empty.</exception>
    public static Score Score(string completion, string truth) => Score(AnswerFormat.Auto.Read(completion), truth);

    /// <summary>Compares an answer.</summary>
    /// <exception cref="ArgumentException">The truth is empty.</exception>
    public static Score Score(Answer answer, string truth)
    {
        NormalizedMatch.Check(truth);
        if (answer.Text is not { } text)
            return Rewards.Score.Zero(answer.Problem);
        string right = Unicode.Composed(truth.Trim());
        return Unicode.Composed(text) == right || Unicode.Composed(answer.Plain) == right
            ? Rewards.Score.One("same text") : Rewards.Score.Zero($"'{NormalizedMatch.Short(text)}' is not the answer");
    }
}
