namespace Vlm.Images;

/// <summary>What is wrong with a file, or what a decoder lacks; <see cref="ImageCodec"/> says where it came from.</summary>
internal sealed class UnreadableImageException(string message) : Exception(message)
{
    public const string Damaged = "its data is damaged", CutShort = "the file is cut short";
}
