namespace Vlm.Rewards.Tests;

public class TruthKindTests
{
    // Shared 20 x 7 = 140 of 200: IoU 0.7, which is right. Shared 20 x 4 = 80: IoU 0.4, which earns 0.4 and is wrong.
    [Fact]
    public void A_region_earns_its_overlap_and_is_right_from_one_half_on()
    {
        var truth = new Truth.Region(new(40, 30, 60, 40), Frame.OriginalPixels, 200, 100);

        Assert.Equal(0.7, truth.Kind.Score.Compute("[40, 30, 60, 37]", truth).Value, tolerance: 1e-12);
        Assert.Equal(1, truth.Kind.Accuracy.Compute("[40, 30, 60, 37]", truth).Value);
        Assert.Equal(0.4, truth.Kind.Score.Compute("[40, 30, 60, 34]", truth).Value, tolerance: 1e-12);
        Assert.Equal(0, truth.Kind.Accuracy.Compute("[40, 30, 60, 34]", truth).Value);
    }

    // IoU 0.7 and a hit: 0.5 x 1 + 0.5 x 0.7 = 0.85. IoU 0.4 and no hit: 0.5 x 0.4 = 0.2. A number: all or nothing.
    [Fact]
    public void Training_pays_half_for_the_hit_and_half_for_the_overlap()
    {
        var truth = new Truth.Region(new(40, 30, 60, 40), Frame.OriginalPixels, 200, 100);

        Assert.Equal(0.85, truth.Kind.Rewards.Compute("[40, 30, 60, 37]", truth).Value, tolerance: 1e-12);
        Assert.Equal(0.2, truth.Kind.Rewards.Compute("[40, 30, 60, 34]", truth).Value, tolerance: 1e-12);
        Assert.Equal(["acc@0.5", "iou"], truth.Kind.Rewards.Compute("", truth).Parts.Select(part => part.Name));
        Assert.Equal(0, truth.Kind.Rewards.Compute("", truth).Value);
        Assert.Equal(1, TruthKind.Number.Rewards.Compute("3", new Truth.Number(3)).Value);
        Assert.Equal(0, TruthKind.Number.Rewards.Compute("4", new Truth.Number(3)).Value);
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
        Assert.Equal((1.0, 1.0), (truth.Kind.Score.Compute(right, truth).Value, truth.Kind.Accuracy.Compute(right, truth).Value));
        Assert.Equal((0.0, 0.0), (truth.Kind.Score.Compute(wrong, truth).Value, truth.Kind.Accuracy.Compute(wrong, truth).Value));
        Assert.Equal(0, truth.Kind.Score.Compute("", truth).Value);
    }

    // 3 words said, 2 right ("the" is dropped), 2 shared: 2 x 2 / 5. Said twice counts once: 1 shared of 2 and 2.
    [Theory]
    [InlineData("red ball left", "the red ball", 0.8)]
    [InlineData("Ball, red!", "the red ball", 1)]
    [InlineData("red red", "the red ball", 0.5)]
    [InlineData("green cube", "the red ball", 0)]
    [InlineData("", "the red ball", 0)]
    [InlineData("!", "!", 1)]
    public void A_text_earns_the_words_it_shares(string completion, string text, double score)
    {
        var truth = new Truth.Text(text);
        Assert.Equal(score, truth.Kind.Score.Compute(completion, truth).Value, tolerance: 1e-12);
        Assert.Equal(score, truth.Kind.Rewards.Compute(completion, truth).Value, tolerance: 1e-12);
    }

    [Fact]
    public void A_text_is_right_when_its_words_are_the_same_in_order()
    {
        var truth = new Truth.Text("red ball");
        Assert.Equal(1, truth.Kind.Rewards.Compute("The red ball.", truth).Accuracy!.Value.Value);
        Assert.Equal(0, truth.Kind.Rewards.Compute("ball red", truth).Accuracy!.Value.Value);
        Assert.Equal(1, truth.Kind.Rewards.Compute("ball red", truth).Value);
        Assert.Throws<ArgumentException>(() => TokenF1.Score("a", " "));
    }

    [Fact]
    public void Kinds_are_found_by_the_name_that_tables_give_them()
    {
        Assert.Equal(["word", "number", "choice", "region", "text"], TruthKind.Table.Names.Take(5));
        Assert.Equal(TruthKind.Table.Count, TruthKind.Table.Names.Distinct().Count());
        Assert.Equal(
            "error: there is no answer_type 'regoin'\n   at: mine.parquet, row 3\n  try: region",
            Assert.Throws<UsageException>(() => TruthKind.Table.Find("regoin", "mine.parquet, row 3")).Render());
        Assert.All(Pairs, row => Assert.Same(TruthKind.Table[row.Data.Item1.Kind.Name], row.Data.Item1.Kind));
    }

    [Fact]
    public void Nobody_is_rewarded_where_nobody_knows()
    {
        Assert.Throws<ArgumentException>(() => Truth.Unknown.Kind.Rewards.Compute("yes", Truth.Unknown));
        Assert.Throws<ArgumentException>(() => Truth.Unknown.Kind.Write(Truth.Unknown));
    }

    // 0.5 x 0.8 + 2 x 1 + 0 x 1 = 2.4: the last is measured without being rewarded.
    [Fact]
    public void A_sum_weighs_its_parts_and_keeps_them()
    {
        TotalScore sum = TotalScore.Of(
            new("iou", 0.5, new(0.8, "iou")), new("format", 2, Score.One("tags")), new("hit", 0, Score.One("hit")));

        Assert.Equal(2.4, sum.Value, tolerance: 1e-12);
        Assert.Equal(["iou", "format", "hit"], sum.Parts.Select(part => part.Name));
        Assert.Null(sum.Accuracy);
        Assert.Equal("hit", sum.WithAccuracy("hit").Accuracy!.Value.Reason);
    }

    [Fact]
    public void A_sum_refuses_what_would_poison_a_step()
    {
        Assert.Throws<ArgumentException>(() => TotalScore.Of());
        Assert.Throws<ArgumentException>(() => TotalScore.Of(new ScorePart("iou", 1, new(double.NaN, "?"))));
        Assert.Throws<ArgumentException>(() => TotalScore.Of(new ScorePart("iou", double.PositiveInfinity, Score.One(""))));
        ScorePart part = new("iou", 1, Score.One(""));
        Assert.Throws<ArgumentException>(() => TotalScore.Of(part, part));
        Assert.Throws<ArgumentException>(() => TotalScore.Of(part).WithAccuracy("hit"));
    }
}
