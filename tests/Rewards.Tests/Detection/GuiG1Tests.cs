namespace Vlm.Rewards.Tests;

public class GuiG1Tests
{
    private static readonly Truth.Region s_truth = new(new(100, 100, 200, 200), Frame.OriginalPixels, 1000, 500);

    // IoU 90 x 90 / (2 x 10000 - 8100). Edges: 10 of 1000 twice, 10 of 500 twice: 4 / (2 / 0.99 + 2 / 0.98).
    [Fact]
    public void A_near_box_earns_its_hit_its_overlap_and_its_edges()
    {
        Assert.Equal(0.680672, Value("iou"), 1e-6);
        Assert.Equal(0.984975, Value("edge_distance"), 1e-6);
        Assert.Equal(1, Value("center_in_box"));
        Assert.Equal(1.293290, Value("gui_g1"), 1e-6);
        Assert.Equal(1.293290, RewardSet.Parse("center_in_box + 0.25 iou + 0.125 edge_distance").Compute("[110, 90, 210, 190]", s_truth).Value, 1e-6);

        static double Value(string name) => Reward.Table[name].Compute("[110, 90, 210, 190]", s_truth).Value;
    }

    // The same in thousandths: sides of 1000 and 1000.
    [Fact]
    public void The_frame_makes_no_difference()
    {
        var thousand = new Truth.Region(s_truth.Box.Scale(1, 2), Frame.Thousand, 1000, 1000);

        Assert.Equal(1.293290, Reward.Table["gui_g1"].Compute("[110, 180, 210, 380]", thousand).Value, 1e-6);
    }

    // An edge a whole side away: the published code divides by 0 there.
    [Fact]
    public void An_edge_that_is_a_side_away_is_worth_next_to_nothing()
    {
        var corner = new Truth.Region(new(0, 0, 1, 1), Frame.Unit, 1, 1);

        Assert.Equal(4 / (1e6 + 1e6 + 1 + 1), GuiG1.Edges(new(1, 1, 1, 1), corner), 1e-12);
        Assert.Equal(1, GuiG1.Edges(corner.Box, corner));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[0, 0, 1000, 500]")]
    [InlineData("[200, 200, 100, 100]")]
    [InlineData("[100, 100, 200, 200] or [110, 100, 200, 200]")]
    [InlineData("[NaN, 100, 200, 200]")]
    public void Nothing_is_earned_without_one_box(string completion) =>
        Assert.Equal((0, 0), (Reward.Table["gui_g1"].Compute(completion, s_truth).Value, Reward.Table["edge_distance"].Compute(completion, s_truth).Value));

    // A shrunken box in the middle keeps the hit and loses the rest: the three parts pull at each other.
    [Fact]
    public void A_small_box_in_the_middle_earns_less_than_the_true_one()
    {
        double small = Reward.Table["gui_g1"].Compute("[149, 149, 151, 151]", s_truth).Value;

        Assert.InRange(small, 1, 1.13);
        Assert.Equal(1.375, Reward.Table["gui_g1"].Compute("[100, 100, 200, 200]", s_truth).Value, 1e-12);
    }

    [Theory]
    [InlineData(.1, .1, 0)]
    [InlineData(.5, .5, 4)]
    [InlineData(.99, .34, 5)]
    [InlineData(1, 1, 8)]
    public void A_block_is_counted_by_rows_from_the_top_left(double x, double y, int block)
    {
        Assert.Equal(block, PositionGrid.BlockOf(x, y, new(1, 1)));
        Assert.Equal(block, PositionGrid.BlockOf(new Box((x * 600) - 1, (y * 300) - 1, (x * 600) + 1, (y * 300) + 1), new(600, 300)));
    }

    [Fact]
    public void A_point_outside_of_the_frame_has_no_block() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PositionGrid.BlockOf(1.1, 0.5, new(1, 1)));
}
