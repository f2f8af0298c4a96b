using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Rewards for completions in the form that was asked for, whatever they answer.</summary>
public static partial class FormatReward
{
    /// <summary>1 where the completion ends in one <c>&lt;answer&gt;</c> pair with something in it.</summary>
    /// <remarks>Thinking may come before the pair; nothing but white space may come after.</remarks>
    public static Score AnswerTag(string completion)
    {
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Score.Zero(problem);
        if (!completion.Contains("<answer>", StringComparison.Ordinal))
            return Score.Zero("no answer tags");
        return completion.AsSpan().TrimEnd().EndsWith("</answer>", StringComparison.Ordinal)
            ? Score.One("answer tags") : Score.Zero("text after the answer");
    }

    /// <summary>1 where the answer is one JSON object with one box and nothing else.</summary>
    /// <remarks>
    /// <c>{"box": [x1, y1, x2, y2]}</c>; the key may be <c>bbox</c> or <c>bbox_2d</c>, a <c>```json</c> fence may stand
    /// around it.
    /// </remarks>
    public static Score BoxJson(string completion)
    {
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Score.Zero(problem);
        return BoxObject().IsMatch(answer) ? Score.One("box as JSON") : Score.Zero("not one JSON object with one box");
    }

    private const string N = @"\s*-?[0-9]{1,7}(?:\.[0-9]{1,12})?\s*";

    [GeneratedRegex(
        @"^(?:(?<fence>```json)\s)?\s*\{\s*""(?:box|bbox|bbox_2d)""\s*:\s*\[" + $"{N},{N},{N},{N}"
        + @"\]\s*\}\s*(?(fence)```)$")]
    private static partial Regex BoxObject();
}
