using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Vlm.Text;

/// <summary>How a chat becomes one text. Checkpoints bring a Jinja template; known ones are built in.</summary>
/// <remarks>Every image becomes one placeholder, which the model's processor expands later.</remarks>
public sealed class ChatTemplate
{
    private const string SmolVlmHead =
        "<|im_start|>{% for message in messages %}{{message['role'] | capitalize}}"
        + "{% if message['content'][0]['type'] == 'image' %}{{':'}}{% else %}{{': '}}{% endif %}"
        + "{% for line in message['content'] %}{% if line['type'] == 'text' %}{{line['text']}}"
        + "{% elif line['type'] == 'image' %}{{ '<image>' }}";

    private const string SmolVlmVideo = "{% elif line['type'] == 'video' %}{{ '<video>' }}";

    private const string SmolVlmTail =
        "{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
        + "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}";

    private readonly Func<IReadOnlyList<Message>, bool, string> _render;

    private ChatTemplate(string source, Func<IReadOnlyList<Message>, bool, string> render)
    {
        Source = source;
        _render = render;
    }

    /// <summary>That of SmolVLM and Idefics3: <c>User:&lt;image&gt;What is it?&lt;end_of_utterance&gt;</c>.</summary>
    public static ChatTemplate SmolVlm { get; } = new(SmolVlmHead + SmolVlmTail, RenderSmolVlm);

    /// <summary>The template as a Jinja text, to be written into a checkpoint's folder.</summary>
    public string Source { get; }

    /// <summary>The chat as one text.</summary>
    /// <param name="messages">The turns, oldest first.</param>
    /// <param name="generationPrompt">End with the opening of the assistant's next turn.</param>
    public string Render(IReadOnlyList<Message> messages, bool generationPrompt) => _render(messages, generationPrompt);

    /// <summary>
    /// The template of a checkpoint's folder: <c>chat_template.jinja</c>, <c>chat_template.json</c>, or the one in
    /// <c>tokenizer_config.json</c>; <paramref name="absent"/> where the folder has none.
    /// </summary>
    /// <exception cref="UsageException">The folder's template is none of those built in.</exception>
    public static ChatTemplate Load(string folder, ChatTemplate absent)
    {
        if (SourceIn(folder) is not { } found)
            return absent;

        var (source, file) = found;
        return source.TrimEnd('\n') is SmolVlmHead + SmolVlmTail or SmolVlmHead + SmolVlmVideo + SmolVlmTail
            ? SmolVlm
            : throw new UsageException(
                "the chat template is none of those built in (SmolVLM, Idefics3)", file,
                "the folder without its chat template: the model family's own is then used");
    }

    private static (string Source, string File)? SourceIn(string folder)
    {
        string jinja = Path.Combine(folder, "chat_template.jinja");
        if (File.Exists(jinja))
            return (File.ReadAllText(jinja), jinja);

        foreach (string name in (string[])["chat_template.json", "tokenizer_config.json"])
        {
            string path = Path.Combine(folder, name);
            if (File.Exists(path) && SourceIn(path, File.ReadAllText(path)) is { } source)
                return (source, path);
        }

        return null;
    }

    private static string? SourceIn(string path, string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.TryGetProperty("chat_template", out JsonElement found) ? Text(found) : null;
        }
        catch (JsonException e)
        {
            throw new UsageException($"the file is not JSON: {e.Message}", path, "the file as its authors wrote it");
        }
    }

    // A text, or a list of {"name", "template"} of which "default" counts.
    private static string? Text(JsonElement template) => template.ValueKind switch
    {
        JsonValueKind.String => template.GetString(),
        JsonValueKind.Array => template.EnumerateArray()
            .Where(entry => entry.GetProperty("name").GetString() == "default")
            .Select(entry => entry.GetProperty("template").GetString()).FirstOrDefault(),
        _ => null,
    };

    private static string RenderSmolVlm(IReadOnlyList<Message> messages, bool generationPrompt)
    {
        var text = new StringBuilder("<|im_start|>");
        foreach (Message message in messages)
        {
            text.Append(Capitalized(message.Role)).Append(message.Content is [{ IsImage: true }, ..] ? ":" : ": ");
            foreach (Content item in message.Content)
                text.Append(item.Text ?? "<image>");
            text.Append("<end_of_utterance>\n");
        }

        return text.Append(generationPrompt ? "Assistant:" : "").ToString();
    }

    private static string Capitalized(string role) => role.Length == 0
        ? role
        : char.ToUpper(role[0], CultureInfo.InvariantCulture) + role[1..].ToLowerInvariant();
}
