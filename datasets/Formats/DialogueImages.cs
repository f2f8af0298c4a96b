namespace Vlm.Datasets;

/// <summary>Finds the images that a conversation names.</summary>
internal static class DialogueImages
{
    /// <param name="image">A path, bytes, or a struct that holds either.</param>
    /// <param name="row">Where it is named.</param>
    /// <param name="folder">Where paths start; null for the folder of the row's file.</param>
    /// <exception cref="UsageException">A link, or a file that is not there.</exception>
    public static ImageSource Read(object image, Row row, string? folder)
    {
        if (image is IReadOnlyDictionary<string, object?> fields)
            return Read(Inside(fields) ?? throw row.Wrong("an image has neither bytes nor a path", Fix), row, folder);
        if (image is byte[] bytes)
            return bytes;
        if (image is not string path || path.Length == 0 || path.Contains("://", StringComparison.Ordinal)
            || path.StartsWith("data:", StringComparison.Ordinal))
            throw row.Wrong($"an image is '{Short(image)}', which is no path of a file", Fix);

        string file = Path.Combine(folder ?? row.Folder, path);
        return File.Exists(file)
            ? ImageSource.FromFile(file)
            : throw row.Wrong(
                $"there is no image {path} in {folder ?? row.Folder}",
                "the folder that image paths start from, in ConversationOptions.Images");
    }

    private const string Fix = "the path of an image file, from the folder of this file or ConversationOptions.Images";

    private static object? Inside(IReadOnlyDictionary<string, object?> fields) =>
        fields.GetValueOrDefault("bytes") ?? fields.GetValueOrDefault("path")
        ?? fields.GetValueOrDefault("file_path") ?? fields.GetValueOrDefault("url");

    private static string Short(object image) => $"{image}" is { Length: > 40 } text ? text[..40] + "..." : $"{image}";
}
