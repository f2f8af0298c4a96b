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
    private static readonly JsonSerializerOptions s_json = new()
    {
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
        Converters = { new IdText() },
    };

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
    public static bool IsIn(string path) => JsonShape.IsCoco(JsonRows.WithoutMark(DataStream.Start(path, 1 << 16)));

    /// <summary>The rows of a file, and what was left out.</summary>
    /// <exception cref="UsageException">It is not JSON, lacks one of the three lists, or an annotation points nowhere.</exception>
    public static (IReadOnlyList<RowOrProblem> Rows, string? LeftOut) Rows(string path)
    {
        (Dictionary<string, Image> images, Dictionary<string, string> names, Annotation[] all) = Checked(Parse(path), path);
        var rows = new List<RowOrProblem>();
        int ambiguous = 0;
        foreach (IGrouping<(string, string), Annotation> pair in all.GroupBy(annotation => (annotation.ImageId, annotation.CategoryId)))
            if (pair.Count() > 1 || pair.First().IsCrowd is not ("0" or "false"))
                ambiguous++;
            else
                rows.Add(Row(pair.First(), images, names, path));
        return (rows, ambiguous == 0 ? null : string.Create(CultureInfo.InvariantCulture,
            $"{ambiguous} pairs of an image and a category have several objects, or a crowd, and so no single right box: left out"));
    }

    private static RowOrProblem Row(Annotation annotation, Dictionary<string, Image> images, Dictionary<string, string> names, string path)
    {
        string where = $"{path}, annotation {annotation.Id}";
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
            ["image_width"] = image.Width,
            ["image_height"] = image.Height,
        }, $"{Datasets.Rows.NameOf(path)}-{annotation.Id}", where, Datasets.Rows.FolderOf(path));
    }

    private static (Dictionary<string, Image>, Dictionary<string, string>, Annotation[]) Checked(Content file, string path)
    {
        string[] missing =
        [
            .. file.Images is null ? ["images"] : Array.Empty<string>(),
            .. file.Annotations is null ? ["annotations"] : Array.Empty<string>(),
            .. file.Categories is null ? ["categories"] : Array.Empty<string>(),
        ];
        if (missing.Length > 0)
            throw new UsageException($"the COCO file lacks {string.Join(" and ", missing)}", path, "a file with images, annotations and categories");
        var images = new Dictionary<string, Image>();
        foreach (Image image in file.Images!)
            images[image.Id] = image;
        var names = new Dictionary<string, string>();
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
                $"the file is no COCO annotation file: {broken.Path ?? "it"} {(broken.InnerException is null ? "is of another kind" : "is not JSON")}", JsonRows.At(path, 1 + (broken.LineNumber ?? 0)),
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
        public string Id { get; init; } = "";

        [JsonPropertyName("file_name")]
        public string? FileName { get; init; }

        [JsonPropertyName("width")]
        public double? Width { get; init; }

        [JsonPropertyName("height")]
        public double? Height { get; init; }
    }

    private sealed record Category
    {
        [JsonPropertyName("id")]
        public string Id { get; init; } = "";

        [JsonPropertyName("name")]
        public string? Name { get; init; }
    }

    private sealed record Annotation
    {
        [JsonPropertyName("id")]
        public string Id { get; init; } = "";

        [JsonPropertyName("image_id")]
        public string ImageId { get; init; } = "";

        [JsonPropertyName("category_id")]
        public string CategoryId { get; init; } = "";

        [JsonPropertyName("iscrowd")]
        public string IsCrowd { get; init; } = "0";

        [JsonPropertyName("bbox")]
        public double[]? Box { get; init; }
    }

    // An id is a number or a text, and a flag may be a number: 7, "7" and 7.0 are one.
    private sealed class IdText : JsonConverter<string>
    {
        public override bool HandleNull => true;

        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number => reader.GetDouble().ToString("R", CultureInfo.InvariantCulture),
            JsonTokenType.True => "true",
            JsonTokenType.False => "false",
            _ => throw new JsonException(),
        };

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
    }
}
