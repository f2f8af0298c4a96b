namespace Vlm.Checkpoints;

/// <summary>What lies where a file of a model was meant to be: a pointer that Git LFS never followed, a page of a server, an archive.</summary>
internal static class NotTheFile
{
    private const string WebPage = "a web page, not the file itself", WebFix = "download the file itself: .../resolve/main/FILE";

    private static readonly (byte[] Start, string Name, string Fix)[] s_known =
    [
        ([.. "version https://git-lfs"u8], "a Git LFS pointer, not the file itself", "git lfs pull, in the folder; or download the file itself"),
        ([.. "<!DOCTYPE"u8], WebPage, WebFix),
        ([.. "<!doctype"u8], WebPage, WebFix),
        ([.. "<html"u8], WebPage, WebFix),
        ([.. "PK\u0003\u0004"u8], "a zip archive, as torch.save writes it, which can run code and is not read",
            "in Python, AutoModelForImageTextToText.from_pretrained(FOLDER).save_pretrained(OTHER)"),
        ([.. "GGUF"u8], "a GGUF file, which is quantized", "the folder that it was made from"),
    ];

    /// <summary>As many bytes of a file as tell.</summary>
    internal const int Head = 24;

    /// <summary>What a file is by its first bytes; null where it may be what its name says.</summary>
    /// <param name="head">At least <see cref="Head"/> bytes, or all.</param>
    /// <param name="path">The file.</param>
    internal static UsageException? Of(ReadOnlySpan<byte> head, string path)
    {
        foreach ((byte[] start, string name, string fix) in s_known)
            if (head.StartsWith(start))
                return new UsageException($"{Path.GetFileName(path)} is {name}", path, fix);
        return null;
    }
}
