namespace Vlm.Rewards.Tests;

public class BoxTests
{
    // A frame twice as wide as high; the true box covers 20 x 10 of 200 x 100.
    private static readonly Truth.Region Truth = Region(new(40, 30, 60, 40));

    // [50, 30, 70, 40] shares 10 x 10 = 100 with the truth's 200 and covers 200 itself: 100 / 300.
    [Theory]
    [InlineData("[50, 30, 70, 40]")]
    [InlineData("[50,30,70,40]")]
    [InlineData("[ 50.0, 30.0 ,70, 40.00 ]")]
    [InlineData("{\"box\": [50, 30, 70, 40]}")]
    [InlineData("{\"bbox_2d\": [50, 30, 70, 40], \"label\": \"circle\"}")]
    [InlineData("```json\n[{\"bbox_2d\": [50, 30, 70, 40]}]\n```")]
    [InlineData("<answer>[50, 30, 70, 40]</answer>")]
    [InlineData("Perhaps [0, 0, 9, 9].</think>The answer is [50, 30, 70, 40].")]
    [InlineData("[50, 30, 70, 40] that is [50, 30, 70, 40]")]
    [InlineData("(50,30),(70,40)")]
    [InlineData("The ball (50, 30), (70, 40).")]
    [InlineData("from (50, 30) to (70, 40)")]
    [InlineData("<|object_ref_start|>ball<|object_ref_end|><|box_start|>(50,30),(70,40)<|box_end|>")]
    [InlineData("<ref>ball</ref><box>(50,30),(70,40)</box>")]
    [InlineData("<ref>ball</ref><box>[[50, 30, 70, 40]]</box>")]
    [InlineData("<|ref|>ball<|/ref|><|det|>[[50, 30, 70, 40]]<|/det|>")]
    [InlineData("<box>50 30 70 40</box>")]
    [InlineData("<bbox>50, 30, 70, 40</bbox>")]
    [InlineData("<loc_250><loc_300><loc_350><loc_400>")]
    [InlineData("[[50, 30], [70, 40]]")]
    [InlineData("[50 30 70 40]")]
    [InlineData("50, 30, 70, 40")]
    [InlineData("[\"50\", \"30\", \"70\", \"40\"]")]
    [InlineData("[050, 030, 070, 040]")]
    [InlineData("[5e1, 3E+1, 70., 40.00000000000001]")]
    [InlineData("[{\"bbox_2d\": [50, 30, 70, 40], \"label\": \"a ball (1)\"}]")]
    [InlineData("{\"bbox\": {\"x1\": 50, \"y1\": 30, \"x2\": 70, \"y2\": 40}}")]
    [InlineData("{'xmin': 50, 'ymin': 30, 'xmax': 70, 'ymax': 40}")]
    [InlineData("{\"left\": 50, \"top\": 30, \"right\": 70, \"bottom\": 40}")]
    [InlineData("{\"x\": 50, \"y\": 30, \"width\": 20, \"height\": 10}")]
    [InlineData("x1=50, y1=30, x2=70, y2=40")]
    [InlineData("{\"top_left\": [50, 30], \"bottom_right\": [70, 40]}")]
    [InlineData("{\"answer\": [50, 30, 70, 40]}")]
    [InlineData("<Answer>\\boxed{[50, 30, 70, 40]}</Answer>")]
    public void Every_way_of_writing_a_box_is_read(string completion)
    {
        Score score = Iou.Score(completion, Truth);

        Assert.Equal(100.0 / 300, score.Value, tolerance: 1e-12);
        Assert.Equal("iou", score.Reason);
    }

