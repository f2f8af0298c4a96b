using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>What a judge is asked: a chat with images.</summary>
/// <param name="Id">Named in messages about it: the record's id.</param>
/// <param name="Messages">The turns, with a place for each image.</param>
/// <param name="Images">The images, in the order of their places.</param>
public sealed record JudgeRequest(string Id, IReadOnlyList<Message> Messages, IReadOnlyList<ImageSource> Images)
{
    /// <summary>One user's turn, images first.</summary>
    /// <param name="id">Named in messages about it.</param>
    /// <param name="text">What is asked.</param>
    /// <param name="images">The images.</param>
    public static JudgeRequest Of(string id, string text, IReadOnlyList<ImageSource> images) =>
        new(id, [Message.User(text, images.Count)], images);

    // Its parts with their lengths, so that no two requests write the same bytes. The id is
    // no part: it changes no answer.
    internal string Key(string identity, Dictionary<ImageSource, byte[]> digests)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, identity);
        foreach (Message message in Messages)
        {
            Add(hash, message.Role);
            foreach (Content part in message.Content)
                Add(hash, part.Text is { } text ? $"t{text}" : "i");
            Add(hash, "end");
        }

        foreach (ImageSource image in Images)
            hash.AppendData(Digest(image, digests));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private byte[] Digest(ImageSource image, Dictionary<ImageSource, byte[]> digests)
    {
        if (!digests.TryGetValue(image, out byte[]? digest))
            digests[image] = digest = SHA256.HashData(image.Encoded($"record {Id}"));
        return digest;
    }

    private static void Add(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
