using System.Globalization;
using System.Net;
using System.Text;
using Vlm;
using Vlm.Datasets;
using Vlm.Images;
using Vlm.Rewards;

/// <summary>Sample rows as one page that needs nothing beside it: the chat, the images with the true box, what is right.</summary>
static class DataPage
{
    private const int LongestSide = 360, LongestText = 4000;

    private const string Style = """
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 62rem; padding: 0 1rem; color: #1c1c1c; background: #fafafa }
        pre { background: #fff; border: 1px solid #ddd; padding: .7rem; overflow: auto; white-space: pre-wrap }
        section { background: #fff; border: 1px solid #ddd; border-radius: 6px; margin: 1rem 0; padding: .4rem 1rem 1rem }
        h2 { font-size: 1rem; margin: .6rem 0 } h2 small { font-weight: normal; color: #666 }
        figure { display: inline-block; position: relative; margin: .2rem .6rem .2rem 0 } figure img { display: block; max-width: 100% }
        figure div { position: absolute; border: 2px solid #e0004d; box-sizing: border-box }
        p { margin: .3rem 0; white-space: pre-wrap } b { color: #555; font-weight: 600 } .truth { border-left: 3px solid #2a8; padding-left: .6rem }
        """;

    /// <summary>Writes the page; it is whole or as it was.</summary>
    /// <param name="path">Where.</param>
    /// <param name="title">What the rows are from.</param>
    /// <param name="data">The data set.</param>
    /// <param name="rows">How many of its examples, from the first to the last in equal steps.</param>
    public static void Write(string path, string title, Dataset data, int rows)
    {
        var page = new StringBuilder($"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{Text(title)}</title>\n<style>\n{Style}\n</style></head>\n<body>\n");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Text(title)}</h1>\n<pre>{Text(string.Join('\n', data.Report.Lines()))}</pre>\n");
        int count = Math.Min(rows, data.Examples.Count);
        for (int i = 0; i < count; i++)
            page.Append(Section(data.Examples[(int)((long)i * (data.Examples.Count - 1) / Math.Max(1, count - 1))]));
        page.Append("</body></html>\n");
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        CompleteFile.WriteText(path, page.ToString());
    }

    private static string Section(Example example)
    {
        var text = new StringBuilder($"<section>\n<h2>{Text(example.Id)} <small>{Text(example.Kind)}, {Text(example.Truth.Kind.Name)}</small></h2>\n");
        int image = 0;
        foreach (Message turn in example.Messages)
        {
            text.Append(CultureInfo.InvariantCulture, $"<p><b>{Text(turn.Role)}</b> ");
            foreach (Content part in turn.Content)
                text.Append(part.Text is { } said ? Text(said) : Figure(example, image++));
            text.Append("</p>\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"<p class=\"truth\"><b>answer</b> {Text(example.Answer)}\n<b>right</b> {Text(Right(example.Truth))}</p>\n");
        return text.Append("</section>\n").ToString();
    }

    private static string Figure(Example example, int number)
    {
        RgbImage image = Small(example.Images[number].Decode(example.Id));
        string box = number == 0 && example.Truth is Truth.Region region ? Rectangle(region) : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"<figure><img width=\"{image.Width}\" height=\"{image.Height}\" alt=\"image {number + 1}\" src=\"data:image/png;base64,{Convert.ToBase64String(ImageCodec.EncodePng(image))}\">{box}</figure>");
    }

    // A share of its frame is the same share of the image, whatever the frame is.
    private static string Rectangle(Truth.Region region)
    {
        Box box = region.Box;
        return string.Create(CultureInfo.InvariantCulture, $"<div style=\"left:{100 * box.X1 / region.Width:F2}%;top:{100 * box.Y1 / region.Height:F2}%;"
            + $"width:{100 * (box.X2 - box.X1) / region.Width:F2}%;height:{100 * (box.Y2 - box.Y1) / region.Height:F2}%\"></div>");
    }

    private static RgbImage Small(RgbImage image)
    {
        double scale = (double)LongestSide / Math.Max(image.Width, image.Height);
        return scale >= 1 ? image : PilResize.Resize(
            image, Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale)), ResizeFilter.Box);
    }

    private static string Right(Truth truth) => truth switch
    {
        Truth.Region region => string.Create(CultureInfo.InvariantCulture,
            $"box [{region.Box.X1}, {region.Box.Y1}, {region.Box.X2}, {region.Box.Y2}] in {OptionText.Show(region.Frame)} of {region.Width} x {region.Height}"),
        Truth.Choice choice => $"{choice.Letter} of {string.Join(" | ", choice.Options)}",
        _ => truth.Kind.Write(truth).Text ?? truth.Kind.Name,
    };

    private static string Text(string text) => WebUtility.HtmlEncode(text.Length > LongestText ? text[..LongestText] + " ..." : text);
}
