using System.Text.RegularExpressions;

namespace Vlm.Datasets;

/// <summary>What a row has and a prompt does not: an image, a video or tools are never left out without a word.</summary>
internal static partial class UnreadColumns
{
    private static readonly string[] s_media = ["video", "videos", "audio", "audios", "frames", "depth", "mask"];

    private static readonly string[] s_prompt = ["tools", "functions", "objects", "history", "system"];

    private static readonly string[] s_endings =
        [".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".svg", ".jfif"];

    // File names have some, sentences more.
    private const int MostBlanks = 4;

    /// <summary>Refuses a row with an unread column that would change its prompt.</summary>
    /// <param name="row">The row, read.</param>
    /// <param name="hasImages">Some of its images were read.</param>
    public static void Refuse(Row row, bool hasImages)
    {
        foreach ((string column, object? value) in row.Unread)
        {
            if (row.Map.Of(column) is null || row.Map.Given.Values.Any(given => given.Split('.')[0] == column))
                continue;
            if (s_prompt.Contains(column) && !Values.IsNothing(Values.Structured(value)))
                throw Left(row, column, $"the column {column} would change the prompt, and is not read in this layout");
            if ((s_media.Contains(column) || (MediaName().IsMatch(column) && value is string)) && !IsPlain(value))
                throw Left(row, column, $"the column {column} holds what no prompt here shows");
            if (!hasImages && ImageName().IsMatch(column) && value is string or long)
                throw row.Wrong(
                    $"the column {column} says of which image the row is, and the row has no image",
                    $"{nameof(DatasetOptions.Columns)} = image=COLUMN, or {nameof(DatasetOptions.IgnoreColumns)} = {column}, where it needs none");
            if (IsImage(value, hasImages && !(ImageWord().IsMatch(column) && !ImageName().IsMatch(column))))
                throw row.Wrong(
                    $"the column {column} holds an image that the prompt does not show",
                    $"{nameof(DatasetOptions.Columns)} = image={column}, or {nameof(DatasetOptions.IgnoreColumns)} = {column}");
        }
    }

    private static UsageException Left(Row row, string column, string problem) =>
        row.Wrong(problem, $"{nameof(DatasetOptions.IgnoreColumns)} = {column}, to leave it out");

    private static bool IsPlain(object? value) => value is bool or long or double;

    private static bool IsImage(object? value, bool hasImages) => value switch
    {
        byte[] bytes => Images.ImageFormats.Of(bytes) is not null,
        IReadOnlyDictionary<string, object?> fields => fields.Count <= 3 && fields.ContainsKey("bytes") && fields.ContainsKey("path"),
        object?[] list => list.Any(item => IsImage(item, hasImages)),
        string text => text.StartsWith("data:image/", StringComparison.Ordinal) || (!hasImages && IsPath(text)),
        _ => false,
    };

    // Beside an image that was read, a path mostly says where that came from.
    private static bool IsPath(string text) => text.Length < 1024 && text.Count(char.IsWhiteSpace) < MostBlanks
        && s_endings.Any(ending => text.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex(@"\A(?:video|audio)s?_?(?:path|file|file_?name|name|url)s?\z", RegexOptions.IgnoreCase)]
    private static partial Regex MediaName();

    // second_image, image_after, photo2: another image, where image_path says where the same one came from.
    [GeneratedRegex(@"image|img|picture|photo", RegexOptions.IgnoreCase)]
    private static partial Regex ImageWord();

    // image_id of VQA, imageId of GQA, image_name, img_url ...
    [GeneratedRegex(@"\A(?:image|img|picture|photo)[_ ]?(?:id|name|file|file[_ ]?name|path|url|uri|link|src|source)s?\z", RegexOptions.IgnoreCase)]
    private static partial Regex ImageName();
}
