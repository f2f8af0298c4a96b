using System.Text;
using System.Text.Json;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Whole numbers for an answer and for the reference, one for each dimension of a rubric.</summary>
/// <param name="Answer">Of the answer, in the order of the rubric's dimensions.</param>
/// <param name="Reference">Of the reference.</param>
public sealed record DimensionScores(IReadOnlyList<int> Answer, IReadOnlyList<int> Reference)
{
    private const double Epsilon = 1e-6;

    /// <summary>
    /// The reward of MMRole's and PCogAlign's judges: the sum of the answer's scores over that of the reference's.
    /// </summary>
    /// <remarks>MMLA's released reward: R = sum_d a_d / sum_d b_d.</remarks>
    public double RatioOfSums => (double)Answer.Sum() / Reference.Sum();

    /// <summary>The metric of the same work's evaluation: the mean over dimensions of a_d / (b_d + 1e-6).</summary>
    public double MeanRatio => Answer.Zip(Reference, (a, b) => a / (b + Epsilon)).Average();
}

/// <summary>
/// Reads scores for each dimension: one JSON object {"a": {"accuracy": 7, ...}, "b": {...}}, with any words around it.
/// </summary>
public static class DimensionVerdict
{
    private const string Answer = "a", Reference = "b";

    private static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <summary>The scores of a reply: every dimension for both, none else, whole numbers in range.</summary>
    /// <param name="reply">What the judge wrote; thinking is dropped.</param>
    /// <param name="dimensions">Their names; case does not count, and neither do the signs between words.</param>
    /// <param name="low">The least that can be given.</param>
    /// <param name="high">The most.</param>
    public static Verdict<DimensionScores> Read(
        string reply, IReadOnlyList<string> dimensions, double low, double high) =>
        Verdict.AfterThinking(reply, text =>
        {
            (int start, int end) = (text.IndexOf('{'), text.LastIndexOf('}'));
            if (start < 0 || end < start)
                return Verdict.NotIn<DimensionScores>(text);
            try
            {
                using var json = JsonDocument.Parse(Encoding.UTF8.GetBytes(text[start..(end + 1)]), s_strict);
                return Scores(json.RootElement, dimensions, low, high);
            }
            catch (JsonException)
            {
                return Verdict.None<DimensionScores>("no single JSON object");
            }
        });

    private static Verdict<DimensionScores> Scores(
        JsonElement root, IReadOnlyList<string> dimensions, double low, double high)
    {
        var sides = new int[2][];
        foreach ((int side, string name) in new[] { Answer, Reference }.Index())
        {
            if (Property(root, name) is not { ValueKind: JsonValueKind.Object } scores)
                return Verdict.None<DimensionScores>($"no scores of \"{name}\"");
            if (scores.EnumerateObject().Count() != dimensions.Count)
                return Verdict.None<DimensionScores>(
                    $"{scores.EnumerateObject().Count()} scores of \"{name}\" for {dimensions.Count} dimensions");
            sides[side] = new int[dimensions.Count];
            foreach ((int i, string dimension) in dimensions.Index())
            {
                if (Property(scores, dimension) is not { ValueKind: JsonValueKind.Number } number
                    || !number.TryGetInt32(out sides[side][i]))
                    return Verdict.None<DimensionScores>($"no whole number for {dimension} of \"{name}\"");
                if (sides[side][i] < low || sides[side][i] > high)
                    return Verdict.None<DimensionScores>(
                        FormattableString.Invariant($"{sides[side][i]} is outside of {low} to {high}"));
            }
        }

        return Verdict.Of(new DimensionScores(sides[0], sides[1]));
    }

    private static JsonElement? Property(JsonElement element, string name)
    {
        foreach (JsonProperty property in element.EnumerateObject())
            if (Plain(property.Name) == Plain(name))
                return property.Value;
        return null;
    }

    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();
}
