namespace Vlm.Grpo;

/// <summary>Text in the system's turn of a chat.</summary>
internal static class SystemTurn
{
    /// <summary>The chat with a text in its system's turn, which is made where there is none.</summary>
    /// <param name="messages">The chat.</param>
    /// <param name="text">What is added.</param>
    /// <param name="first">It stands before what the turn says already, else after it.</param>
    public static IReadOnlyList<Message> With(IReadOnlyList<Message> messages, string text, bool first) =>
        messages.Count == 0 || messages[0].Role != "system" ? [new Message("system", [new Content(text)]), .. messages]
            : [messages[0] with
            {
                Content = first ? [new Content(text + "\n\n"), .. messages[0].Content]
                    : [.. messages[0].Content, new Content("\n\n" + text)],
            }, .. messages.Skip(1)];
}
