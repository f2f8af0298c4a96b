
namespace Vlm.Datasets;

/// <summary>Reads who said what from the layouts in which conversations are published.</summary>
internal static class DialogueTurns
{
    private const string Layouts = "messages: [{role, content}], conversations: [{from, value}], or query and response";

    /// <summary>The turns, and the images named inside them.</summary>
    public static (Message[] Turns, object[] Images) Read(Row row)
    {
        if (row["messages"] is object?[] messages)
            return Read(messages, row);
        if (row["conversations"] is object?[] conversations)
            return Read(conversations, row);
        if (row["query"] is string query)
            return (Asked(query, row), []);
        throw row.Wrong("the row has no conversation", Layouts);
    }

    private static (Message[], object[]) Read(object?[] list, Row row)
    {
        var images = new List<object>();
        (string Speaker, Content[] Content)[] turns = [.. list.Select(item =>
            item is IReadOnlyDictionary<string, object?> turn
                ? (Speaker(turn, row), Parts(turn, row, images))
                : throw row.Wrong("a turn is no object", Layouts))];

        string[] named = [.. turns.Select(turn => turn.Speaker).Where(speaker => RoleOf(speaker) is null).Distinct()];
        bool asked = turns.Any(turn => RoleOf(turn.Speaker) == "user");
        if (named.Length > (asked ? 1 : 2) || (named.Length > 0 && row["messages"] is not null))
            throw row.Wrong(
                $"there is no role '{named[^1]}'",
                "system, user and assistant; or one character who answers (two, where no user speaks)");
        return (Roles(turns, named), [.. images]);
    }

    // MMRole: a character's name stands where the role does. Of two characters the first to speak asks.
    private static Message[] Roles((string Speaker, Content[] Content)[] turns, string[] named)
    {
        string? answers = named.Length > 0 ? named[^1] : null;
        IEnumerable<Message> said = turns.Select(turn => new Message(
            RoleOf(turn.Speaker) ?? (turn.Speaker == answers ? "assistant" : "user"), turn.Content));
        bool told = turns.Any(turn => RoleOf(turn.Speaker) == "system");
        return answers is null || told ? [.. said] : [System($"You are {answers}."), .. said];
    }

    private static string? RoleOf(string speaker) => speaker switch
    {
        "system" => "system",
        "user" or "human" => "user",
        "assistant" or "gpt" or "model" => "assistant",
        _ => null,
    };

    private static string Speaker(IReadOnlyDictionary<string, object?> turn, Row row) =>
        (turn.GetValueOrDefault("role") ?? turn.GetValueOrDefault("from")) is string { Length: > 0 } speaker
            ? speaker
            : throw row.Wrong("a turn says not who speaks", Layouts);

    private static Content[] Parts(IReadOnlyDictionary<string, object?> turn, Row row, List<object> images) =>
        (turn.GetValueOrDefault("content") ?? turn.GetValueOrDefault("value")) switch
        {
            string text => [new Content(text)],
            object?[] { Length: > 0 } items => [.. items.Select(item => Part(item, row, images))],
            _ => throw row.Wrong("a turn has no content", "a text, or a list of {type: text} and {type: image}"),
        };

    private static Content Part(object? item, Row row, List<object> images)
    {
        if (item is not IReadOnlyDictionary<string, object?> part)
            throw row.Wrong("an item of a turn is no object", "{type: text, text: ...} or {type: image}");
        switch (part.GetValueOrDefault("type"))
        {
            case "text" when part.GetValueOrDefault("text") is string text:
                return new Content(text);
            case "image" or "image_url":
                if ((part.GetValueOrDefault("image") ?? part.GetValueOrDefault("image_url")
                    ?? part.GetValueOrDefault("path")) is { } image)
                    images.Add(image);
                return Content.Image;
            case var type:
                throw row.Wrong($"an item of a turn has type '{type}'", "{type: text, text: ...} or {type: image}");
        }
    }

    // PCogAlignBench: a question, an image, and who asks as {place: role}.
    private static Message[] Asked(string query, Row row)
    {
        if ((row["response"] ?? row["answer"] ?? row["output_text"]) is not string answer)
            throw row.Wrong(
                "the question has no reference answer",
                "response: the answer (PCogAlignBench publishes questions; make references first)");
        Message[] turns = [new("user", [new(query)]), Message.Assistant(answer)];
        return row["individual_RoleSet"] is IReadOnlyDictionary<string, object?> { Count: > 0 } roles
            ? [Asker(roles), .. turns]
            : turns;
    }

    private static Message Asker(IReadOnlyDictionary<string, object?> roles) =>
        System($"The user is {string.Join(", ", roles.Select(role => $"{role.Value} at {role.Key}"))}.");

    private static Message System(string text) => new("system", [new Content(text)]);
}
