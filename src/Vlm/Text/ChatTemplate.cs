using System.Text.Json.Nodes;
using Vlm.Text.Jinja;

namespace Vlm.Text;

/// <summary>How a chat becomes one text: by the Jinja template a checkpoint brings, or its family's own.</summary>
/// <remarks>Every image becomes one placeholder, which the model's processor expands later.</remarks>
public sealed class ChatTemplate
{
    private readonly JinjaTemplate _template;
    private readonly IReadOnlyDictionary<string, string> _tokens;
    private readonly Lazy<(string Before, string After)> _around;

    private ChatTemplate(
        string source, string placeholder, JinjaTemplate template, IReadOnlyDictionary<string, string> tokens)
    {
        Source = source;
        Placeholder = placeholder;
        _template = template;
        _tokens = tokens;
        _around = new(AroundAnswer);
    }

    /// <summary>That of SmolVLM and Idefics3: <c>User:&lt;image&gt;What is it?&lt;end_of_utterance&gt;</c>.</summary>
    public static ChatTemplate SmolVlm { get; } = BuiltIn(ChatTemplateSources.SmolVlm, "<image>");

    /// <summary>That of Qwen2-VL and Qwen2.5-VL, which begins with a system message if the chat does not.</summary>
    public static ChatTemplate QwenVl { get; } = BuiltIn(ChatTemplateSources.QwenVl, "<|image_pad|>");

    /// <summary>That of Qwen3-VL, tools left out: as Qwen2-VL's, without a system message of its own.</summary>
    public static ChatTemplate Qwen3Vl { get; } = BuiltIn(ChatTemplateSources.Qwen3Vl, "<|image_pad|>");

    /// <summary>The template as a Jinja text, to be written into a checkpoint's folder.</summary>
    public string Source { get; }

    /// <summary>What stands where an image is, once for each: "&lt;image&gt;" or "&lt;|image_pad|&gt;".</summary>
    public string Placeholder { get; }

    /// <summary>
    /// Null, or, where the folder's template could not be used and the family's own stands in: which file and line, and
    /// what was not understood. To be shown to the user: a model made for its own template may answer worse.
    /// </summary>
    public string? Warning { get; private init; }

    /// <summary>The chat as one text.</summary>
    /// <param name="messages">The turns, oldest first.</param>
    /// <param name="generationPrompt">End with the opening of the assistant's next turn.</param>
    /// <exception cref="UsageException">The template refuses the chat; names its file and line.</exception>
    public string Render(IReadOnlyList<Message> messages, bool generationPrompt) =>
        Render(new JsonArray([.. messages.Select(Json)]), generationPrompt);

    /// <summary>The chat as one text, from messages as transformers takes them.</summary>
    /// <param name="messages">Objects with <c>role</c> and <c>content</c>: a text, or a list of typed items.</param>
    /// <param name="generationPrompt">End with the opening of the assistant's next turn.</param>
    /// <param name="variables">Further variables of the template, such as <c>tools</c> or <c>add_vision_id</c>.</param>
    /// <exception cref="UsageException">The template refuses the chat; names its file and line.</exception>
    public string Render(JsonArray messages, bool generationPrompt, JsonObject? variables = null)
    {
        var all = new JsonObject();
        foreach (var (name, token) in _tokens)
            all[name] = token;
        foreach (var (name, value) in variables ?? [])
            all[name] = value?.DeepClone();
        return _template.Render(messages, generationPrompt, all);
    }

