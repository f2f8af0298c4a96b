using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>ms-swift: messages or query and response, with boxes in a column of their own.</summary>
internal static class SwiftLayout
{
    /// <summary>It has what only ms-swift has beside a conversation.</summary>
    public static bool Is(Row row) =>
        (row.Columns.Contains("query") && row.Columns.Contains("response"))
        || (row.Columns.Contains("messages") && (row.Columns.Contains("objects") || row.Columns.Contains("solution")
            || row.Columns.Contains("rejected_response")));

    /// <summary>The turns with the names and boxes of objects in place; one box that is the whole answer is the truth.</summary>
    public static RowParts Read(Row row)
    {
        RowParts parts = row.Has("messages") ? ChatLayouts.Chat(row, "messages") : Queried(row);
        object? answer = Roles.Answer(row);
        SwiftObjects? objects = SwiftObjects.Read(row);
        if (objects is null)
            return parts with { Answer = answer };
        object? box = answer is null && parts.Turns[^1].Role == "assistant" ? objects.OnlyBox(parts.Turns) : null;
        return parts with
        {
            Turns = objects.Placed(parts.Turns, row),
            Answer = answer,
            Box = box,
            Frame = objects.Frame,
            BoxForm = BoxForm.Xyxy,
            Named = objects.Boxes,
        };
    }

    private static RowParts Queried(Row row)
    {
        string query = row["query"] as string ?? throw row.Wrong("the row has no query", "query: the question");
        return QuestionLayouts.Asked(row, query);
    }
}

/// <summary>The column <c>objects</c>: what <c>&lt;ref-object&gt;</c> and <c>&lt;bbox&gt;</c> stand for, in order.</summary>
/// <param name="Names">Of the objects.</param>
/// <param name="Boxes">Two numbers are a point, four a box: x1, y1, x2, y2.</param>
/// <param name="Frame">What the numbers mean.</param>
internal sealed record SwiftObjects(IReadOnlyList<string> Names, IReadOnlyList<double[]> Boxes, Frame Frame)
{
    private const string NameMark = "<ref-object>", BoxMark = "<bbox>";

    /// <summary>Reads the column; null where the row has none.</summary>
    public static SwiftObjects? Read(Row row)
    {
        object? value = Values.Structured(row["objects"]);
        if (Values.IsNothing(value))
            return null;
        if (value is not IReadOnlyDictionary<string, object?> fields)
            throw row.Wrong($"objects is {Values.KindOf(value)}", "objects: {ref: [name, ...], bbox: [[x1, y1, x2, y2], ...]}");
        string[] names = Values.Texts(fields.GetValueOrDefault("ref") ?? Array.Empty<object?>())
            ?? throw row.Wrong("the names of the objects are no list of texts", "ref: [name, ...]");
        double[][] boxes = [.. (fields.GetValueOrDefault("bbox") as object?[] ?? []).Select(box => Values.Numbers(box) is { Length: 2 or 4 } numbers
            ? numbers : throw row.Wrong("a box of the objects is not two or four numbers", "bbox: [[x1, y1, x2, y2], ...]"))];
        if (Values.Numbers(fields.GetValueOrDefault("image_id"))?.FirstOrDefault(image => image != 0) is { } other and not 0)
            throw row.Wrong(
                $"image_id of the objects is {other:R}: boxes are read of the first image alone", "boxes of the first image, image_id: [0, ...]");
        return new(names, boxes, FrameOf(fields.GetValueOrDefault("bbox_type"), row));
    }

    /// <summary>The box that is the whole last answer, which no other mark stands before; null where it is none.</summary>
    public object? OnlyBox(IReadOnlyList<Message> turns) =>
        Boxes is [{ Length: 4 } box] && TextOf(turns[^1]).Trim() == BoxMark ? box.Cast<object?>().ToArray() : null;

    /// <summary>The turns with names and boxes in place of their marks.</summary>
    /// <exception cref="UsageException">There are more or fewer marks than objects.</exception>
    public IReadOnlyList<Message> Placed(IReadOnlyList<Message> turns, Row row)
    {
        int name = 0, box = 0;
        Message[] placed = [.. turns.Select(turn => turn with
        {
            Content = [.. turn.Content.Select(part => part.Text is { } text ? new Content(Fill(text)) : part)],
        })];
        if (name != Names.Count || box != Boxes.Count)
            throw row.Wrong(
                $"the texts have {name} {NameMark} and {box} {BoxMark}, and objects has {Names.Count} names and {Boxes.Count} boxes",
                "as many marks as objects");
        return placed;

        string Fill(string text)
        {
            text = Marks.Replace(text, NameMark, _ => name < Names.Count ? Names[name++] : throw TooMany(NameMark));
            return Marks.Replace(text, BoxMark, _ => box < Boxes.Count ? BoxText.Show(Boxes[box++]) : throw TooMany(BoxMark));
        }

        UsageException TooMany(string mark) => row.Wrong(
            $"the texts have more {mark} than objects has {(mark == NameMark ? "names" : "boxes")}", "as many marks as objects");
    }

    private static Frame FrameOf(object? type, Row row) => type switch
    {
        null or "real" => Frame.OriginalPixels,
        "norm1" => Frame.Unit,
        "norm1000" => Frame.Thousand,
        _ => throw row.Wrong($"bbox_type is '{type}'", "real, norm1 or norm1000"),
    };

    private static string TextOf(Message turn) => string.Concat(turn.Content.Select(part => part.Text));
}
