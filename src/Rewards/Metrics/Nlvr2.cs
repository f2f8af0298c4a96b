namespace Vlm.Rewards;

/// <summary>An answer to a statement about two images.</summary>
/// <param name="Sentence">
/// What all pairs of images with the same statement share: the identifier without its pair, such as "dev-1-0".
/// </param>
/// <param name="Text">All that the model wrote.</param>
/// <param name="IsTrue">Whether the statement is true of the images.</param>
public sealed record Nlvr2Answer(string Sentence, string Text, bool IsTrue);

/// <summary>NLVR2: accuracy, and consistency, the share of statements that are judged right for all their pairs of images.</summary>
/// <remarks>
/// Suhr et al. 2019, arXiv:1811.00491, section 5. Source: lil-lab/nlvr, nlvr2/eval/metrics.py: "true" or "false" in any case, white
/// space aside. Neither harness has it.
/// </remarks>
public static class Nlvr2
{
    /// <summary>Scores one answer.</summary>
    /// <param name="answer">All that the model wrote.</param>
    /// <param name="isTrue">Whether the statement is true of the images.</param>
    public static Score Score(string answer, bool isTrue) => PythonText.Strip(PythonText.Lower(answer)) switch
    {
        "true" => isTrue ? Rewards.Score.One("says true") : Rewards.Score.Zero("says true"),
        "false" => isTrue ? Rewards.Score.Zero("says false") : Rewards.Score.One("says false"),
        _ => Unparsed.Because("neither true nor false"),
    };

    /// <summary>Accuracy over answers; part "consistency" over statements.</summary>
    /// <param name="answers">In any order.</param>
    public static CorpusScore Of(IReadOnlyList<Nlvr2Answer> answers)
    {
        (string Sentence, Score Score)[] scores = [.. answers.Select(answer => (answer.Sentence, Score(answer.Text, answer.IsTrue)))];
        double[] statements = [.. scores.GroupBy(item => item.Sentence).Select(group => group.Min(item => item.Score.Value))];
        return new(scores.Select(item => item.Score.Value).DefaultIfEmpty(double.NaN).Average(), answers.Count,
            scores.Count(item => item.Score.IsUnparsed()),
            [new("consistency", statements.DefaultIfEmpty(double.NaN).Average(), statements.Length)]);
    }
}
