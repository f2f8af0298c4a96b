namespace Vlm.Rewards.Tests;

public class VerifyTests
{
    // Shared 20 x 7 = 140 of 200: IoU 0.7, which is right. Shared 20 x 4 = 80: IoU 0.4, which earns 0.4 and is wrong.
    [Fact]
    public void A_region_earns_its_overlap_and_is_right_from_one_half_on()
    {
        var truth = new Truth.Region(new(40, 30, 60, 40), Frame.OriginalPixels, 200, 100);

        Assert.Equal(0.7, Verify.Score("[40, 30, 60, 37]", truth).Value, tolerance: 1e-12);
        Assert.Equal(1, Verify.Correct("[40, 30, 60, 37]", truth).Value);
        Assert.Equal(0.4, Verify.Score("[40, 30, 60, 34]", truth).Value, tolerance: 1e-12);
        Assert.Equal(0, Verify.Correct("[40, 30, 60, 34]", truth).Value);
    }

    // IoU 0.7 and a hit: 0.5 x 1 + 0.5 x 0.7 = 0.85. IoU 0.4 and no hit: 0.5 x 0.4 = 0.2. A number: all or nothing.
    [Fact]
    public void Training_pays_half_for_the_hit_and_half_for_the_overlap()
    {
        var truth = new Truth.Region(new(40, 30, 60, 40), Frame.OriginalPixels, 200, 100);

        Assert.Equal(0.85, Verify.Reward("[40, 30, 60, 37]", truth).Value, tolerance: 1e-12);
        Assert.Equal(0.2, Verify.Reward("[40, 30, 60, 34]", truth).Value, tolerance: 1e-12);
        Assert.Equal(["hit", "iou"], Verify.Reward("", truth).Parts.Select(part => part.Name));
        Assert.Equal(0, Verify.Reward("", truth).Value);
        Assert.Equal(1, Verify.Reward("3", new Truth.Number(3)).Value);
        Assert.Equal(0, Verify.Reward("4", new Truth.Number(3)).Value);
    }

    public static TheoryData<Truth, string, string> Pairs => new()
    {
        { new Truth.Word("blue"), "Blue.", "green" },
        { new Truth.Word("yes"), "yes, it is", "no" },
        { new Truth.Word("no"), "No", "yes" },
        { new Truth.Word("true"), "True.", "false" },
        { new Truth.Word("False"), "false", "true" },
        { new Truth.Number(3), "three", "4" },
        { new Truth.Choice('C', ["red", "green", "blue"]), "(C) blue", "B" },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Each_kind_of_truth_tells_right_from_wrong(Truth truth, string right, string wrong)
    {
        Assert.Equal((1.0, 1.0), (Verify.Score(right, truth).Value, Verify.Correct(right, truth).Value));
        Assert.Equal((0.0, 0.0), (Verify.Score(wrong, truth).Value, Verify.Correct(wrong, truth).Value));
        Assert.Equal(0, Verify.Score("", truth).Value);
    }

    // 0.5 x 0.8 + 2 x 1 + 0 x 1 = 2.4: the last is measured without being rewarded.
    [Fact]
    public void A_sum_weighs_its_parts_and_keeps_them()
    {
        TotalScore sum = TotalScore.Of(
            new("iou", 0.5, new(0.8, "iou")), new("format", 2, Score.One("tags")), new("hit", 0, Score.One("hit")));

        Assert.Equal(2.4, sum.Value, tolerance: 1e-12);
        Assert.Equal(["iou", "format", "hit"], sum.Parts.Select(part => part.Name));
    }

    [Fact]
    public void A_sum_refuses_what_would_poison_a_step()
    {
        Assert.Throws<ArgumentException>(() => TotalScore.Of());
        Assert.Throws<ArgumentException>(() => TotalScore.Of(new ScorePart("iou", 1, new(double.NaN, "?"))));
        Assert.Throws<ArgumentException>(() => TotalScore.Of(new ScorePart("iou", double.PositiveInfinity, Score.One(""))));
        ScorePart part = new("iou", 1, Score.One(""));
        Assert.Throws<ArgumentException>(() => TotalScore.Of(part, part));
    }
}
