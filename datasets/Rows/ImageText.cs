using System.Buffers.Text;
using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>Images that a row writes as a text: a data URL, base64, a path, or a file URL.</summary>
internal static partial class ImageText
{
    // The shortest image is longer, and file names are shorter or have a dot.
    private const int ShortestBase64 = 80;

    /// <summary>The bytes that a data URL or base64 stands for; null for a path or an address.</summary>
    /// <exception cref="UsageException">A data URL that is not base64, or base64 that is damaged.</exception>
    public static byte[]? Encoded(string text, Row row)
    {
        if (text.StartsWith("data:", StringComparison.OrdinalIgnoreCase))
            return DataUrl(text, row);
        string packed = text.Contains('\n', StringComparison.Ordinal) ? string.Concat(text.Where(letter => !char.IsWhiteSpace(letter))) : text;
        if (packed.Length < ShortestBase64 || !Base64Letters().IsMatch(packed) || Decoded(packed) is not { } bytes)
            return null;
        return Base64.IsValid(packed) || Images.ImageFormats.Of(bytes) is not null ? bytes : null;
    }

    // Standard or URL-safe letters (RFC 4648), padded or not; null where it is damaged.
    private static byte[]? Decoded(string text)
    {
        string packed = string.Concat(text.Where(letter => !char.IsWhiteSpace(letter))).Replace('-', '+').Replace('_', '/').TrimEnd('=');
        packed = packed.PadRight((packed.Length + 3) / 4 * 4, '=');
        return Base64.IsValid(packed) ? Convert.FromBase64String(packed) : null;
    }

    /// <summary>The scheme of an address, in small letters; null for a path.</summary>
    public static string? Scheme(string text) => text.StartsWith("file:/", StringComparison.OrdinalIgnoreCase) ? "file"
        : Address().Match(text) is { Success: true } found ? found.Groups[1].Value.ToLowerInvariant() : null;

    /// <summary>The path of a file URL, or the path itself.</summary>
    public static string LocalPath(string text, Row row)
    {
        if (Scheme(text) is null)
            return text.Length > 0 && !text.Contains('\0', StringComparison.Ordinal)
                ? text : throw row.Wrong("the path of an image is empty, or holds a zero", "the path of an image file");
        text = text.StartsWith("file://", StringComparison.OrdinalIgnoreCase) ? text : $"file://{text["file:".Length..]}";
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Host is "" or "localhost"
            ? Uri.UnescapeDataString(url!.AbsolutePath)
            : throw row.Wrong($"an image is '{Short(text)}', a file of another machine", "the path of an image file");
    }

    /// <summary>The start of a text, for messages.</summary>
    public static string Short(string text) => text.Length > 60 ? text[..60] + "..." : text;

    private static byte[] DataUrl(string text, Row row)
    {
        int comma = text.IndexOf(',', StringComparison.Ordinal);
        if (comma < 0 || !text.AsSpan(0, comma).EndsWith(";base64", StringComparison.OrdinalIgnoreCase))
            throw row.Wrong($"an image is '{Short(text)}', a data URL without base64", "data:image/png;base64,...");
        ReadOnlySpan<char> payload = text.AsSpan(comma + 1);
        string unescaped = payload.Contains('%') ? Uri.UnescapeDataString(payload.ToString()) : payload.ToString();
        return Decoded(unescaped) ?? throw row.Wrong("the base64 of an image is damaged", "base64 of the whole image file");
    }

    [GeneratedRegex(@"\A[A-Za-z0-9+/_-]+={0,2}\z")]
    private static partial Regex Base64Letters();

    [GeneratedRegex(@"\A([A-Za-z][A-Za-z0-9+.-]{1,20})://")]
    private static partial Regex Address();
}
