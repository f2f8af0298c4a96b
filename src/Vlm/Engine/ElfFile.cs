using System.Buffers.Binary;
using System.Text;

namespace Vlm.Engine;

/// <summary>What is asked of 64-bit little-endian ELF files: the libraries of Linux.</summary>
/// <remarks>Tool Interface Standard ELF specification 1.2, and for versions the Linux Standard Base 5.0, chapter 10.7.</remarks>
internal static class ElfFile
{
    private const int SectionSize = 64, SymbolSize = 24;
    private const uint Symbols = 11, VersionNeeds = 0x6ffffffe, VersionIndices = 0x6fffffff;
    private const ushort Weak = 2, Unversioned = 1;

    /// <summary>True where the file reaches to the end of its table of sections, which linkers write last.</summary>
    internal static bool IsWhole(string path)
    {
        using FileStream file = File.OpenRead(path);
        var head = new byte[SectionSize];
        if (file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) < head.Length || !IsElf(head))
            return false;

        ulong end = Long(head, 0x28) + (ulong)(Short(head, 0x3c) * Short(head, 0x3a));
        return end <= (ulong)file.Length;
    }

    /// <summary>
    /// Makes a library do without one symbol of a newer library, when all the symbol does is run: calls go to another function
    /// of that shape, and the version it came with is no longer demanded.
    /// </summary>
    /// <param name="library">The file's bytes, changed in place.</param>
    /// <param name="symbol">What the old system lacks.</param>
    /// <param name="instead">A function of the C library, no longer in name than the symbol.</param>
    /// <param name="version">The version that the symbol came with.</param>
    /// <returns>True where both the symbol and the version were found.</returns>
    internal static bool Replace(byte[] library, string symbol, string instead, string version)
    {
        if (!IsElf(library) || Section(library, Symbols) is not { } symbols
            || Section(library, VersionIndices) is not { } indices || Section(library, VersionNeeds) is not { } needs)
            return false;

        int names = Start(library, Header(library, (int)Int(library, symbols + 40)));
        bool renamed = Rename(library, symbols, names, Start(library, indices), symbol, instead);
        return Relax(library, Start(library, needs), names, version) && renamed;
    }

    // The symbol's name, and its place in the table of versions: it belongs to none now.
    private static bool Rename(byte[] elf, int symbols, int names, int versions, string symbol, string instead)
    {
        bool found = false;
        (int at, int count) = (Start(elf, symbols), (int)(Long(elf, symbols + 32) / SymbolSize));
        for (int i = 0; i < count; i++)
        {
            int name = names + (int)Int(elf, at + i * SymbolSize);
            if (Text(elf, name) != symbol)
                continue;

            Encoding.ASCII.GetBytes(instead.PadRight(symbol.Length, '\0'), elf.AsSpan(name));
            BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(versions + 2 * i), Unversioned);
            found = true;
        }
        return found;
    }

    // Marks the needed version as weak: its absence is no error.
    private static bool Relax(byte[] elf, int needs, int names, string version)
    {
        bool found = false;
        for (int need = needs; ;)
        {
            int entry = need + (int)Int(elf, need + 8);
            for (int left = Short(elf, need + 2); left > 0; left--)
            {
                if (Text(elf, names + (int)Int(elf, entry + 8)) == version)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(entry + 4), (ushort)(Short(elf, entry + 4) | Weak));
                    found = true;
                }
                entry += (int)Int(elf, entry + 12);
            }
            int next = (int)Int(elf, need + 12);
            if (next == 0)
                return found;
            need += next;
        }
    }

    private static bool IsElf(ReadOnlySpan<byte> head) => head is [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, ..];

    // The header of the first section of a type.
    private static int? Section(byte[] elf, uint type)
    {
        for (int i = 0; i < Short(elf, 0x3c); i++)
            if (Int(elf, Header(elf, i) + 4) == type)
                return Header(elf, i);
        return null;
    }

    private static int Header(byte[] elf, int section) => (int)Long(elf, 0x28) + section * SectionSize;

    private static int Start(byte[] elf, int header) => (int)Long(elf, header + 24);

    private static string Text(byte[] elf, int at) => Encoding.ASCII.GetString(elf, at, elf.AsSpan(at).IndexOf((byte)0));

    private static int Short(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt16LittleEndian(elf[at..]);

    private static uint Int(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt32LittleEndian(elf[at..]);

    private static ulong Long(ReadOnlySpan<byte> elf, int at) => BinaryPrimitives.ReadUInt64LittleEndian(elf[at..]);
}
