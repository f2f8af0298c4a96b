using System.Runtime.InteropServices;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats.Pbm;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.PixelFormats;

namespace Vlm.Images;

/// <summary>TGA and PNM through ImageSharp, which takes files that are cut short: headers are checked first.</summary>
/// <param name="file">The file, which stays where it is until this is disposed.</param>
/// <param name="length">Its bytes.</param>
/// <param name="header">What its header says.</param>
internal sealed unsafe class SharpImage(byte* file, int length, RawHeader header) : EncodedImage
{
    // Memory goes back at once: images differ in size, and a pool would keep the largest.
    private static readonly Configuration s_configuration = new(new TgaConfigurationModule(), new PbmConfigurationModule())
    {
        MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = 0 }),
    };

    public override int Width => header.Width;

    public override int Height => header.Height;

    public override void Decode(RgbCanvas to)
    {
        if (header.End > length)
            throw new UnreadableImageException(UnreadableImageException.CutShort);
        using Image<Rgba32> image = ManagedDecoder.Run(
            () => Image.Load<Rgba32>(s_configuration, new ReadOnlySpan<byte>(file, length)));
        if ((image.Width, image.Height) != (Width, Height))
            throw new UnreadableImageException(UnreadableImageException.Damaged);
        for (int y = 0; y < Height; y++)
            to.Rows(y, MemoryMarshal.AsBytes(image.DangerousGetPixelRowMemory(y).Span), opaque: false);
    }

    public override void Dispose()
    {
    }
}