    [Theory]
    [InlineData("", "the answer is empty")]
    [InlineData("<answer></answer>", "the answer is empty")]
    [InlineData("left of the square", "no box")]
    [InlineData("[40, 30, 60]", "no box")]
    [InlineData("[40, 30, 60, 40, 1]", "no box")]
    [InlineData("[NaN, 30, 60, 40]", "no box")]
    [InlineData("[40, 30, Infinity, 40]", "no box")]
    [InlineData("[40, 30, 1e3, 40]", "the box leaves the frame")]
    [InlineData("[40, 30, 1e9, 40]", "no box")]
    [InlineData("[40, 30, 99999999999, 40]", "no box")]
    [InlineData("[40, 30, 1.2.3, 40]", "no box")]
    [InlineData("[4٠, 30, 60, 40]", "no box")]
    [InlineData("[60, 40, 40, 30]", "the box is inverted")]
    [InlineData("[60, 30, 40, 40]", "the box is inverted")]
    [InlineData("[40, 30, 40, 40]", "the box has no area")]
    [InlineData("[0, 0, 200, 100]", "the box is the whole image")]
    [InlineData("[2, 1, 199, 99]", "the box is the whole image")]
    [InlineData("[-10.1, 30, 60, 40]", "the box leaves the frame")]
    [InlineData("[40, 30, 210.1, 40]", "the box leaves the frame")]
    [InlineData("[40, 30, 60, 105.1]", "the box leaves the frame")]
    [InlineData("[40, 30, 60, 40] or [50, 30, 70, 40]", "several answers that differ")]
    [InlineData("(40,30),(60,40) (50,30),(70,40)", "several answers that differ")]
    [InlineData("[{\"bbox_2d\": [40, 30, 60, 40]}, {\"bbox_2d\": [50, 30, 70, 40]}]", "several answers that differ")]
    [InlineData("{\"x1\": 40, \"y1\": 30, \"x2\": 60, \"y2\": 40}, {\"x1\": 1, \"y1\": 2, \"x2\": 3, \"y2\": 4}", "several answers that differ")]
    [InlineData("<think>[40, 30, 60, 40]", "the thinking does not end")]
    [InlineData("<think>[40, 30, 60, 40]</think>", "the answer is empty")]
    [InlineData("40 by 30 to 60 by 40", "no box")]
    [InlineData("<answer>[40, 30, 60, 40]</answer><answer>[40, 30, 60, 40]</answer>", "answer tags are repeated")]
    [InlineData("<answer>[40, 30, 60, 40]", "answer tags are not a pair")]
    [InlineData("</answer>[40, 30, 60, 40]<answer>", "answer tags are not a pair")]
    public void Nonsense_and_tricks_score_0_and_say_why(string completion, string reason)
    {
        Assert.Equal(new Score(0, reason), Iou.Score(completion, Truth));
        Assert.Equal(new Score(0, reason), IouHit.Score(completion, Truth));
    }

    // The frame is 200 x 100, so 10 and 5 are let pass. What was clipped counts as covered: an answer of 20 x 10 about a truth of
    // 18 x 10 has an IoU of 18 / 20, and about one of 20 x 9.5 that reaches the lower border 9.5 / 10.
    [Theory]
    [InlineData("[182, 30, 202, 40]", 182, 30, 200, 40, 0.9)]
    [InlineData("[-2, 30, 18, 40]", 0, 30, 18, 40, 0.9)]
    [InlineData("[40, 90.5, 60, 100.5]", 40, 90.5, 60, 100, 0.95)]
    public void A_box_a_little_outside_is_clipped_and_its_reason_says_so(
        string completion, double x1, double y1, double x2, double y2, double iou)
    {
        Truth.Region truth = Region(new(x1, y1, x2, y2));

        Score score = Iou.Score(completion, truth);

        Assert.Equal(iou, score.Value, tolerance: 1e-12);
        Assert.Equal("iou, clipped", score.Reason);
        Assert.Equal(Score.One("hit, clipped"), IouHit.Score(completion, truth));
        Assert.Equal("iou 0.000 is below 0.5", IouHit.Score(completion, Truth).Reason);
    }

