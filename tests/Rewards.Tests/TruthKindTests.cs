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

    [Theory]
    [InlineData("B", 'B')]
    [InlineData("b", 'B')]
    [InlineData("(B)", 'B')]
    [InlineData("B.", 'B')]
    [InlineData("B. a dog", 'B')]
    [InlineData("option B", 'B')]
    [InlineData("a dog", 'B')]
    [InlineData("A DOG", 'B')]
    [InlineData("1", 'B')]
    [InlineData("7", 'C')]
    [InlineData("<answer> B </answer>", 'B')]
    [InlineData("\\boxed{B}", 'B')]
    public void A_choice_is_named_by_letter_text_or_number(string text, char letter) => Assert.Equal(
        letter, ((Truth.Choice)TruthKind.Choice.Read(new() { Text = text, Choices = ["cat", "a dog", "7"] })).Letter);

    [Fact]
    public void A_choice_is_named_by_the_number_of_a_column_or_by_a_text_without_its_letter()
    {
        var second = new TruthColumns { Index = 1, Text = "ignored", Choices = ["2", "1", "0"] };

        Assert.Equal('B', ((Truth.Choice)TruthKind.Choice.Read(second)).Letter);
        Assert.Equal('B', ((Truth.Choice)TruthKind.Choice.Read(new() { Text = "dog", Choices = ["A. cat", "B. dog"] })).Letter);
        Assert.Equal('A', ((Truth.Choice)TruthKind.Choice.Read(new() { Text = "2", Choices = ["2", "1", "0"] })).Letter);
    }

    [Theory]
    [InlineData("12%", 12, true)]
    [InlineData("1,000", 1000, false)]
    [InlineData("3 + 4 = 7\n#### 7", 7, false)]
    [InlineData("<answer> 3 </answer>", 3, false)]
    [InlineData("\\boxed{\\frac{1}{2}}", 0.5, false)]
    public void A_number_is_read_and_written_as_data_sets_hold_it(string text, double answer, bool percent)
    {
        var number = (Truth.Number)TruthKind.Number.Read(new() { Text = text });

        Assert.Equal((answer, percent), (number.Answer, number.IsPercent));
        Assert.Equal(number, TruthKind.Number.Read(TruthKind.Number.Write(number)));
    }

    public static TheoryData<string, string?, string[]?, string> Broken => new()
    {
        { "word", null, null, "the true answer is empty" },
        { "word", " ", null, "the true answer is empty" },
        { "text", "", null, "the true answer is empty" },
        { "number", "seven cats", null, "the truth 'seven cats' is no number" },
        { "number", "1e999", null, "the truth '1e999' is no number" },
        { "choice", "A", ["cat"], "1 options; there must be 2 to 26" },
        { "choice", "A", ["cat", "Cat "], "an option is empty or given twice" },
        { "choice", "A", ["cat", ""], "an option is empty or given twice" },
        { "choice", "E", ["cat", "dog"], "the truth 'E' is none of 2 choices" },
        { "choice", "2", ["cat", "dog"], "the truth '2' is none of 2 choices" },
        { "choice", "B. cat", ["cat", "dog"], "the truth 'B. cat' is none of 2 choices" },
        { "choice", "A", ["B", "A"], "the truth 'A' is option B by its text and option A by its letter" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public void A_broken_truth_is_refused_where_it_is_read(string kind, string? text, string[]? choices, string problem)
    {
        var row = new TruthColumns { Text = text, Choices = choices, Where = "mine.jsonl, row 7" };

        var error = Assert.Throws<UsageException>(() => TruthKind.Table[kind].Read(row));

        Assert.Equal((problem, "mine.jsonl, row 7"), (error.Message, error.Where));
        Assert.NotEmpty(error.Fix);
    }

    // What a kind of one's own reads is tried on its reward: "" has no words, whatever the kind thinks.
    [Fact]
    public void A_kind_of_ones_own_is_checked_by_its_reward_as_it_is_read()
    {
        TruthKind own = TruthKind.Closed("own", "token_f1", row => new Truth.Text(row.Text ?? ""), _ => new());

        Assert.Equal("the true text has no words",
            Assert.Throws<UsageException>(() => own.Read(new() { Text = "" })).Message);
        Assert.Equal(new Truth.Text("red"), own.Read(new() { Text = "red" }));
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
