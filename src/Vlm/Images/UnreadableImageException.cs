namespace Vlm.Images;

/// <summary>What a decoder found wrong with a file; <see cref="ImageCodec"/> adds where the file came from.</summary>
internal sealed class UnreadableImageException(string message) : Exception(message);