    /// <summary>
    /// What the template writes before an answer, after the generation prompt, and after it: " " and
    /// "&lt;end_of_utterance&gt;\n" for SmolVLM, "" and "&lt;|im_end|&gt;\n" for Qwen. A prompt, what comes before, the
    /// answer and what comes after are the whole chat.
    /// </summary>
    /// <remarks>
    /// Where a chat with an answer does not begin with its prompt (templates whose prompt opens a thought that answers
    /// do not have), nothing comes before the answer.
    /// </remarks>
    /// <exception cref="UsageException">The template does not write an answer down as it is.</exception>
    public (string Before, string After) AroundAnswer()
    {
        Message question = Message.User(Probe.Question);
        string prompt = Render([question], generationPrompt: true);
        string chat = Render([question, Message.Assistant(Probe.Answer)], generationPrompt: false);
        int at = chat.LastIndexOf(Probe.Answer, StringComparison.Ordinal);
        if (at < 0)
            throw new UsageException(
                "the chat template does not write down an assistant's answer", _template.Where,
                "the folder without its chat template: the model family's own is then used");

        bool continues = chat.StartsWith(prompt, StringComparison.Ordinal) && at >= prompt.Length;
        return (continues ? chat[prompt.Length..at] : "", chat[(at + Probe.Answer.Length)..]);
    }

    /// <summary>An answer as the template writes it after the prompt, up to what ends it; not the line break after that.</summary>
    public string Answered(string answer)
    {
        (string before, string after) = _around.Value;
        return before + answer + after.TrimEnd('\n');
    }

    /// <summary>
    /// The template of a checkpoint's folder: <c>chat_template.jinja</c>, <c>chat_template.json</c>, or the one in
    /// <c>tokenizer_config.json</c>, with the special tokens that the latter names.
    /// </summary>
    /// <param name="folder">The checkpoint's folder.</param>
    /// <param name="absent">
    /// The model family's own: used where the folder has no template, and, with a <see cref="Warning"/>, where that
    /// cannot be read, fails on a short chat, or writes no image of the family.
    /// </param>
    /// <exception cref="UsageException">A file that should hold the template is not JSON.</exception>
    public static ChatTemplate Load(string folder, ChatTemplate absent)
    {
        if (ChatTemplateFile.Find(folder) is not { } found)
            return ChatTemplateFile.NamedOtherwise(folder) is { } others ? absent.With(
                $"{others}; the model family's own chat template is used instead") : absent;
        if (ChatTemplateSources.IsSmolVlm(found.Source))
            return SmolVlm;

        try
        {
            var template = new ChatTemplate(
                found.Source, absent.Placeholder, JinjaTemplate.Parse(found.Source, found.File),
                ChatTemplateFile.SpecialTokens(folder));
            Probe.Check(template, absent, found.File);
            return template;
        }
        catch (UsageException e)
        {
            return absent.With($"{e.Where}: {e.Message}; the model family's own chat template is used instead");
        }
    }

    private static ChatTemplate BuiltIn(string source, string placeholder) => new(
        source, placeholder, JinjaTemplate.Parse(source, "the built-in chat template"),
        new Dictionary<string, string>());

    private ChatTemplate With(string warning) => new(Source, Placeholder, _template, _tokens) { Warning = warning };

    private static JsonNode Json(Message message) => new JsonObject
    {
        ["role"] = message.Role,
        ["content"] = new JsonArray([.. message.Content.Select(Json)]),
    };

    private static JsonNode Json(Content item) => item.IsImage
        ? new JsonObject { ["type"] = "image" }
        : new JsonObject { ["type"] = "text", ["text"] = item.Text };

    /// <summary>A short chat that every template must be able to write.</summary>
    private static class Probe
    {
        public const string Question = "VlmQuestion", Answer = "VlmAnswer";

        public static void Check(ChatTemplate template, ChatTemplate family, string file)
        {
            string without = template.Render([Message.User(Question)], generationPrompt: true);
            string with = template.Render([Message.User(Question, images: 1)], generationPrompt: true);
            if (!without.Contains(Question, StringComparison.Ordinal)
                || Places(with, family) != Places(without, family) + 1)
                throw new UsageException(
                    $"the chat template does not write a text and one {family.Placeholder} for an image", file, "");
            template.AroundAnswer();
        }

        private static int Places(string text, ChatTemplate family) => text.Split(family.Placeholder).Length - 1;
    }
}