    // The whole frame is 20000, the answer 200 x 96 = 19200, which is 96 % of it.
    [Fact]
    public void A_box_around_almost_everything_is_an_answer_where_that_is_the_truth()
    {
        Truth.Region large = Region(new(0, 0, 200, 80));          // 16000 of 20000

        Assert.Equal(16000.0 / 19200, Iou.Score("[0, 0, 200, 96]", large).Value, tolerance: 1e-12);
    }

    // Truth 20 x 10 = 200. [40, 30, 60, 35] covers 100 of it: IoU 100 / 200. [40, 30, 60, 34] covers 80: IoU 0.4.
    [Theory]
    [InlineData("[40, 30, 60, 40]", 0.5, 1, "hit")]
    [InlineData("[40, 30, 60, 35]", 0.5, 1, "hit")]
    [InlineData("[40, 30, 60, 34]", 0.5, 0, "iou 0.400 is below 0.5")]
    [InlineData("[40, 30, 60, 34]", 0.4, 1, "hit")]
    [InlineData("[100, 30, 120, 40]", 0.5, 0, "iou 0.000 is below 0.5")]
    public void A_hit_counts_from_the_threshold_on(string completion, double threshold, double value, string reason) =>
        Assert.Equal(new Score(value, reason), IouHit.Score(completion, Truth, threshold));

    // Peers that take a pixel off each edge score 0 here: 1 x 2 shared of 2 x 2 + 2 x 2 - 2 covered.
    [Fact]
    public void Edges_are_positions_and_not_pixels() =>
        Assert.Equal(2.0 / 6, Iou.Overlap(new(0, 0, 2, 2), new(1, 0, 3, 2)), tolerance: 1e-12);

    [Theory]
    [InlineData("[50, 35]", 1, "inside")]
    [InlineData("(40, 30)", 1, "inside")]
    [InlineData("{\"point\": [60, 40]}", 1, "inside")]
    [InlineData("[{\"point_2d\": [50, 35], \"label\": \"ball\"}]", 1, "inside")]
    [InlineData("<point>50 35</point>", 1, "inside")]
    [InlineData("<point x=\"50.5\" y=\"35\" alt=\"ball\">ball</point>", 1, "inside")]
    [InlineData("<|box_start|>(50,35)<|box_end|>", 1, "inside")]
    [InlineData("click(x=50, y=35)", 1, "inside")]
    [InlineData("50, 35", 1, "inside")]
    [InlineData("[60.5, 40]", 0, "the point is outside the box")]
    [InlineData("[50, 41]", 0, "the point is outside the box")]
    [InlineData("[50, 35] or [51, 35]", 0, "several answers that differ")]
    [InlineData("[50, 35, 51, 36]", 0, "no point")]
    [InlineData("", 0, "the answer is empty")]
    public void A_point_is_right_inside_the_box_or_on_its_edge(string completion, double value, string reason) =>
        Assert.Equal(new Score(value, reason), PointInBox.Score(completion, Truth));

    [Theory]
    [InlineData(60, 30, 40, 40)]
    [InlineData(40, 30, 40, 40)]
    [InlineData(40, 30, 201, 40)]
    [InlineData(-1, 30, 60, 40)]
    [InlineData(double.NaN, 30, 60, 40)]
    public void A_broken_truth_throws(double x1, double y1, double x2, double y2)
    {
        Truth.Region broken = Region(new(x1, y1, x2, y2));

        Assert.Throws<ArgumentException>(() => Iou.Score("[1, 1, 2, 2]", broken));
        Assert.Throws<ArgumentException>(() => PointInBox.Score("[1, 1]", broken));
    }

    [Fact]
    public void A_frame_without_extent_throws() =>
        Assert.Throws<ArgumentException>(
            () => Iou.Score("[1, 1, 2, 2]", new Truth.Region(new(0, 0, 1, 1), Frame.Unit, 0, 1)));

    private static Truth.Region Region(Box box) => new(box, Frame.OriginalPixels, 200, 100);
}
