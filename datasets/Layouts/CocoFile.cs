using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>
/// Annotations of COCO: for each image and category with exactly one object, where that object is. Pairs with several, or with a
/// crowd, have no single right box; they are left out and counted.
/// </summary>
internal static class CocoFile
{
    private static readonly JsonSerializerOptions s_json = new() { NumberHandling = JsonNumberHandling.AllowReadingFromString };

    /// <summary>Rows that <see cref="Rows"/> made.</summary>
    public static bool Is(Row row) => row.Columns.Contains("coco_category");

    /// <summary>Where the object is; x, y, width, height in pixels of the image.</summary>
    public static RowParts Read(Row row) => QuestionLayouts.Asked(row, Grounding.Ask($"the {row["coco_category"]}")) with
    {
        Box = row["bbox"],
        Frame = Frame.OriginalPixels,
        BoxForm = BoxForm.Xywh,
    };

    /// <summary>True where a file of one object is laid out so.</summary>
    public static bool IsIn(string path)
    {
        string start = System.Text.Encoding.UTF8.GetString(DataStream.Start(path, 1 << 16));
        return start.Contains("\"annotations\"", StringComparison.Ordinal) || start.Contains("\"categories\"", StringComparison.Ordinal)
            || start.Contains("\"licenses\"", StringComparison.Ordinal) || start.Contains("\"info\"", StringComparison.Ordinal);
    }

    /// <summary>The rows of a file, and what was left out.</summary>
    /// <exception cref="UsageException">It is not JSON, lacks one of the three lists, or an annotation points nowhere.</exception>
    public static (IReadOnlyList<RowOrProblem> Rows, string? LeftOut) Rows(string path)
    {
        (Dictionary<long, Image> images, Dictionary<long, string> names, Annotation[] all) = Checked(Parse(path), path);
        var rows = new List<RowOrProblem>();
        int ambiguous = 0;
        foreach (IGrouping<(long, long), Annotation> pair in all.GroupBy(annotation => (annotation.ImageId, annotation.CategoryId)))
            if (pair.Count() > 1 || pair.First().IsCrowd != 0)
                ambiguous++;
            else
                rows.Add(Row(pair.First(), images, names, path));
        return (rows, ambiguous == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"{ambiguous} pairs of an image and a category have several objects, or a crowd, and so no single right box: left out"));
    }

    private static RowOrProblem Row(Annotation annotation, Dictionary<long, Image> images, Dictionary<long, string> names, string path)
    {
        string where = string.Create(CultureInfo.InvariantCulture, $"{path}, annotation {annotation.Id}");
        if (!images.TryGetValue(annotation.ImageId, out Image? image) || !names.TryGetValue(annotation.CategoryId, out string? category))
            return new UsageException(
                $"image {annotation.ImageId} or category {annotation.CategoryId} of the annotation is in none of the lists", where,
                "an annotation whose image_id and category_id are in images and categories");
        return new Row(new Dictionary<string, object?>
        {
            ["id"] = annotation.Id,
            ["file_name"] = image.FileName,
            ["coco_category"] = category,
            ["category"] = category,
            ["bbox"] = annotation.Box?.Cast<object?>().ToArray(),
        }, Datasets.Rows.NameOf(path, (int)annotation.Id), where, Datasets.Rows.FolderOf(path));
    }

    private static (Dictionary<long, Image>, Dictionary<long, string>, Annotation[]) Checked(Content file, string path)
    {
        string[] missing =
        [
            .. file.Images is null ? ["images"] : Array.Empty<string>(),
            .. file.Annotations is null ? ["annotations"] : Array.Empty<string>(),
            .. file.Categories is null ? ["categories"] : Array.Empty<string>(),
        ];
        if (missing.Length > 0)
            throw new UsageException($"the COCO file lacks {string.Join(" and ", missing)}", path, "a file with images, annotations and categories");
        var images = new Dictionary<long, Image>();
        foreach (Image image in file.Images!)
            images[image.Id] = image;
        var names = new Dictionary<long, string>();
        foreach (Category category in file.Categories!)
            names[category.Id] = category.Name ?? throw new UsageException(
                $"category {category.Id} has no name", path, "a name for each category");
        return (images, names, file.Annotations!);
    }

    private static Content Parse(string path)
    {
        try
        {
            using Stream stream = DataStream.Open(path);
            return JsonSerializer.Deserialize<Content>(stream, s_json) ?? new Content();
        }
        catch (JsonException broken)
        {
            throw new UsageException(
                $"the file is no COCO annotation file: {broken.Message.Split('.')[0]}", JsonRows.At(path, 1 + (broken.LineNumber ?? 0)),
                "images: [{id, file_name}], annotations: [{id, image_id, category_id, bbox}], categories: [{id, name}]");
        }
    }

    private sealed record Content
    {
        [JsonPropertyName("images")]
        public Image[]? Images { get; init; }

        [JsonPropertyName("annotations")]
        public Annotation[]? Annotations { get; init; }

        [JsonPropertyName("categories")]
        public Category[]? Categories { get; init; }
    }

    private sealed record Image
    {
        [JsonPropertyName("id")]
        public long Id { get; init; }

        [JsonPropertyName("file_name")]
        public string? FileName { get; init; }
    }

    private sealed record Category
    {
        [JsonPropertyName("id")]
        public long Id { get; init; }

        [JsonPropertyName("name")]
        public string? Name { get; init; }
    }

    private sealed record Annotation
    {
        [JsonPropertyName("id")]
        public long Id { get; init; }

        [JsonPropertyName("image_id")]
        public long ImageId { get; init; }

        [JsonPropertyName("category_id")]
        public long CategoryId { get; init; }

        [JsonPropertyName("iscrowd")]
        public int IsCrowd { get; init; }

        [JsonPropertyName("bbox")]
        public double[]? Box { get; init; }
    }
}
