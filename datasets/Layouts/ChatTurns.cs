namespace Vlm.Datasets;

/// <summary>Reads who said what from the forms in which conversations are published.</summary>
internal static class ChatTurns
{
    private const string Forms = "messages: [{role, content}], conversations: [{from, value}], or query and response";

    // They say nothing that a prompt shows.
    private static readonly string[] s_harmless = ["id", "index", "loss", "weight", "timestamp", "created_at", "refusal", "annotations", "eos"];

    /// <summary>The turns of a list, and the images named inside them.</summary>
    /// <param name="value">A list of turns, or JSON of one.</param>
    /// <param name="row">Where it stands.</param>
    /// <param name="characters">Names of characters may stand for roles, as in MMRole.</param>
    public static (Message[] Turns, object?[] Images) Read(object? value, Row row, bool characters)
    {
        if (Values.Structured(value) is not object?[] { Length: > 0 } list)
            throw row.Wrong("the row has no conversation", Forms);
        var images = new List<object?>();
        (string Speaker, Content[] Content)[] turns = [.. list.SelectMany(Pairs).Select(item =>
            item is IReadOnlyDictionary<string, object?> turn
                ? (Speaker(turn, row), Parts(turn, row, images))
                : throw row.Wrong("a turn is no object", Forms))];

        string[] named = [.. turns.Select(turn => turn.Speaker).Where(speaker => RoleOf(speaker) is null).Distinct()];
        bool asked = turns.Any(turn => RoleOf(turn.Speaker) == "user");
        if (named.Length > (asked ? 1 : 2) || (named.Length > 0 && (!characters || named.Any(IsOtherRole))))
            throw row.Wrong(
                $"there is no role '{named[^1]}'",
                "system, user and assistant; or one character who answers (two, where no user speaks)");
        return (ByRole(turns, named), [.. images]);
    }

    /// <summary>Questions with their answers, before the last one: [[question, answer], ...].</summary>
    public static IEnumerable<Message> History(object? value, Row row) => value is null ? [] :
        Values.Structured(value) is object?[] pairs && pairs.All(pair => Values.Texts(pair) is [_, _])
            ? pairs.SelectMany(pair => (Message[])[Message.User(Values.Texts(pair)![0]), Message.Assistant(Values.Texts(pair)![1])])
            : throw row.Wrong("the history is no list of questions with their answers", "history: [[question, answer], ...]");

    /// <summary>A system's turn.</summary>
    public static Message System(string text) => new("system", [new Content(text)]);

    // ShareGPT as ms-swift has it: a question with its answer is one item.
    private static IEnumerable<object?> Pairs(object? item) =>
        item is IReadOnlyDictionary<string, object?> { Count: 2 } pair && pair.TryGetValue("human", out object? question)
        && pair.TryGetValue("assistant", out object? answer)
            ? [Turn("user", question), Turn("assistant", answer)] : [item];

    private static Dictionary<string, object?> Turn(string role, object? content) => new() { ["role"] = role, ["content"] = content };

    // MMRole: a character's name stands where the role does. Of two characters the first to speak asks.
    private static Message[] ByRole((string Speaker, Content[] Content)[] turns, string[] named)
    {
        string? answers = named.Length > 0 ? named[^1] : null;
        IEnumerable<Message> said = turns.Select(turn => new Message(
            RoleOf(turn.Speaker) ?? (turn.Speaker == answers ? "assistant" : "user"), turn.Content));
        bool told = turns.Any(turn => RoleOf(turn.Speaker) == "system");
        return answers is null || told ? [.. said] : [System($"You are {answers}."), .. said];
    }

    private static string? RoleOf(string speaker) => speaker switch
    {
        "system" or "developer" => "system",
        "user" or "human" => "user",
        "assistant" or "gpt" or "model" or "bot" => "assistant",
        _ => null,
    };

    private static bool IsOtherRole(string speaker) => speaker is "tool" or "function" or "observation" or "function_call" or "tool_call";

    private static string Speaker(IReadOnlyDictionary<string, object?> turn, Row row)
    {
        if (turn.FirstOrDefault(field => !Values.IsNothing(field.Value) && !Said(field.Key)).Key is { } other)
            throw row.Wrong($"a turn has '{other}', which no prompt would show", "turns of role and content alone");
        return (turn.GetValueOrDefault("role") ?? turn.GetValueOrDefault("from")) is string { Length: > 0 } speaker
            ? speaker
            : throw row.Wrong("a turn has no role", Forms);
    }

    private static bool Said(string field) => field is "role" or "from" or "content" or "value" || s_harmless.Contains(field);

    private static Content[] Parts(IReadOnlyDictionary<string, object?> turn, Row row, List<object?> images) =>
        (turn.GetValueOrDefault("content") ?? turn.GetValueOrDefault("value")) switch
        {
            string text => [new Content(text)],
            object?[] { Length: > 0 } items => [.. items.Select(item => ContentPart.Read(item, row, images))],
            IReadOnlyDictionary<string, object?> one => [ContentPart.Read(one, row, images)],
            _ => throw row.Wrong("a turn has no content", "a text, or a list of {type: text} and {type: image}"),
        };
}
