using Vlm.Rewards;

namespace Vlm;

/// <summary>One question with its images and its true answer: what a data set gives, and all that training and scoring need.</summary>
/// <param name="Id">Unique in its split; named in every message about this record.</param>
/// <param name="Kind">The question's type, such as "count" or "ground": reports are split by it.</param>
/// <param name="Images">The images, in the order the messages place them.</param>
/// <param name="Messages">The chat up to the question; never the answer.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Answer">The reference completion, for supervised steps.</param>
public sealed record Example(
    string Id, string Kind, IReadOnlyList<ImageSource> Images, IReadOnlyList<Message> Messages, Truth Truth, string Answer)
{
    /// <summary>What training pays where it is not what the kind of truth says; null for that.</summary>
    public RewardSet? Rewards { get; init; }

    /// <summary>
    /// The reward that says whether an answer is right, where it is not what the kind of truth says; null for that.
    /// </summary>
    public Reward? Metric { get; init; }

    /// <summary>
    /// The question names no frame of coordinates: boxes are answered in the frame that the model was taught. Otherwise the question
    /// asks for the frame of the truth.
    /// </summary>
    public bool AsksForModelFrame { get; init; }

    /// <summary>The text of the last turn: what is asked.</summary>
    public string Question => string.Concat(Messages[^1].Content.Select(part => part.Text));

    /// <summary>What training pays for a completion, with its parts and its accuracy.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <exception cref="ArgumentException">The truth is broken, or of a kind that a reward does not take.</exception>
    public TotalScore Score(string completion)
    {
        RewardSet rewards = Rewards ?? Truth.Kind.Rewards;
        return (Metric is null ? rewards : new RewardSet(rewards.Parts, Metric)).Compute(completion, Truth);
    }

    /// <summary>Whether a completion is right: 1, or less.</summary>
    /// <inheritdoc cref="Score"/>
    public Score Accuracy(string completion) =>
        (Metric ?? Rewards?.Accuracy ?? Truth.Kind.Accuracy).Compute(completion, Truth);

    /// <summary>A question that nobody has answered yet.</summary>
    /// <param name="messages">The chat up to the question, with a place for each image.</param>
    /// <param name="images">The images, in the order the messages place them.</param>
    /// <param name="id">Named in messages about it.</param>
    public static Example Ask(IReadOnlyList<Message> messages, IReadOnlyList<ImageSource> images, string id = "question") =>
        new(id, "chat", images, messages, Truth.Unknown, "");
}
