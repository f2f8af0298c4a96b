using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>One side of a pair as a file has it: an answer, or a whole conversation that ends with it.</summary>
/// <param name="Before">The turns before the answer; none where the answer stands alone.</param>
/// <param name="Images">What the turns before name as images, one for each place.</param>
/// <param name="Answer">The text of the last turn.</param>
internal sealed partial record PairTurns(IReadOnlyList<Message> Before, IReadOnlyList<object?> Images, string Answer)
{
    private static readonly string[] s_prompts = ["prompt", "question", "problem", "query", "instruction"];

    /// <summary>True where a row has a column of this name, or the user gave it one, whatever it holds.</summary>
    public static bool Named(Row row, string column) => row.Map.Has(column) || (row.Columns.Contains(column) && row.Map.Of(column) is not null);

    /// <summary>The columns chosen and rejected, with a prompt of their own or behind a common beginning.</summary>
    /// <exception cref="UsageException">There is no prompt, or the two conversations differ before their last answer.</exception>
    public static PairParts OfColumns(Row row)
    {
        (PairTurns chosen, PairTurns rejected) = (Read(row["chosen"], "chosen", row), Read(row["rejected"], "rejected", row));
        PairSides[] sides = [new(chosen.Answer, rejected.Answer)];
        if (chosen.Before.Count == 0 && rejected.Before.Count == 0)
            return new(Prompt(row)
                ?? throw row.Wrong("the row has no prompt", "prompt: what was asked, or conversations with a common beginning"), sides);
        foreach (string name in s_prompts.Where(row.Has))
            _ = row[name];          // what the conversations begin with
        return new(Common(chosen, rejected, row), sides);
    }

    /// <summary>The turns that two conversations begin with.</summary>
    /// <exception cref="UsageException">They differ before their last answer.</exception>
    public static RowParts Common(PairTurns chosen, PairTurns rejected, Row row)
    {
        if (chosen.Before.Count == 0 || chosen.Before[0].Role == "assistant" || !Same(chosen.Before, rejected.Before))
            throw row.Wrong(
                "the chosen and the rejected conversation differ before their last answer", "two conversations that differ in their last turn alone");
        if (!SameImages(chosen.Images, rejected.Images))
            throw row.Wrong("the chosen and the rejected conversation show different images", "one set of images for both");
        return new() { Turns = chosen.Before, Inside = chosen.Images, Beside = ImageColumns.Read(row) };
    }

    /// <summary>A side of a pair.</summary>
    /// <param name="value">A text, a turn, or turns of which the last is the answer.</param>
    /// <param name="side">chosen or rejected.</param>
    /// <param name="row">Where it stands.</param>
    public static PairTurns Read(object? value, string side, Row row)
    {
        object?[]? turns = Values.Structured(value) switch
        {
            object?[] { Length: > 0 } list when Array.TrueForAll(list, IsTurn) => list,
            { } one when IsTurn(one) => [one],
            _ => null,
        };
        if (turns is not null)
            return OfTurns(turns, side, row);
        string text = value is null or object?[] { Length: 0 } ? "" : Values.Text(value)
            ?? throw row.Wrong($"the {side} answer is {Values.KindOf(value)}", "a text, or turns of which the last is the answer");
        return Transcript().Matches(text) is [{ Index: 0 }, _, ..] said ? OfTranscript(text, said) : new([], [], text);
    }

    /// <summary>What was asked, in a column of its own; null where there is none.</summary>
    /// <exception cref="UsageException">Two columns could be it.</exception>
    public static RowParts? Prompt(Row row)
    {
        object? value = row.Map.Has("messages") ? row["messages"] : Roles.Pick(row, "question", s_prompts);
        if (value is null)
            return null;
        if (value is string text && Values.Structured(text) is not object?[])
            return QuestionLayouts.Asked(
                row, row.Has("instruction") && row["input"] is string { Length: > 0 } input ? $"{text}\n{input}" : text);
        (Message[] turns, object?[] images) = ChatTurns.Read(value, row, characters: false);
        return new() { Turns = turns, Inside = images, Beside = ImageColumns.Read(row) };
    }

    /// <summary>True where two columns name the same images.</summary>
    public static bool SameImages(IReadOnlyList<object?> some, IReadOnlyList<object?> others) =>
        some.Count == others.Count && some.Zip(others).All(pair => IsSame(pair.First, pair.Second));

    private static bool IsSame(object? one, object? other) => (one, other) switch
    {
        (byte[] bytes, byte[] more) => bytes.AsSpan().SequenceEqual(more),
        (object?[] list, object?[] more) => SameImages(list, more),
        (IReadOnlyDictionary<string, object?> fields, IReadOnlyDictionary<string, object?> more) =>
            fields.Count == more.Count && fields.All(field => more.TryGetValue(field.Key, out object? value) && IsSame(field.Value, value)),
        _ => Equals(one, other),
    };

    private static bool Same(IReadOnlyList<Message> some, IReadOnlyList<Message> others) => some.Count == others.Count
        && some.Zip(others).All(pair => pair.First.Role == pair.Second.Role && pair.First.Content.SequenceEqual(pair.Second.Content));

    private static bool IsTurn(object? value) => value is IReadOnlyDictionary<string, object?> turn
        && (turn.ContainsKey("role") || turn.ContainsKey("from")) && (turn.ContainsKey("content") || turn.ContainsKey("value"));

    private static PairTurns OfTurns(object?[] list, string side, Row row)
    {
        (Message[] turns, object?[] images) = ChatTurns.Read(list, row, characters: false);
        if (turns[^1].Role != "assistant")
            throw row.Wrong($"the {side} conversation ends with a turn of the {turns[^1].Role}", "an answer as the last turn");
        if (turns[^1].Content.Any(part => part.IsImage))
            throw row.Wrong($"the {side} answer holds an image", "answers of text");
        return new([.. turns[..^1]], images, string.Concat(turns[^1].Content.Select(part => part.Text)));
    }

    private static PairTurns OfTranscript(string text, MatchCollection said)
    {
        Message[] turns = [.. said.Select((mark, i) => (mark.Groups[1].Value == "Human" ? "user" : "assistant",
                text[(mark.Index + mark.Length)..(i + 1 < said.Count ? said[i + 1].Index : text.Length)].Trim()))
            .Select(turn => new Message(turn.Item1, [new Content(turn.Item2)]))];
        return turns[^1].Role == "assistant" ? new([.. turns[..^1]], [], turns[^1].Content[0].Text!) : new([], [], text);
    }

    // Bai et al. 2022 (hh-rlhf): "\n\nHuman: ...\n\nAssistant: ...".
    [GeneratedRegex(@"(?:\A|\n\n)(Human|Assistant):")]
    private static partial Regex Transcript();
}
