using System.Text.Json;

namespace Vlm.Rewards.Tests;

/// <summary>Objects with boxes and labels: Visual-RFT, VLM-R1, F1; each against what the published code gave.</summary>
public class DetectionTests
{
    private static readonly Truth.Boxes s_truth = new(
        [new(new(40, 30, 60, 40), "cat"), new(new(100, 50, 120, 90), "dog")], Frame.OriginalPixels, 200, 100);

    [Fact]
    public void Overlap_and_confidence_are_those_of_Visual_RFT() => MetricVectors.Each("visual_rft_detection_reward", 4, item =>
    {
        IReadOnlyList<MatchedClaim> matched = VisualRft.Match(Claims(item.GetProperty("pred"), "Position"), Truths(item.GetProperty("gt"), "Position"));

        Assert.Equal(
            item.GetProperty("matches").EnumerateArray().Select(pair => (pair[0].GetDouble(), pair[1].GetDouble())),
            matched.Select(one => (Math.Round(one.Overlap, 6), one.Confidence!.Value)));
        Assert.Equal(item.Number("iou_v1"), VisualRft.OverlapOfClaims(matched), 1e-6);
        Assert.Equal(item.Number("iou_v2"), VisualRft.Overlap(matched, item.GetProperty("gt").GetArrayLength()), 1e-6);
        Assert.Equal(item.Number("confidence"), VisualRft.Confidence(matched), 1e-6);
    });

    [Fact]
    public void The_weighted_sum_is_that_of_VLM_R1() => MetricVectors.Each("vlm_r1_weighted_sum", 5, item => Assert.Equal(
        item.Number("score"), VlmR1Detection.WeightedSum(Claims(item.GetProperty("pred"), "bbox_2d"), Truths(item.GetProperty("gt"), "bbox_2d")), 1e-9));

    // One of three objects met with IoU 80 / 100 and confidence 0.9, one claim beside all with 0.7: 0.8 / 3, and (0.9 + 0.3) / 2.
    [Fact]
    public void One_of_three_objects_and_a_false_alarm()
    {
        LabelledBox[] truths = [new(new(0, 0, 10, 10)), new(new(50, 50, 60, 60)), new(new(80, 0, 90, 10))];
        IReadOnlyList<MatchedClaim> matched = VisualRft.Match([new(new(20, 20, 30, 30), "", 0.7), new(new(0, 0, 10, 8), "", 0.9)], truths);

        Assert.Equal([new(0.8, 0.9), new(0, 0.7)], matched);
        Assert.Equal(0.26667, VisualRft.Overlap(matched, 3), 1e-5);
        Assert.Equal(0.6, VisualRft.Confidence(matched), 1e-12);
        Assert.Equal((0, 0), (VisualRft.Overlap([], 3), VisualRft.Confidence([])));
        Assert.Equal(1, VisualRft.Overlap([], 0));
    }

    // The claim is wider than the truth: IoU 100 / 200, which Visual-RFT does not take for met and F1 does.
    [Fact]
    public void One_half_is_met_for_F1_and_not_for_Visual_RFT()
    {
        LabelledBox[] truth = [new(new(0, 0, 10, 10))];
        Detection[] claim = [new(new(0, 0, 20, 10))];

        Assert.Equal(0, VisualRft.Match(claim, truth)[0].Overlap);
        Assert.Equal((1, 0), (BoxF1.Of(claim, truth), BoxF1.Of(claim, truth, 0.51)));
    }

    // The cat is found (AP 1), the dog is not (AP 0), and a bird is claimed that nobody asked for.
    [Fact]
    public void A_label_that_no_object_has_costs_as_a_category_does()
    {
        Detection cat = new(new(40, 30, 60, 40), "Cat "), bird = new(new(0, 0, 10, 10), "bird");

        Assert.Equal(0.5, VlmR1Detection.AveragePrecision([cat], s_truth.Items), 1e-12);
        Assert.Equal(1.0 / 3, VlmR1Detection.AveragePrecision([cat, bird], s_truth.Items), 1e-12);
        Assert.Equal(1, VlmR1Detection.AveragePrecision([new(new(40, 30, 60, 40))], [new(new(40, 30, 60, 40))]), 1e-12);
    }

    // IoU 0.74 reaches the thresholds 0.50 to 0.70: five of ten.
    [Fact]
    public void Average_precision_is_over_ten_thresholds()
    {
        Detection most = new(new(40, 30, 60, 37.4), "cat");
        LabelledBox[] cat = [s_truth.Items[0]];

        Assert.Equal(0.5, VlmR1Detection.AveragePrecision([most], cat), 1e-12);
        Assert.Equal(1, VlmR1Detection.AveragePrecision([most], cat, at50: true), 1e-12);
    }

