using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>1 where the answer is one JSON object with one box and nothing else, whatever the box.</summary>
/// <remarks>
/// <c>{"box": [x1, y1, x2, y2]}</c>; the key may be <c>bbox</c> or <c>bbox_2d</c>, a <c>```json</c> fence may stand around
/// it.
/// </remarks>
public static partial class BoxJson
{
    /// <summary>Looks at the form of the answer.</summary>
    public static Score Score(string completion)
    {
        (string? answer, string problem) = Answers.Of(completion);
        if (answer is null)
            return Rewards.Score.Zero(problem);
        return BoxObject().IsMatch(answer)
            ? Rewards.Score.One("box as JSON") : Rewards.Score.Zero("not one JSON object with one box");
    }

    private const string N = @"\s*-?[0-9]{1,7}(?:\.[0-9]{1,12})?\s*";

    [GeneratedRegex(
        @"^(?:(?<fence>```json)\s)?\s*\{\s*""(?:box|bbox|bbox_2d)""\s*:\s*\[" + $"{N},{N},{N},{N}"
        + @"\]\s*\}\s*(?(fence)```)$")]
    private static partial Regex BoxObject();
}
