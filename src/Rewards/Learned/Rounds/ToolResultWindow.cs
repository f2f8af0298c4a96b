namespace Vlm.Rewards.Learned.Rounds;

/// <summary>Keeps the images of the last results of tools alone, and all words: the context does not grow with the rounds.</summary>
/// <remarks>VR-Thinker, arXiv:2510.10518: visual tokens are about (N_in + p N_ex) V a frame, however many rounds there were.</remarks>
public static class ToolResultWindow
{
    /// <summary>The role of a tool's result.</summary>
    public const string ToolRole = "tool";

    /// <summary>The chat with the images of the last p results.</summary>
    /// <param name="messages">The turns; results of tools have the role "tool".</param>
    /// <param name="images">One for each place, in order.</param>
    /// <param name="last">p, 0 or above.</param>
    /// <exception cref="ArgumentException">There are not as many images as places, or p is below 0.</exception>
    public static (IReadOnlyList<Message> Messages, IReadOnlyList<ImageSource> Images) Apply(
        IReadOnlyList<Message> messages, IReadOnlyList<ImageSource> images, int last)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(last);
        int places = messages.Sum(message => message.Content.Count(part => part.IsImage));
        if (places != images.Count)
            throw new ArgumentException($"{places} places and {images.Count} images must be as many", nameof(images));

        int dropped = Math.Max(0, messages.Count(message => message.Role == ToolRole) - last), next = 0;
        (var kept, var seen) = (new List<Message>(), new List<ImageSource>());
        foreach (Message message in messages)
        {
            bool drops = message.Role == ToolRole && dropped-- > 0;
            foreach (Content part in message.Content)
                if (part.IsImage && images[next++] is var image && !drops)
                    seen.Add(image);
            kept.Add(drops ? message with { Content = [.. message.Content.Where(part => !part.IsImage)] } : message);
        }

        return (kept, seen);
    }

    /// <summary>How many visual tokens a chat holds: (N_in + p N_ex) V.</summary>
    /// <param name="inputFrames">N_in, at the start.</param>
    /// <param name="resultFrames">N_ex, in each result.</param>
    /// <param name="last">p.</param>
    /// <param name="tokensPerFrame">V.</param>
    public static long VisualTokens(int inputFrames, int resultFrames, int last, int tokensPerFrame) =>
        (inputFrames + (long)last * resultFrames) * tokensPerFrame;
}
