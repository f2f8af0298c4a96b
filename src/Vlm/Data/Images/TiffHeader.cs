namespace Vlm.Images;

/// <summary>
/// The first directory of a TIFF file (TIFF 6.0, section 2, and BigTIFF), read before LibTiff.NET reads it: that gives
/// memory to whatever count and number of strips an entry claims, so 200 bytes can ask for 8 GB.
/// </summary>
/// <param name="Width">Pixels of a row; 0 where it does not say.</param>
/// <param name="Height">Rows; 0 where it does not say.</param>
/// <param name="Orientation">How the pixels lie.</param>
internal sealed record TiffHeader(int Width, int Height, Orientation Orientation)
{
    private const int ImageWidth = 256, ImageLength = 257, StripOffsets = 273, OrientationTag = 274, Samples = 277;
    private const int RowsPerStrip = 278, Planes = 284, TileWidth = 322, TileLength = 323, TileOffsets = 324;
    private const ulong PlaneEach = 2;

    // Bytes of the types 0 to 18; others are passed over by readers.
    private static ReadOnlySpan<byte> TypeSizes => [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];

    /// <summary>Tag, values, their bytes and end in the file (0 where they lie in the entry), and the first of these.</summary>
    private readonly record struct Entry(int Tag, ulong Count, ulong Bytes, ulong End, ulong Value);

    /// <summary>Reads the directory.</summary>
    /// <exception cref="UnreadableImageException">It, or what it points to, is not all in the file.</exception>
    public static TiffHeader Read(ReadOnlySpan<byte> file)
    {
        Entry[] entries = Entries(new Reader(file, little: file[0] == 'I'));
        // No byte belongs to two entries, so together they are no longer than the file.
        ulong length = (ulong)file.Length, total = 0;
        foreach (Entry entry in entries)
            if (entry.End > length || (total += entry.Bytes) > length)
                throw new UnreadableImageException(UnreadableImageException.CutShort);

        (ulong width, ulong height) = (Value(entries, ImageWidth, 0), Value(entries, ImageLength, 0));
        if (Parts(entries, width, height) is var (parts, said) && parts > said)
            throw new UnreadableImageException("it does not say where its pixels are");
        return new TiffHeader((int)Math.Min(int.MaxValue, width), (int)Math.Min(int.MaxValue, height),
            (Orientation)Value(entries, OrientationTag, 1));
    }

    // How many tiles or strips the image has, and of how many the file says where they are.
    private static (double Parts, double Said) Parts(Entry[] entries, ulong width, ulong height)
    {
        bool tiled = Find(entries, TileWidth).Count + Find(entries, TileLength).Count > 0;
        double planes = Value(entries, Planes, 1) == PlaneEach ? Value(entries, Samples, 1) : 1;
        double parts = tiled
            ? Along(width, Value(entries, TileWidth, width)) * Along(height, Value(entries, TileLength, height))
            : Along(height, Value(entries, RowsPerStrip, height));
        return (parts * planes, Find(entries, tiled ? TileOffsets : StripOffsets).Count);
    }

    private static double Along(ulong side, ulong part) => Math.Ceiling(side / (double)part);

    private static ulong Value(Entry[] entries, int tag, ulong absent) =>
        Find(entries, tag) is { Count: > 0 } found ? found.Value : absent;

    private static Entry Find(Entry[] entries, int tag) => Array.Find(entries, entry => entry.Tag == tag);

    // The place of the directory, from byte 4, or 8 in a BigTIFF; there the count of entries, and the entries.
    private static Entry[] Entries(Reader file)
    {
        bool big = file.Number(2, 2) == 43;
        (int word, int size, int counted) = big ? (8, 20, 8) : (4, 12, 2);
        ulong at = file.Number((ulong)word, word), count = file.Number(at, counted);
        if (count > (ulong)(file.Length / size))
            throw new UnreadableImageException(UnreadableImageException.CutShort);
        var entries = new Entry[count];
        for (int i = 0; i < entries.Length; i++)
            entries[i] = Read(file, at + (ulong)(counted + (i * size)), word);
        return entries;
    }

    // Tag (2 bytes), type (2), count (a word), and in as many bytes the values, or the place where they begin.
    private static Entry Read(Reader file, ulong at, int word)
    {
        int tag = (int)file.Number(at, 2), type = (int)file.Number(at + 2, 2);
        int size = type < TypeSizes.Length ? TypeSizes[type] : 0;
        ulong count = file.Number(at + 4, word), place = at + 4 + (ulong)word;
        // More than there are bytes is too many; so sums of them stay far from 2^64.
        ulong bytes = Math.Min(count, (ulong)file.Length + 1) * (ulong)size;
        return bytes <= (ulong)word
            ? new Entry(tag, count, 0, 0, size is 2 or 4 or 8 ? file.Number(place, size) : 0)
            : new Entry(tag, count, bytes, Math.Min(file.Number(place, word), (ulong)file.Length) + bytes, 0);
    }

    private readonly ref struct Reader(ReadOnlySpan<byte> file, bool little)
    {
        private readonly ReadOnlySpan<byte> _file = file;

        public int Length => _file.Length;

        /// <summary>The number of 2, 4 or 8 bytes at a place.</summary>
        public ulong Number(ulong at, int size)
        {
            if (at > (ulong)(_file.Length - size) || _file.Length < size)
                throw new UnreadableImageException(UnreadableImageException.CutShort);
            ReadOnlySpan<byte> bytes = _file.Slice((int)at, size);
            ulong number = 0;
            for (int i = 0; i < size; i++)
                number = (number << 8) | bytes[little ? size - 1 - i : i];
            return number;
        }
    }
}