    // All claims behind the right one are free in average precision: 1 x min(1, 1 / 5) with the length.
    [Fact]
    public void Claims_behind_the_hits_cost_by_their_number()
    {
        Detection[] claims = [new(new(40, 30, 60, 40), "cat"), .. Enumerable.Repeat(new Detection(new(0, 0, 5, 5), "cat"), 4)];
        LabelledBox[] cat = [s_truth.Items[0]];

        Assert.Equal(1, VlmR1Detection.AveragePrecision(claims, cat), 1e-12);
        Assert.Equal(0.2, VlmR1Detection.WithLength(claims, cat), 1e-12);
        Assert.Equal(2.0 / 6, BoxF1.Of(claims, cat), 1e-12);
    }

    [Theory]
    [InlineData("""[{"bbox_2d": [40, 30, 60, 40], "label": "cat"}, {"bbox_2d": [100, 50, 120, 90], "label": "dog"}]""")]
    [InlineData("""<think>hm [1,2,3,4]</think><answer>```json [{"bbox_2d": [100, 50, 120, 90], "label": "DOG"}, {"bbox_2d": [40, 30, 60, 40], "label": "cat"}]```</answer>""")]
    [InlineData("[{'label': 'cat', 'box_2d': [30, 40, 40, 60]}, {'label': 'dog', 'Position': [100, 50, 120, 90], 'Confidence': 0.9}]")]
    [InlineData("cat [40, 30, 60, 40]; dog [100, 50, 120, 90]")]
    [InlineData("cat: [40, 30, 60, 40], dog: [100, 50, 120, 90]")]
    [InlineData("""{"bbox_2d": [[40, 30], [60, 40]], "label": "cat"} {"bbox_2d": [100, 50, 120, 90], "label": "dog"}""")]
    public void Published_forms_are_read(string completion)
    {
        Assert.Equal(1, Value("box_f1@0.5", completion));
        Assert.Equal(1, Value("detection_iou", completion));
    }

