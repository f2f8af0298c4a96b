namespace Vlm.Rewards;

/// <summary>1 where the answer is the truth letter for letter, white space around it and what typesets it aside.</summary>
public static class ExactMatch
{
    private static readonly Score s_same = Rewards.Score.One("same text");

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
        if (text == truth)
            return s_same;
        string right = Unicode.Composed(truth.Trim());
        return Unicode.Composed(text) == right || Unicode.Composed(answer.Plain) == right
            ? s_same : Rewards.Score.Zero($"'{NormalizedMatch.Short(text)}' is not the answer");
    }
}
