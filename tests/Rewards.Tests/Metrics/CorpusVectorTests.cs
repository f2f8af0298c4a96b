using System.Text.Json;

namespace Vlm.Rewards.Tests;

/// <summary>Boxes, points and corpus metrics against the peers' own functions.</summary>
public class CorpusVectorTests
{
    private const double Tolerance = 1e-6;

    [Fact]
    public void Boxes_overlap_as_the_standard_formula_says() => MetricVectors.Each("iou", 6, item =>
    {
        (double[] said, double[] truth) = (item.Numbers("pred"), item.Numbers("gt"));
        var region = new Truth.Region(new(truth[0], truth[1], truth[2], truth[3]), Frame.OriginalPixels, 1, 1);
        Assert.Equal(item.Number("standard"), Iou.Overlap(new(said[0], said[1], said[2], said[3]), region.Box), Tolerance);
        Assert.Equal(item.Number("standard") >= 0.5 ? 1 : 0,
            RefCoco.Score($"[{string.Join(", ", said)}]", region, ScoringMode.LmmsEval).Value);
    });

    [Fact]
    public void Points_are_parsed_as_lmms_eval_does() => MetricVectors.Each("screenspot_v2_parse_point", 7, item =>
        Same(item, ClickPoint.Read(item.Text("text"), ScoringMode.LmmsEval)));

    [Fact]
    public void Points_are_parsed_as_VLMEvalKit_does() => MetricVectors.Each("vlmevalkit_aguvis_point", 7, item =>
        Same(item, ClickPoint.Read(item.Text("text"), ScoringMode.VlmEvalKit)));

    [Fact]
    public void Elements_are_read_as_lmms_eval_does() => MetricVectors.Each("screenspot_bbox_norm", 2, item =>
    {
        Box box = ScreenSpot.Element(item.Numbers("bbox"), new(item.Numbers("size")[0], item.Numbers("size")[1]), ScoringMode.LmmsEval);
        Assert.Equal(item.Numbers("xyxy"), new[] { box.X1, box.Y1, box.X2, box.Y2 });
    });

    [Fact]
    public void Yes_and_no_are_counted_as_each_harness_does()
    {
        JsonElement vectors = MetricVectors.Of("pope"), lmms = vectors.GetProperty("lmms_eval"), kit = vectors.GetProperty("vlmevalkit");
        var answers = new List<PopeAnswer>();
        foreach (JsonElement item in vectors.GetProperty("items").EnumerateArray())
        {
            answers.Add(new(item.Text("pred"), item.Text("gold") == "yes"));
            bool? said = Pope.Read(item.Text("pred"), ScoringMode.VlmEvalKit);
            Assert.Equal(item.Text("vlmevalkit_extract"), said switch { true => "Yes", false => "No", null => "Unknown" });
        }

        CorpusScore ours = Pope.Of(answers, ScoringMode.LmmsEval);
        foreach ((string theirs, string name) in new[]
            { ("accuracy", "accuracy"), ("precision", "precision"), ("recall", "recall"), ("f1_score", "f1"), ("yes_ratio", "yes_ratio") })
            Assert.Equal(lmms.Number(theirs), ours[name], Tolerance);
        Assert.Equal((8, 3), (ours.Count, ours.Unparsed));

        ours = Pope.Of(answers, ScoringMode.VlmEvalKit);
        foreach ((string theirs, string name) in new[]
            { ("acc", "accuracy"), ("precision", "precision"), ("recall", "recall"), ("f1", "f1") })
            Assert.Equal(kit.Number(theirs), ours[name], Tolerance);
        Assert.Equal((kit.Number("f1"), 2), (Math.Round(ours.Value, 6), ours.Unparsed));
    }

    [Fact]
    public void Captions_score_as_COCOs_scorer_says() => MetricVectors.Each("cider", 2, item =>
    {
        JsonElement[] cases = [.. item.GetProperty("cases").EnumerateArray()];
        CiderCaption[] captions = [.. cases.Select(one => new CiderCaption(one.Text("hyp"), one.Texts("refs")))];
        Assert.Equal(item.Number("mean"), Cider.Of(captions).Value, Tolerance);
        foreach ((JsonElement one, double score) in cases.Zip(Cider.Each(captions)))
            Assert.Equal(one.Number("cider"), score, Tolerance);
    });

    [Fact]
    public void Detections_score_as_COCOs_scorer_says() => MetricVectors.Each("coco_ap", 10, item =>
    {
        CorpusScore ap = CocoAp.Of([.. item.GetProperty("images").EnumerateArray().Select(image => new CocoImage(
            [.. image.GetProperty("gt_xywh").EnumerateArray().Select(box => new CocoTruth("thing", Box(box)))],
            [.. image.GetProperty("det_xywh_score").EnumerateArray()
                .Select(box => new CocoDetection("thing", Box(box), box[4].GetDouble()))]))]);
        foreach ((string name, double value) in new[] { ("AP", ap.Value), ("AP50", ap["AP50"]), ("AP75", ap["AP75"]) })
            Assert.Equal(item.GetProperty(name).ValueKind == JsonValueKind.Null ? double.NaN : item.Number(name), value, Tolerance);
    });

    private static CocoBox Box(JsonElement box) =>
        new(box[0].GetDouble(), box[1].GetDouble(), box[2].GetDouble(), box[3].GetDouble());

    private static void Same(JsonElement item, ClickPoint point) =>
        Assert.Equal((item.Text("text"), item.Numbers("point")[0], item.Numbers("point")[1]), (item.Text("text"), point.X, point.Y));
}