    // What would earn without seeing: nothing, everything, everywhere, twice, numbers that are none.
    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("None")]
    [InlineData("cat dog")]
    [InlineData("""[{"bbox_2d": [0, 0, 200, 100], "label": "cat"}, {"bbox_2d": [0, 0, 200, 100], "label": "dog"}]""")]
    [InlineData("""[{"bbox_2d": [60, 40, 40, 30], "label": "cat"}]""")]
    [InlineData("""[{"bbox_2d": [-1e6, -1e6, 1e6, 1e6], "label": "cat"}]""")]
    [InlineData("""[{"bbox_2d": [NaN, 30, 60, 40], "label": "cat"}]""")]
    [InlineData("""[{"bbox_2d": [40, 30, 60, 1e999], "label": "cat"}]""")]
    [InlineData("""[{"bbox_2d": [40, 30, 60, 40], "bbox": [100, 50, 120, 90], "label": "cat"}]""")]
    [InlineData("""[{"bbox_2d": [40, 30, 60, 40], "label": "cat" """)]
    [InlineData("""[{"bbox_2d": [٤٠, ٣٠, ٦٠, ٤٠], "label": "cat"}]""")]
    [InlineData("""<answer>[{"bbox_2d": [40, 30, 60, 40], "label": "cat"}]</answer><answer>[]</answer>""")]
    public void Nothing_is_earned_without_looking(string completion)
    {
        foreach (string name in (string[])["detection_iou", "box_f1@0.5", "od_ap", "od_ap50", "od_length", "weighted_sum"])
            Assert.Equal((name, 0), (name, Value(name, completion)));
    }

    // 1 right of 101 claims: 2 / 103 and 1 / 101 and 1/2 x 2/101. A confidence of 5 is none.
    [Fact]
    public void A_flood_of_boxes_and_a_confidence_beyond_one_pay_next_to_nothing()
    {
        string flood = "[" + string.Join(",", Enumerable.Range(0, 100).Select(i => $"{{\"bbox_2d\": [{i}, 0, {i + 1}, 1], \"label\": \"cat\", \"confidence\": 0}}"))
            + ",{\"bbox_2d\": [40, 30, 60, 40], \"label\": \"cat\", \"confidence\": 5}]";

        Assert.Equal(2.0 / 103, Value("box_f1@0.5", flood), 1e-12);
        Assert.Equal(1.0 / 101, Value("detection_iou", flood), 1e-12);
        Assert.InRange(Value("od_length", flood), 0, 0.01);
        Assert.Equal(0, Value("detection_confidence", "[{\"bbox_2d\": [40, 30, 60, 40], \"label\": \"cat\", \"confidence\": 5}]"));
        Assert.Equal(0.9, Value("detection_confidence", "[{\"bbox_2d\": [40, 30, 60, 40], \"label\": \"cat\", \"confidence\": 0.9}]"), 1e-12);
    }

    [Fact]
    public void Nothing_is_right_where_nothing_is_and_the_answer_says_so()
    {
        Truth.Boxes empty = s_truth with { Items = [] };
        foreach (string name in (string[])["detection_iou", "detection_confidence", "box_f1@0.5", "od_ap", "od_length", "weighted_sum", "point_f1"])
        {
            Assert.Equal((name, 1), (name, Reward.Table[name].Compute("<answer>None</answer>", empty).Value));
            Assert.Equal((name, 0), (name, Reward.Table[name].Compute("I see two cats", empty).Value));
            Assert.Equal((name, 0), (name, Reward.Table[name].Compute("", empty).Value));
        }
    }

    // Three points for two objects, two inside: 2 x 2 / 5. Two points in one box are one hit. Where boxes overlap the pairing gives each its own.
    [Theory]
    [InlineData("(50, 35), (110, 70)", 1)]
    [InlineData("(50, 35), (110, 70), (1, 1)", 0.8)]
    [InlineData("(50, 35), (51, 36)", 0.5)]
    [InlineData("""[{"point_2d": [50, 35], "label": "cat"}, {"point_2d": [110, 70], "label": "cat"}]""", 0.5)]
    [InlineData("""[{"point_2d": [50, 35], "label": "cat"}, {"point_2d": [110, 70], "label": "dog"}]""", 1)]
    [InlineData("<point x=\"50\" y=\"35\">", 2.0 / 3)]
    [InlineData("None", 0)]
    [InlineData("there", 0)]
    public void Points_are_counted_against_boxes(string completion, double value) => Assert.Equal(value, Value("point_f1", completion), 1e-12);

    [Fact]
    public void Points_in_boxes_that_overlap_are_paired_for_the_most_hits()
    {
        LabelledBox[] truths = [new(new(0, 0, 100, 100)), new(new(0, 0, 10, 10))];

        Assert.Equal(1, PointF1.Of([(5, 5, ""), (50, 50, "")], truths));
        Assert.Equal(1, PointF1.Of([(50, 50, ""), (5, 5, "")], truths));
    }

    [Theory]
    [InlineData("""[{"bbox_2d": [1, 2, 30, 40], "label": "cat"}]""", "cat")]
    [InlineData("<answer>[{'Position': [1, 2, 30, 40], 'Confidence': 1.0}]</answer>", "")]
    public void A_truth_is_read_as_data_sets_write_it_and_written_back(string text, string label)
    {
        var row = new TruthColumns { Text = text, Frame = "Thousand", Where = "file.parquet, row 1" };
        var truth = (Truth.Boxes)TruthKind.Boxes.Read(row);

        Assert.Equal([new LabelledBox(new(1, 2, 30, 40), label)], truth.Items);
        Assert.Equal(truth, TruthKind.Boxes.Read(TruthKind.Boxes.Write(truth)));
        Assert.Empty(((Truth.Boxes)TruthKind.Boxes.Read(row with { Text = "None" })).Items);
    }

    [Theory]
    [InlineData("a cat", "Thousand", "the truth 'a cat' is no list of objects with a box each")]
    [InlineData("""[{"bbox_2d": [1, 2, 3], "label": "cat"}]""", "Thousand", "is no list of objects with a box each")]
    [InlineData("""[{"bbox_2d": [1, 2, 3, 4], "label": "cat"}, {"bbox_2d": [1, 2""", "Thousand", "is no list of objects with a box each")]
    [InlineData("""[{"bbox_2d": [1, 2, 3, 1004], "label": "cat"}]""", "Thousand", "box [1, 2, 3, 1004] reaches outside the 1000 x 1000 Thousand frame")]
    [InlineData("""[{"bbox_2d": [1, 2, 3, 4], "label": "cat"}]""", null, "the row's box has no frame that says what its numbers mean")]
    public void A_truth_that_cannot_be_is_refused(string text, string? frame, string problem)
    {
        var error = Assert.Throws<UsageException>(() => TruthKind.Boxes.Read(new() { Text = text, Frame = frame, Where = "file.parquet, row 1" }));
        Assert.EndsWith(problem, error.Message);
        Assert.Equal("file.parquet, row 1", error.Where);
    }

    private static double Value(string name, string completion) => Reward.Table[name].Compute(completion, s_truth).Value;

    private static Detection[] Claims(JsonElement items, string key) => [.. items.EnumerateArray().Select(item => new Detection(
        BoxOf(item.GetProperty(key)), Label(item), item.TryGetProperty("Confidence", out JsonElement said) ? said.GetDouble() : null))];

    private static LabelledBox[] Truths(JsonElement items, string key) =>
        [.. items.EnumerateArray().Select(item => new LabelledBox(BoxOf(item.GetProperty(key)), Label(item)))];

    private static string Label(JsonElement item) => item.TryGetProperty("label", out JsonElement label) ? label.GetString()! : "";

    private static Box BoxOf(JsonElement box) => new(box[0].GetDouble(), box[1].GetDouble(), box[2].GetDouble(), box[3].GetDouble());
}
