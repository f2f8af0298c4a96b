namespace Vlm.Rewards;

/// <summary>1 where the answer is the truth as mathematics.</summary>
/// <remarks>
/// <para>Values are compared exactly: fractions, decimals, square roots, powers, pi and letters, in LaTeX or plain (<c>\frac{\sqrt{3}}{2}</c>,
/// <c>sqrt</c> as a sign, <c>1 1/2</c>, <c>2x + 1</c>). A decimal with six digits or more behind its point is right where it is the
/// truth rounded to six. Lists, sets and what stands around "and", "or", plus-minus are compared in any order; in round and square
/// brackets in theirs, and brackets that differ are different intervals. What is no expression is compared as text.</para>
/// <para>A unit may be left out; another one is wrong. Percent signs are read as <see cref="NumberMatch"/> reads them. As the graders of MATH
/// (Hendrycks et al. 2021, arXiv:2103.03874) and github.com/huggingface/Math-Verify do; the last box counts.</para>
/// </remarks>
public static class MathMatch
{
    private const int Longest = 400;
    private static readonly Score s_same = Rewards.Score.One("the same value");

    /// <summary>Compares an answer with the truth.</summary>
    /// <exception cref="ArgumentException">The truth is empty.</exception>
    public static Score Score(Answer answer, string truth)
    {
        NormalizedMatch.Check(truth);
        if (answer.Text is not { } text)
            return Rewards.Score.Zero(answer.Problem);
        string right = MathText.Of(PlainText.Of(truth)), said = answer.Sentence.Length > Longest ? "" : MathText.Of(answer.Sentence);
        if ((said.Length > 0 && said == right) || Bare(text) == Bare(truth))
            return s_same;
        if (said.Length is 0 or > Longest || right.Length > Longest)
            return Rewards.Score.Zero(said.Length == 0 && text.Length <= Longest ? "nothing is said" : "too long for an expression");
        return IsSame(right, said) || IsSameNumber(right, said, answer)
            ? s_same : Rewards.Score.Zero($"'{NormalizedMatch.Short(text)}' is another value");
    }

    // A letter behind a number may be its unit or not: either reading will do, where both sides are read so.
    private static bool IsSame(string right, string said) =>
        MathAnswer.Of(right, units: true).Takes(MathAnswer.Of(said, units: true)) || MathAnswer.Of(right, units: false).Takes(MathAnswer.Of(said, units: false));

    // "twenty-one", "21 apples"
    private static bool IsSameNumber(string right, string said, Answer answer) => !said.AsSpan().ContainsAny('\\', '^', '{')
        && (IsWords(said) || IsWords(right)) && Truth.Number.TryParse(right, out Truth.Number? number) && NumberMatch.Score(answer, number).Value == 1;

    private static bool IsWords(string text) => MathAnswer.Of(text, units: true).Items is [{ Sum: null }];

    private static string Bare(string text) => string.Concat(text.Where(letter => !char.IsWhiteSpace(letter)));
}
