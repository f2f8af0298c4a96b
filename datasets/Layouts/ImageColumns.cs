using System.Globalization;

namespace Vlm.Datasets;

/// <summary>Finds the columns of a row that hold its images.</summary>
internal static class ImageColumns
{
    /// <summary>What published files call the column of an image.</summary>
    internal static readonly string[] Names =
        ["image", "images", "image_path", "image_paths", "image_file", "img", "img_path", "picture", "image_bytes", "image_base64", "file_name"];

    private static readonly string[] s_roles = ["image", "images"];

    // image_1 ... of one row.
    private const int Most = 100;

    /// <summary>The images in order; those of image_1, image_2 ... with their numbers.</summary>
    /// <exception cref="UsageException">Two columns could be the images.</exception>
    public static IReadOnlyList<RowImage> Read(Row row)
    {
        RowImage[] numbered = [.. Numbered(row)];
        string[] names = [.. s_roles.Where(row.Map.Has)];
        if (names.Length == 0)
            names = [.. Names.Where(row.Has)];
        else if (names.FirstOrDefault(name => !row.Has(name)) is { } missing && !row.Columns.Contains(row.Map.Given[missing].Split('.')[0]))
            throw Roles.Missing(row, missing);
        if (names is ["image_path" or "file_name" or "image_file", ..] or [_, "image_path" or "file_name" or "image_file"]
            && numbered.Length == 0)
            names = [names[0]];         // where the image of the row came from
        if (names.Length + (numbered.Length > 0 ? 1 : 0) > 1)
            throw row.Wrong(
                $"the columns {string.Join(" and ", names.Concat(numbered.Length > 0 ? [Name(Enumerable.Range(0, Most).First(number => row.Has(Name(number))))] : []))} each hold images",
                $"{nameof(DatasetOptions.IgnoreColumns)} = {names[^1]}");
        return numbered.Length > 0 ? numbered
            : [.. names.SelectMany(name => Listed(row[name], row)).Select(value => new RowImage(value))];
    }

    // A list, or a list as JSON or Python write it.
    private static IEnumerable<object> Listed(object? value, Row row)
    {
        object? known = value is string text && Values.Texts(text) is { } paths ? paths : Values.Structured(value);
        return known is object?[] list && !Values.IsNothing(list) && list.Any(Values.IsNothing)
            ? throw row.Wrong("one of the images is nothing", "a path, bytes or base64 for each image")
            : Values.Listed(known);
    }

    // From 1, as MMMU's marks name them; or from 0, and then in their order alone.
    private static IEnumerable<RowImage> Numbered(Row row)
    {
        int first = row.Columns.Contains("image_0") ? 0 : 1;
        return Enumerable.Range(0, Most).Where(number => row.Has(Name(number)))
            .Select(number => new RowImage(row[Name(number)]!, first == 0 ? 0 : number));
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"image_{number}");
}
