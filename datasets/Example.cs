using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>One question with its pictures and its true answer.</summary>
/// <param name="Id">Unique in its split; named in every message about this record.</param>
/// <param name="Kind">The question's type, such as "count" or "ground": reports are split by it.</param>
/// <param name="Images">Encoded files (PNG, JPEG, WebP), in the order the messages place them.</param>
/// <param name="Messages">The chat up to the question; never the answer.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Answer">The reference completion, for supervised steps.</param>
public sealed record Example(
    string Id, string Kind, IReadOnlyList<byte[]> Images, IReadOnlyList<Message> Messages, Truth Truth, string Answer);
