using System.Text.Json.Nodes;
using Vlm.Testing;
using Vlm.Text;
using Vlm.Text.Jinja;

namespace Vlm.Tests.Text;

public class ChatTemplateTests
{
    [Fact]
    public void Chats_are_rendered_byte_for_byte_as_the_reference_renders_them()
    {
        JsonNode reference = Reference();
        int count = 0;
        foreach (JsonNode? chat in reference["cases"]!.AsArray())
        {
            string name = chat!["template"]!.GetValue<string>();
            string rendered = JinjaTemplate.Parse(reference["templates"]![name]!.GetValue<string>(), name).Render(
                chat["messages"]!.AsArray(), chat["add_generation_prompt"]!.GetValue<bool>(), chat["kwargs"]!.AsObject());

            Assert.Equal(chat["rendered"]!.GetValue<string>(), rendered);
            count++;
        }

        Assert.Equal(55, count);
    }

    // The reference renders SmolVLM's text-only content as nothing; here a text is always an item, so those cases have no
    // counterpart. 20 of SmolVLM and 21 of Qwen2.5-VL have lists of items; one of these has a variable more.
    [Fact]
    public void Messages_are_rendered_as_the_reference_renders_lists_of_items()
    {
        int count = 0;
        foreach (JsonNode? chat in Reference()["cases"]!.AsArray())
        {
            JsonArray messages = chat!["messages"]!.AsArray();
            if (!messages.All(message => message!["content"] is JsonArray) || chat["kwargs"]!.AsObject().Count > 0)
                continue;

            ChatTemplate template = chat["template"]!.GetValue<string>() == "smolvlm"
                ? ChatTemplate.SmolVlm : ChatTemplate.QwenVl;
            Assert.Equal(chat["rendered"]!.GetValue<string>(), template.Render(
                [.. messages.Select(message => Read(message!))], chat["add_generation_prompt"]!.GetValue<bool>()));
            count++;
        }

        Assert.Equal(40, count);
    }

