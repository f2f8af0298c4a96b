namespace Vlm.Datasets;

/// <summary>Layouts whose prompt is a list of turns.</summary>
internal static class ChatLayouts
{
    private static readonly string[] s_questions = ["question", "problem"];

    /// <summary>verl: the truth is inside reward_model.</summary>
    public static bool IsVerl(Row row) => IsList(row, "prompt") && row.Has("reward_model");

    /// <summary>The prompt, and what the rule-based reward compares with.</summary>
    public static RowParts Verl(Row row) => Chat(row, "prompt") with
    {
        Answer = Roles.Pick(row, "answer", ["reward_model.ground_truth"])
            ?? throw row.Wrong("reward_model has no ground_truth", "reward_model: {ground_truth: ...}"),
        EndsWithAnswer = false,
    };

    /// <summary>TRL: the prompt is a text or turns, every other column is for the reward.</summary>
    public static bool IsTrl(Row row) => (IsList(row, "prompt") || row.Peek("prompt") is string) && !row.Has("question") && !row.Has("problem")
        && !row.Has("messages") && !row.Has("conversations");

    /// <summary>The prompt, and the column that says what is right.</summary>
    public static RowParts Trl(Row row)
    {
        RowParts parts = row.Peek("prompt") is string text && Values.Structured(text) is string
            ? QuestionLayouts.Asked(row, (string)row["prompt"]!) : Chat(row, "prompt");
        object? answer = Roles.Answer(row, row.Map.Has("answer") ? [] : ["completion"]);
        return parts with { Answer = IsTurns(answer) ? TextOf(answer, row) : answer, EndsWithAnswer = false };
    }

    /// <summary>LLaVA, VLM-R1, ShareGPT and MMRole.</summary>
    public static bool IsLlava(Row row) => IsList(row, "conversations") || IsList(row, "conversation");

    /// <summary>The turns; the last answer is the reference.</summary>
    public static RowParts Llava(Row row) => Chat(row, row.Has("conversations") ? "conversations" : "conversation", characters: true) with
    {
        Answer = Roles.Answer(row),
    };

    /// <summary>OpenAI and all who follow it.</summary>
    public static bool IsMessages(Row row) => IsList(row, "messages");

    /// <summary>The turns; the last answer is the reference where no column says what is right.</summary>
    public static RowParts Messages(Row row) => Chat(row, "messages") with { Answer = Roles.Answer(row) };

    /// <summary>PCogAlignBench: a question, an image, and who asks as {place: role}.</summary>
    public static bool IsPCogAlign(Row row) => row.Peek("query") is string && row.Columns.Contains("individual_RoleSet");

    /// <summary>The question, and who asks it as the system's turn.</summary>
    public static RowParts PCogAlign(Row row)
    {
        string answer = (row["response"] ?? row["answer"] ?? row["output_text"]) as string ?? throw row.Wrong(
            "the question has no reference answer",
            "response: the answer (PCogAlignBench publishes questions; make references first)");
        Message[] asked = [Message.User((string)row["query"]!), Message.Assistant(answer)];
        return new()
        {
            Turns = Values.Structured(row["individual_RoleSet"]) is IReadOnlyDictionary<string, object?> { Count: > 0 } roles
                ? [Asker(roles), .. asked] : asked,
            Beside = ImageColumns.Read(row),
        };
    }

    /// <summary>A list of turns, and the images beside it.</summary>
    public static RowParts Chat(Row row, string column, bool characters = false)
    {
        if (!row.Map.Has("messages") && s_questions.FirstOrDefault(row.Has) is { } other)
            throw row.Wrong(
                $"the columns {column} and {other} could each be what is asked",
                $"{nameof(DatasetOptions.Columns)} = messages={column}, or {nameof(DatasetOptions.IgnoreColumns)} = {column}");
        (Message[] turns, object?[] images) = ChatTurns.Read(row.Map.Has("messages") ? row["messages"] : row[column], row, characters);
        return new() { Turns = turns, Inside = images, Beside = ImageColumns.Read(row) };
    }

    private static Message Asker(IReadOnlyDictionary<string, object?> roles) =>
        ChatTurns.System($"The user is {string.Join(", ", roles.Select(role => $"{role.Value} at {role.Key}"))}.");

    private static bool IsList(Row row, string column) =>
        row.Map.Has(column) || Values.Structured(row.Peek(column)) is object?[] { Length: > 0 };

    private static bool IsTurns(object? value) => Values.Structured(value) is object?[] and [IReadOnlyDictionary<string, object?> first, ..]
        && first.ContainsKey("role") && first.ContainsKey("content");

    // A completion in TRL's conversational form.
    private static string TextOf(object? completion, Row row)
    {
        (Message[] turns, object?[] images) = ChatTurns.Read(completion, row, characters: false);
        return turns is [{ Role: "assistant" } only] && images.Length == 0
            ? string.Concat(only.Content.Select(part => part.Text))
            : throw row.Wrong("the completion is more than one turn of the assistant", "completion: [{role: assistant, content: ...}]");
    }
}
