namespace Vlm.Rewards;

/// <summary>What a completion loses for its length: nothing, then more with every token, then 1.</summary>
/// <remarks>
/// <code>
/// 0                                  length &lt;= most - cache
/// (most - cache - length) / cache    length &lt;= most
/// -1                                 longer
/// </code>
/// DAPO, Yu et al. 2025, arXiv:2503.14476, equation 13; there most is 20480 and the cache 4096.
/// </remarks>
/// <param name="Most">Tokens, above 0.</param>
/// <param name="Cache">Tokens before <paramref name="Most"/> in which the penalty grows; 0 for a step.</param>
public sealed record SoftOverlong(double Most, double Cache)
{
    /// <summary>The numbers of DAPO.</summary>
    public static SoftOverlong Dapo { get; } = new(20480, 4096);

    /// <summary>The penalty, 0 to -1.</summary>
    /// <param name="length">Of the completion, in tokens.</param>
    public double Of(int length) => length <= Most - Cache ? 0 : length <= Most ? (Most - Cache - length) / Cache : -1;

    /// <summary>The penalty of an answer: of its tokens, or of its words where only the text is known.</summary>
    public Score Score(Answer answer)
    {
        var length = AnswerLength.Of(answer);
        return new(Of(length.Count), $"{length}");
    }
}