    [Theory]
    [InlineData("tiny_smolvlm")]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    public void The_built_in_source_is_the_template_of_the_checkpoint(string name)
    {
        string folder = Fixtures.PathOf(name);
        JsonNode file = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "chat_template.json")))!;
        ChatTemplate family = name == "tiny_smolvlm" ? ChatTemplate.SmolVlm : ChatTemplate.QwenVl;

        Assert.Equal(file["chat_template"]!.GetValue<string>(), family.Source);
        ChatTemplate loaded = ChatTemplate.Load(folder, family);
        Assert.Equal(family.Source, loaded.Source);
        Assert.Null(loaded.Warning);
    }

    [Fact]
    public void A_message_that_starts_with_a_text_has_a_space_after_its_role()
    {
        Message[] chat = [new("user", [new Content("vs "), Content.Image]), Message.Assistant("A cat.")];

        Assert.Equal(
            "<|im_start|>User: vs <image><end_of_utterance>\nAssistant: A cat.<end_of_utterance>\nAssistant:",
            ChatTemplate.SmolVlm.Render(chat, generationPrompt: true));
    }

    [Fact]
    public void Qwen3_has_no_system_message_of_its_own() => Assert.Equal(
        "<|im_start|>user\n<|vision_start|><|image_pad|><|vision_end|>Colour?<|im_end|>\n<|im_start|>assistant\n",
        ChatTemplate.Qwen3Vl.Render([Message.User("Colour?", images: 1)], generationPrompt: true));

    [Fact]
    public void What_stands_around_an_answer_completes_the_chat()
    {
        Assert.Equal((" ", "<end_of_utterance>\n"), ChatTemplate.SmolVlm.AroundAnswer());
        Assert.Equal(("", "<|im_end|>\n"), ChatTemplate.QwenVl.AroundAnswer());
        Assert.Equal(("", "<|im_end|>\n"), ChatTemplate.Qwen3Vl.AroundAnswer());
    }

    [Fact]
    public void A_template_of_the_folder_is_interpreted_with_the_special_tokens_of_the_tokenizer()
    {
        using var folder = new TemplateFolder();
        folder.Write("tokenizer_config.json", """{"bos_token": "<s>", "eos_token": {"content": "</s>"}}""");
        folder.Write("chat_template.jinja", """
            {{ bos_token }}{% for m in messages %}
            [{{ m.role }}]{% for c in m.content %}{{ '<image>' if c.type == 'image' else c.text }}{% endfor %}{{ eos_token }}
            {% endfor %}
            {% if add_generation_prompt %}[assistant]{% endif %}
            """);

        ChatTemplate template = ChatTemplate.Load(folder.Path, ChatTemplate.SmolVlm);

        Assert.Null(template.Warning);
        Assert.Equal("<s>[user]<image>Colour?</s>[assistant]",
            template.Render([Message.User("Colour?", images: 1)], generationPrompt: true).Replace("\n", ""));
        Assert.Equal(("", "</s>\n"), template.AroundAnswer());
    }

    [Theory]
    [InlineData("chat_template.json", """{"chat_template": "SOURCE"}""")]
    [InlineData("tokenizer_config.json", """{"chat_template": "SOURCE"}""")]
    [InlineData("tokenizer_config.json", """{"chat_template": [{"name": "tool_use", "template": "x"}, {"name": "default", "template": "SOURCE"}]}""")]
    [InlineData("tokenizer_config.json", """{"chat_template": {"tool_use": "x", "default": "SOURCE"}}""")]
    public void Every_place_a_template_can_be_in_is_looked_at(string file, string json)
    {
        const string Source = "{% for m in messages %}{% for c in m.content %}{{ c.text or '<image>' }},{% endfor %}{% endfor %}";
        using var folder = new TemplateFolder();
        folder.Write(file, json.Replace("SOURCE", Source));

        ChatTemplate template = ChatTemplate.Load(folder.Path, ChatTemplate.SmolVlm);

        Assert.Equal((Source, null), (template.Source, template.Warning));
        Assert.Equal("<image>,Colour?,", template.Render([Message.User("Colour?", images: 1)], generationPrompt: true));
    }

    [Fact]
    public void A_folder_without_a_template_has_its_familys()
    {
        using var folder = new TemplateFolder();
        folder.Write("tokenizer_config.json", """{"chat_template": [{"name": "rag", "template": "x"}]}""");

        ChatTemplate used = ChatTemplate.Load(folder.Path, ChatTemplate.QwenVl);

        Assert.Equal(ChatTemplate.QwenVl.Source, used.Source);
        Assert.Equal(
            $"{Path.Combine(folder.Path, "tokenizer_config.json")}: of the chat templates rag none is \"default\"; "
            + "the model family's own chat template is used instead", used.Warning);
        folder.Write("tokenizer_config.json", "{}");
        Assert.Same(ChatTemplate.QwenVl, ChatTemplate.Load(folder.Path, ChatTemplate.QwenVl));
    }

    [Theory]
    [InlineData("a\n{% include 'b' %}",
        ", line 2 of the template: the chat template cannot be read: there is no statement 'include' here")]
    [InlineData("{{ messages[0].content + 'x' }}",
        ", line 1 of the template: the chat template fails: '+' does not work on a list and a str")]
    [InlineData("\n\n{{ raise_exception('no') }}",
        ", line 3 of the template: the chat template fails: it refuses these messages: no")]
    [InlineData("{% for m in messages %}{% for c in m.content %}{{ c.text }}{% endfor %}{% endfor %}",
        ": the chat template does not write a text and one <image> for an image")]
    [InlineData("{% for m in messages if m.role == 'user' %}{% for c in m.content %}{{ c.text or '<image>' }}{% endfor %}{% endfor %}",
        ": the chat template does not write down an assistant's answer")]
    [InlineData("{% for i in range(2000) %}{% for j in range(2000) %}{% endfor %}{% endfor %}",
        ", line 1 of the template: the chat template fails: it does not end within 1,000,000 steps")]
    public void A_template_that_cannot_be_used_is_replaced_by_the_familys_with_a_warning(string source, string why)
    {
        using var folder = new TemplateFolder();
        folder.Write("chat_template.jinja", source);

        ChatTemplate template = ChatTemplate.Load(folder.Path, ChatTemplate.SmolVlm);

        Assert.Equal(
            $"{Path.Combine(folder.Path, "chat_template.jinja")}{why}; the model family's own chat template is used instead",
            template.Warning);
        Assert.Equal(ChatTemplate.SmolVlm.Source, template.Source);
        Assert.Equal(
            "<|im_start|>User: Hi<end_of_utterance>\n", template.Render([Message.User("Hi")], generationPrompt: false));
    }

    [Fact]
    public void A_file_that_is_not_JSON_is_a_mistake_and_not_a_template()
    {
        using var folder = new TemplateFolder();
        folder.Write("chat_template.json", "{");

        var error = Assert.Throws<UsageException>(() => ChatTemplate.Load(folder.Path, ChatTemplate.SmolVlm));

        Assert.StartsWith("the file is not JSON: ", error.Message);
        Assert.Equal(Path.Combine(folder.Path, "chat_template.json"), error.Where);
    }

    private static JsonNode Reference() => JsonNode.Parse(File.ReadAllText(
        Fixtures.PathOf("chat_templates", "chat_templates.json")))!;

    private static Message Read(JsonNode message) => new(
        message["role"]!.GetValue<string>(),
        [.. message["content"]!.AsArray().Select(item =>
            item!["text"] is { } text ? new Content(text.GetValue<string>()) : Content.Image)]);

    private sealed class TemplateFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("vlm-chat-").FullName;

        public void Write(string file, string text) => File.WriteAllText(System.IO.Path.Combine(Path, file), text);

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
