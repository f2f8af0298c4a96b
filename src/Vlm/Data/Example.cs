using Vlm.Rewards;

namespace Vlm;

/// <summary>One question with its pictures and its true answer: what a data set gives, and all that training and scoring need.</summary>
/// <param name="Id">Unique in its split; named in every message about this record.</param>
/// <param name="Kind">The question's type, such as "count" or "ground": reports are split by it.</param>
/// <param name="Images">The pictures, in the order the messages place them.</param>
/// <param name="Messages">The chat up to the question; never the answer.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Answer">The reference completion, for supervised steps.</param>
public sealed record Example(
    string Id, string Kind, IReadOnlyList<ImageSource> Images, IReadOnlyList<Message> Messages, Truth Truth, string Answer)
{
    /// <summary>The text of the last turn: what is asked.</summary>
    public string Question => string.Concat(Messages[^1].Content.Select(part => part.Text));

    /// <summary>A question that nobody has answered yet.</summary>
    /// <param name="messages">The chat up to the question, with a place for each picture.</param>
    /// <param name="images">The pictures, in the order the messages place them.</param>
    /// <param name="id">Named in messages about it.</param>
    public static Example Ask(IReadOnlyList<Message> messages, IReadOnlyList<ImageSource> images, string id = "question") =>
        new(id, "chat", images, messages, Truth.Unknown, "");
}
