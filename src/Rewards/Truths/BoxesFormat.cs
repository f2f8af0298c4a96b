using System.Text.Encodings.Web;
using System.Text.Json;

namespace Vlm.Rewards;

/// <summary>Labelled boxes as a text of a table and back: <c>[{"bbox_2d": [10, 20, 30, 40], "label": "cat"}]</c>, or "None".</summary>
/// <remarks>As Qwen2.5-VL and VLM-R1 have them; Visual-RFT's <c>[{'Position': [10, 20, 30, 40], 'Confidence': 1.0}]</c> is read too.</remarks>
internal static class BoxesFormat
{
    private const string Fix = """[{"bbox_2d": [x1, y1, x2, y2], "label": "cat"}, ...], or None""";

    // A label is written as it is, and not as HTML would need it.
    private static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Truth Read(TruthColumns row)
    {
        Frame frame = TruthFormat.FrameOf(row);
        Extent extent = TruthFormat.ExtentOf(row, frame);
        LabelledBox[] items = [.. Items(row)];
        foreach (LabelledBox item in items)
            TruthFormat.Check(row, item.Box, frame, extent);
        return new Truth.Boxes(items, frame, extent.Width, extent.Height);
    }

    public static TruthColumns Write(Truth truth)
    {
        var boxes = (Truth.Boxes)truth;
        return new()
        {
            Text = JsonSerializer.Serialize(boxes.Items.Select(item => new Dictionary<string, object>
            {
                ["bbox_2d"] = new[] { item.Box.X1, item.Box.Y1, item.Box.X2, item.Box.Y2 },
                ["label"] = item.Label,
            }), s_plain),
            Frame = $"{boxes.Frame}",
            FrameSize = [boxes.Width, boxes.Height],
        };
    }

    private static IEnumerable<LabelledBox> Items(TruthColumns row)
    {
        string text = AnsweredDetections.Unfenced(TruthFormat.AnswerOf(row));
        if (AnsweredDetections.SaysNothing(text))
            return [];
        List<TextObject> objects = ObjectText.Read(text);
        bool whole = objects.Count > 0 && objects.Count == text.Count(letter => letter == '{') && objects.All(one => one.Box is not null);
        return !whole ? throw row.Wrong($"the truth '{NormalizedMatch.Short(text)}' is no list of objects with a box each", Fix)
            : objects.Select(one => new LabelledBox(one.Box!.Value, one.Label));
    }
}
