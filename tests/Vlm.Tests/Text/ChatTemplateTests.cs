using System.Text.Json;
using Vlm.Testing;
using Vlm.Text;

namespace Vlm.Tests.Text;

public class ChatTemplateTests
{
    // The reference renders a message whose content is a plain text as nothing; here a text is always an item, so those
    // cases have no counterpart.
    [SharedFact]
    public void Chats_are_rendered_byte_for_byte_as_the_reference_renders_them()
    {
        string path = SharedFiles.PathOf("fixtures", "hf", "chat_templates", "chat_templates.json");
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        int count = 0;
        foreach (JsonElement chat in document.RootElement.GetProperty("cases").EnumerateArray())
        {
            JsonElement messages = chat.GetProperty("messages");
            bool items = messages.EnumerateArray().All(m => m.GetProperty("content").ValueKind == JsonValueKind.Array);
            if (chat.GetProperty("template").GetString() != "smolvlm" || !items)
                continue;

            string rendered = ChatTemplate.SmolVlm.Render(
                [.. messages.EnumerateArray().Select(Read)], chat.GetProperty("add_generation_prompt").GetBoolean());
            Assert.Equal(chat.GetProperty("rendered").GetString(), rendered);
            count++;
        }

        Assert.Equal(20, count);
    }

    [SharedFact]
    public void The_built_in_source_is_the_template_of_the_checkpoint()
    {
        string folder = SharedFiles.PathOf("fixtures", "hf", "tiny_smolvlm");
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "chat_template.json")));

        Assert.Equal(document.RootElement.GetProperty("chat_template").GetString(), ChatTemplate.SmolVlm.Source);
        Assert.Same(ChatTemplate.SmolVlm, ChatTemplate.Load(folder, absent: null!));
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
    public void An_unknown_template_is_refused_with_its_file()
    {
        string folder = Directory.CreateTempSubdirectory("vlm-chat-").FullName;
        string file = Path.Combine(folder, "chat_template.jinja");
        File.WriteAllText(file, "{{ messages }}");

        var error = Assert.Throws<UsageException>(() => ChatTemplate.Load(folder, ChatTemplate.SmolVlm));

        Assert.Equal("the chat template is none of those built in (SmolVLM, Idefics3)", error.Message);
        Assert.Equal(file, error.Where);
        Directory.Delete(folder, recursive: true);
    }

    private static Message Read(JsonElement message) => new(
        message.GetProperty("role").GetString()!,
        [.. message.GetProperty("content").EnumerateArray().Select(item =>
            item.TryGetProperty("text", out JsonElement text) ? new Content(text.GetString()) : Content.Image)]);
}
