using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>What an answer says, as far as it can be compared with other answers to the same question: what majority votes count.</summary>
/// <remarks>
/// Of a choice it is the letter, and of a closed question "yes", "no", "true" or "false", that the question's own metric takes the answer
/// for; elsewhere the answer's text in lower case, without a full stop at its end. Numbers and boxes are compared as they are written.
/// </remarks>
public static class ExtractedAnswer
{
    private static readonly string[][] s_closed = [["yes", "no"], ["true", "false"]];

    /// <summary>Reads an answer.</summary>
    /// <param name="example">What was asked; its metric says how answers are read.</param>
    /// <param name="completion">What the model wrote.</param>
    /// <returns>Null where nothing was found.</returns>
    public static string? Of(Example example, string completion) => example.Truth switch
    {
        Truth.Choice choice => Enumerable.Range(0, choice.Options.Count).Select(i => (char)('A' + i))
            .Where(letter => IsRight(example, completion, choice with { Letter = letter })).Select(letter => letter.ToString()).FirstOrDefault(),
        Truth.Word word when Array.Find(s_closed, words => words.Contains(word.Answer)) is { } words =>
            words.FirstOrDefault(said => IsRight(example, completion, word with { Answer = said })),
        _ => example.Read(completion).Plain.TrimEnd('.').ToLowerInvariant() is { Length: > 0 } text ? text : null,
    };

    private static bool IsRight(Example example, string completion, Truth truth) =>
        (example with { Truth = truth }).Accuracy(completion).Value >= 1;
}
