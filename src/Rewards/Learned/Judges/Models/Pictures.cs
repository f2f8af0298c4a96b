using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>The images of one call as servers take them, each made once.</summary>
/// <remarks>
/// A JPEG file goes as it is, unless it may be turned: servers differ in whether they look at that. All else goes as
/// PNG of the pixels that the models here see.
/// </remarks>
internal sealed class Pictures
{
    private const int HeaderBytes = 1 << 16;
    private readonly ConcurrentDictionary<ImageSource, Lazy<DataContent>> _made =
        new(ReferenceEqualityComparer.Instance);

    /// <summary>An image as a part of a message.</summary>
    /// <param name="image">The image.</param>
    /// <param name="where">Whose it is, for messages.</param>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public DataContent Of(ImageSource image, string where) =>
        _made.GetOrAdd(image, _ => new(() => Make(image, where))).Value;

    /// <summary>A request as the chat client takes it.</summary>
    public IReadOnlyList<ChatMessage> Messages(JudgeRequest request)
    {
        int next = 0;
        return [.. request.Messages.Select(
            message => new ChatMessage(new ChatRole(message.Role), [.. message.Content.Select(Part)]))];

        AIContent Part(Content part) => part.Text is { } text ? new TextContent(text)
            : next < request.Images.Count ? Of(request.Images[next++], $"record {request.Id}")
            : throw new ArgumentException(
                $"request {request.Id} has more places for images than the {request.Images.Count} images");
    }

    private static DataContent Make(ImageSource image, string where)
    {
        byte[] file = image.Encoded(where);
        return file is [0xFF, 0xD8, 0xFF, ..]
            && file.AsSpan(0, Math.Min(file.Length, HeaderBytes)).IndexOf("Exif"u8) < 0
            ? new(file, "image/jpeg")
            : new(ImageSource.FromImage(image.Decode(where)).Encoded(where), "image/png");
    }
}
