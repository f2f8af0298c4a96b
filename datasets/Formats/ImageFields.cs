namespace Vlm.Datasets;

/// <summary>Finds the images that a row of a file names.</summary>
internal static class ImageFields
{
    /// <param name="image">A path, bytes, or a struct that holds either.</param>
    /// <param name="folder">Where paths start.</param>
    /// <param name="folderHint">Where that folder is said, for messages.</param>
    /// <param name="wrong">Makes a complaint about the row from what is wrong and what would be right.</param>
    /// <param name="name">What messages about its bytes call it; null for what the caller says.</param>
    /// <exception cref="UsageException">A link, or a file that is not there.</exception>
    public static ImageSource Read(
        object? image, string folder, string folderHint, Func<string, string, UsageException> wrong, string? name = null)
    {
        string fix = $"the path of an image file, from {folderHint}";
        if (image is IReadOnlyDictionary<string, object?> fields)
            return Read(
                Inside(fields) ?? throw wrong("an image has neither bytes nor a path", fix), folder, folderHint, wrong,
                name);
        if (image is byte[] bytes)
            return ImageSource.FromBytes(bytes, name);
        if (image is not string path || path.Length == 0 || path.Contains("://", StringComparison.Ordinal)
            || path.StartsWith("data:", StringComparison.Ordinal))
            throw wrong($"an image is '{Short($"{image}")}', which is no path of a file", fix);

        string file = Path.Combine(folder, path);
        return File.Exists(file)
            ? ImageSource.FromFile(file)
            : throw wrong($"there is no image {path} in {folder}", fix);
    }

    private static object? Inside(IReadOnlyDictionary<string, object?> fields) =>
        fields.GetValueOrDefault("bytes") ?? fields.GetValueOrDefault("path")
        ?? fields.GetValueOrDefault("file_path") ?? fields.GetValueOrDefault("url");

    private static string Short(string image) => image.Length > 40 ? image[..40] + "..." : image;
}
