using System.Globalization;

namespace Vlm.Checkpoints;

/// <summary>A number of bytes as people write it: 5GB, 500MB, 1.5GiB, 1048576.</summary>
public static class ByteSize
{
    private static readonly (string Unit, decimal Bytes)[] s_units =
    [
        ("KIB", 1L << 10), ("MIB", 1L << 20), ("GIB", 1L << 30), ("TIB", 1L << 40),
        ("KB", 1e3m), ("MB", 1e6m), ("GB", 1e9m), ("TB", 1e12m), ("B", 1), ("", 1),
    ];

    /// <summary>Reads a size. GB is a thousand million bytes, GiB is 2^30, as the hub's tools count.</summary>
    /// <param name="text">A number and a unit in capitals or not; without a unit, bytes.</param>
    /// <param name="option">The property that holds it, for the message.</param>
    /// <exception cref="UsageException">It is no size, less than one byte, or more than there can be.</exception>
    public static long Parse(string text, string option)
    {
        string trimmed = text.Trim().ToUpperInvariant();
        (string unit, decimal scale) = s_units.First(known => trimmed.EndsWith(known.Unit, StringComparison.Ordinal));
        if (decimal.TryParse(trimmed.AsSpan(0, trimmed.Length - unit.Length), NumberStyles.AllowDecimalPoint
                | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out decimal number)
            && number < long.MaxValue / scale && number * scale >= 1)
            return (long)(number * scale);

        throw new UsageException(
            $"\"{text}\" is no size: write a number and B, KB, MB, GB or TB (KiB, MiB ... for powers of 1024)",
            $"{option} = {text}", $"{option} = 5GB");
    }
}
