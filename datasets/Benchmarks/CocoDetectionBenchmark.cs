using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>All objects of COCO's categories with their boxes, measured by COCO's average precision.</summary>
internal static class CocoDetectionBenchmark
{
    // In the order of their ids; files number them from 0.
    private static readonly string[] s_categories =
    [
        "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light", "fire hydrant", "stop sign",
        "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack",
        "umbrella", "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove",
        "skateboard", "surfboard", "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple",
        "sandwich", "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed",
        "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink",
        "refrigerator", "book", "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
    ];

    // {"image_id": 9, "image": ..., "width": 640, "height": 480,
    //  "objects": {"bbox_id": [1038967, ...], "category": [45, ...], "bbox": [[1.08, 187.69, 612.67, 473.53], ...], "area": [120057, ...]}}:
    // the boxes are corners in pixels, the areas those of outlines. A column of categories asks for others than COCO's.
    public static Benchmark CocoDetection { get; } = new()
    {
        Name = "coco_detection",
        Title = "COCO detection, Lin et al. 2014, arXiv:1405.0312",
        Address = "https://huggingface.co/datasets/detection-datasets/coco",
        Licence = "CC BY 4.0 (annotations); images of Flickr under their own",
        Scorer = "https://github.com/cocodataset/cocoapi/blob/8c9bcc3cf640524c4c20a9c40e89cb6a2f2fa0e9/PythonAPI/pycocotools/cocoeval.py",
        Metric = "coco_ap",
        Columns =
        [
            new("boxes", "objects.bbox", "bboxes"), new("labels", "objects.category", "objects.label", "labels"),
            new("areas", "objects.area", "areas") { IsOptional = true },
            new("crowds", "objects.iscrowd", "iscrowd") { IsOptional = true },
            new("categories", "categories") { IsOptional = true },
        ],
        MaxNewTokens = 8192,
        Modes = [ScoringMode.Official],
        Read = row => [Item(row)],
        Judge = static (answer, question, _) => Score(answer, question),
        Sum = static (answers, _) => CocoAp.Of([.. answers.Select(Image)]),
        Resampled = static answers => CocoAp.IntervalOf([.. answers.Select(Image)]),
    };

    // The words of lmms-eval's ODinW; neither COCO nor a harness has words for all of its objects.
    private static BenchmarkItem Item(BenchmarkRow row)
    {
        Extent size = row.ImageSize();
        string[] asked = row.Has("categories") ? row.Texts("categories") : s_categories;
        CocoTruth[] objects = [.. Objects(row, asked, size)];
        LabelledBox[] boxes = [.. objects.Where(one => !one.IsCrowd).Select(one => new LabelledBox(
            new(one.Box.X, one.Box.Y, one.Box.X + one.Box.Width, one.Box.Y + one.Box.Height), one.Category))];
        var truth = new Truth.Boxes(boxes, Frame.OriginalPixels, size.Width, size.Height);
        return BenchmarkItem.Of(
            $"Locate every instance that belongs to the following categories: ´{string.Join(", ", asked)}´. "
            + "Report bbox coordinates in JSON format.", truth) with
        {
            AsksForModelFrame = true,
            Answer = TruthKind.Boxes.Write(truth).Text!,
            Objects = objects,
            Facts = new Dictionary<string, string>
            {
                ["size"] = string.Create(CultureInfo.InvariantCulture, $"{size.Width} {size.Height}"),
            },
        };
    }

    private static IEnumerable<CocoTruth> Objects(BenchmarkRow row, string[] asked, Extent size)
    {
        double[][] boxes = row.Has("boxes") ? row.Lists("boxes", 4) : [];
        string[] labels = boxes.Length == 0 ? [] : row.Texts("labels");
        double[]? areas = row.Has("areas") ? row.Numbers("areas", boxes.Length) : null;
        double[]? crowds = row.Has("crowds") ? row.Numbers("crowds", boxes.Length) : null;
        if (labels.Length != boxes.Length)
            throw row.Wrong($"the row has {boxes.Length} boxes and {labels.Length} labels", "a label for each box");
        for (int i = 0; i < boxes.Length; i++)
        {
            CocoBox box = Box(row, boxes[i], size);
            yield return new CocoTruth(Category(row, labels[i], asked), box, crowds?[i] > 0) { Area = areas?[i] ?? box.Area };
        }
    }

    private static string Category(BenchmarkRow row, string label, string[] asked)
    {
        string? name = int.TryParse(label, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number < asked.Length ? asked[number] : null : asked.FirstOrDefault(one => one == label);
        return name is not null ? Named(name) : throw row.Wrong($"the label '{ImageText.Short(label)}' is none of {asked.Length} categories",
            asked == s_categories ? "COCO's names, their numbers from 0 to 79, or a column of categories" : "one of the row's categories");
    }

    // A box may pass the border by rounding.
    private static CocoBox Box(BenchmarkRow row, double[] corners, Extent size)
    {
        const double rounding = 1;
        (double x1, double y1, double x2, double y2) = (corners[0], corners[1], corners[2], corners[3]);
        if (!(x1 < x2 && y1 < y2 && x1 >= -rounding && y1 >= -rounding && x2 <= size.Width + rounding && y2 <= size.Height + rounding))
            throw row.Wrong(
                string.Create(CultureInfo.InvariantCulture, $"the box [{x1}, {y1}, {x2}, {y2}] is none of a {size.Width} x {size.Height} image"),
                "corners x1, y1, x2, y2 in pixels with x1 < x2 and y1 < y2; COCO's own files have x, y, width, height");
        (x1, y1, x2, y2) = (Math.Max(0, x1), Math.Max(0, y1), Math.Min(size.Width, x2), Math.Min(size.Height, y2));
        return new(x1, y1, x2 - x1, y2 - y1);
    }

    // An image alone: its own average precision. Of an image without an object it is right to claim nothing.
    private static Score Score(string answer, BenchmarkQuestion question)
    {
        (CocoImage image, string problem) = Read(answer, question);
        if (!image.IsParsed)
            return Unparsed.Because(problem);
        double found = CocoAp.Of([image]).Value;
        return new(double.IsNaN(found) ? image.Detections.Count == 0 ? 1 : 0 : found,
            $"{image.Detections.Count} claims of {image.Truths.Count(truth => !truth.IsCrowd)} objects");
    }

    private static CocoImage Image(BenchmarkAnswer answer) =>
        answer.Said is { } said ? Read(said, answer.Question).Image : new(answer.Question.Objects, [], IsParsed: false);

    // What cannot be read claims nothing.
    private static (CocoImage Image, string Problem) Read(string answer, BenchmarkQuestion question)
    {
        var truth = (Truth.Boxes)question.Example.Truth;
        (IReadOnlyList<Detection>? claims, string problem) = AnsweredDetections.Read(AnswerFormat.Table["whole"].Read(answer), truth);
        Extent size = GroundingBenchmarks.Size(question);
        (double x, double y) = (size.Width / truth.Width, size.Height / truth.Height);
        return (new(question.Objects, [.. (claims ?? []).Select(claim => Detected(claim, x, y))], claims is not null), problem);
    }

    private static CocoDetection Detected(Detection claim, double x, double y) =>
        new(Named(claim.Label), CocoBox.Of(claim.Box.Scale(x, y)), claim.Confidence ?? 1);

    private static string Named(string label) => label.Trim().ToLowerInvariant();
}
