namespace Vlm.Datasets;

/// <summary>Where the images of rows are, and where those inside rows are kept.</summary>
/// <param name="folder">Folder that paths start from; null for that of each file.</param>
internal sealed class RowImages(string? folder)
{
    private const long MostInMemory = 1L << 30;

    private readonly Dictionary<string, string> _roots = [];
    private BlobFile? _spill;
    private long _inMemory;

    /// <summary>Finds an image, and reads its header; and all of it, where it does not end as its format does.</summary>
    /// <param name="image">A path, bytes, base64, a data URL, a file URL, or named values that hold one of these.</param>
    /// <param name="row">Where it stands.</param>
    /// <param name="number">Which image of the row it is, from 0.</param>
    /// <exception cref="UsageException">
    /// An address of the network, a file that is not there, lies outside the folder or is no regular file, no image, cut short, or too large.
    /// </exception>
    public ImageSource Read(object image, Row row, int number)
    {
        string origin = $"{row.Where}, image {number + 1}";
        ImageSource source = Inside(image) switch
        {
            byte[] bytes => Keep(bytes, origin),
            string text => Written(text, row, origin),
            null => throw row.Wrong("an image has neither bytes nor a path", Fix),
            var other => throw row.Wrong($"an image is {Values.KindOf(other)}", Fix),
        };
        source.Size(row.Where);
        source.RequireWhole(row.Where);
        return source;
    }

    private string Fix => folder is null
        ? $"the path of an image file in the folder of this file, or {nameof(DatasetOptions.ImageFolder)} = FOLDER"
        : $"the path of an image file in {folder}";

    private static object? Inside(object? image)
    {
        for (int depth = 0; depth < 3 && image is IReadOnlyDictionary<string, object?> fields; depth++)
            image = Bytes(fields) ?? fields.GetValueOrDefault("base64") ?? fields.GetValueOrDefault("data")
                ?? fields.GetValueOrDefault("path") ?? fields.GetValueOrDefault("file_path") ?? fields.GetValueOrDefault("file_name")
                ?? fields.GetValueOrDefault("url") ?? fields.GetValueOrDefault("image_url") ?? fields.GetValueOrDefault("image")
                ?? fields.GetValueOrDefault("source");
        return image;
    }

    // Empty beside a path, as some tools write where there are none.
    private static object? Bytes(IReadOnlyDictionary<string, object?> fields) =>
        fields.GetValueOrDefault("bytes") is not (null or "" or byte[] { Length: 0 }) || Values.IsNothing(fields.GetValueOrDefault("path"))
            ? fields.GetValueOrDefault("bytes") : null;

    private ImageSource Written(string text, Row row, string origin)
    {
        if (ImageText.Encoded(text, row) is { } bytes)
            return Keep(bytes, origin);
        if (ImageText.Scheme(text) is { } scheme && scheme != "file")
            throw row.Wrong(
                $"an image is '{ImageText.Short(text)}', an address; nothing is downloaded",
                "download the images first, and write their paths into the file");
        return ImageSource.FromFile(InFolder(ImageText.LocalPath(text, row), row));
    }

    // Up to a limit in memory; what is more lies in a temporary file that is gone with the process.
    private ImageSource Keep(byte[] bytes, string origin)
    {
        if (bytes.Length > ImageSource.MostBytes)
            throw new UsageException(
                $"the image has {bytes.Length:N0} bytes; at most {ImageSource.MostBytes:N0} are read", origin, "the image at a smaller size");
        if (_inMemory + bytes.Length <= MostInMemory)
        {
            _inMemory += bytes.Length;
            return ImageSource.FromBytes(bytes, origin);
        }

        _spill ??= new BlobFile();
        return ImageSource.FromBlob(_spill, _spill.Append(bytes), bytes.Length, origin);
    }

    private string InFolder(string path, Row row)
    {
        string root = Root(folder ?? row.Folder);
        string file = Path.GetFullPath(Path.Combine(folder ?? row.Folder, path));
        if (!File.Exists(file) && path.Contains('\\', StringComparison.Ordinal))
            file = Path.GetFullPath(Path.Combine(folder ?? row.Folder, path.Replace('\\', '/')));        // written by Windows
        if (!File.Exists(file))
            throw row.Wrong(
                Directory.Exists(file) ? $"the image {ImageText.Short(path)} is a folder" : $"there is no image {ImageText.Short(path)} in {folder ?? row.Folder}", Fix);
        if (!LinkTargets.Real(file).StartsWith(root, StringComparison.Ordinal))
            throw row.Wrong(
                $"the image {ImageText.Short(path)} lies outside of {folder ?? row.Folder}",
                $"{nameof(DatasetOptions.ImageFolder)} = {Path.GetDirectoryName(LinkTargets.Real(file))}, where that may be read");
        return file;
    }

    private string Root(string name)
    {
        if (!_roots.TryGetValue(name, out string? root))
            _roots[name] = root = Path.TrimEndingDirectorySeparator(LinkTargets.Real(Path.GetFullPath(name))) + Path.DirectorySeparatorChar;
        return root;
    }
}
