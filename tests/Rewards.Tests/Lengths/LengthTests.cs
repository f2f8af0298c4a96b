namespace Vlm.Rewards.Tests;

/// <summary>What lengths and repetitions cost, against the numbers of TRL, ms-swift, VLM-R1, DAPO and VL-Cogito.</summary>
public class LengthTests
{
    private static readonly Truth.Word s_red = new("red");

    // The numbers of TRL's test_rewards.py.
    [Theory]
    [InlineData(50, 0)]
    [InlineData(80, 0)]
    [InlineData(90, -0.5)]
    [InlineData(100, -1)]
    [InlineData(110, -1)]
    public void Overlong_completions_lose_by_the_token(int length, double value)
    {
        Assert.Equal(value, new SoftOverlong(100, 20).Of(length), 1e-12);
        Assert.Equal(value, Score("soft_overlong@100/20", "red", new int[length]).Value, 1e-12);
        Assert.Equal(length <= 100 ? 0 : -1, new SoftOverlong(100, 0).Of(length));
    }

    [Fact]
    public void The_row_has_the_numbers_of_DAPO() => Assert.Equal(
        (0, -0.5, -1), (SoftOverlong.Dapo.Of(16384), SoftOverlong.Dapo.Of(16384 + 2048), SoftOverlong.Dapo.Of(20481)));

    [Theory]
    [InlineData(new[] { 5, 5, 5, 5, 5 }, 2, -0.75)]
    [InlineData(new[] { 1, 2, 1, 2, 1, 2 }, 2, -0.6)]
    [InlineData(new[] { 1, 2, 3, 1, 2, 3 }, 2, -0.4)]
    [InlineData(new[] { 1, 2, 3, 1, 2, 3 }, 3, -0.25)]
    [InlineData(new[] { 1, 2, 3, 4 }, 2, 0)]
    [InlineData(new[] { 1, 1 }, 3, 0)]
    [InlineData(new int[0], 1, 0)]
    public void Repeated_tokens_lose_their_share(int[] tokens, int n, double value) =>
        Assert.Equal(value, Score($"token_repetition@{n}", "red", tokens).Value, 1e-12);

    // "a b", "b a", "a b": 1 - 2 / 3. Words are compared in lower case.
    [Fact]
    public void Words_are_counted_where_tokens_are_not_known_and_the_reason_says_so()
    {
        Score words = Score("token_repetition@2", "a b A  B", null);
        Assert.Equal((-0.333333333333, "33 % of runs of 2 words repeated"), (Math.Round(words.Value, 12), words.Reason));
        Assert.Equal("2 tokens", Score("soft_overlong", "a b c", [1, 2]).Reason);
        Assert.Equal("3 words", Score("soft_overlong", " a b\nc ", null).Reason);
        Assert.Equal(-1.0 / 3, Score("word_repetition@2", "a b a b", [1, 2, 3, 4]).Value, 1e-12);
    }

    [Fact]
    public void Repetition_is_that_of_VLM_R1() => MetricVectors.Each("vlm_r1_repetition", 4, item =>
        Assert.Equal(item.Number("score"), VlmR1Repetition.Score(item.Text("text")).Value, 1e-9));

    [Theory]
    [InlineData("""[{"bbox_2d": [0, 0, 1, 1], "label": "x"}, {"bbox_2d": [0, 0, 1.0, 1], "label": "x"}]""", -0.5)]
    [InlineData("""[{"bbox_2d": [0, 0, 1, 1], "label": "x"}, {"bbox_2d": [0, 0, 1, 1], "label": "y"}]""", 0)]
    [InlineData("""```json [{"bbox_2d": [0, 0, 1, 1], "label": "x"}, {"bbox_2d": [0, 0, 1, 1], "label": "x"}, {"bbox_2d": [0,""", -0.5)]
    [InlineData("""```json [{"point_2d": [0, 0], "label": "x"}, {"point_2d": [0, 0], "label": "x"}]```""", 0)]
    public void Objects_of_a_list_are_compared_as_numbers(string text, double value) => Assert.Equal(value, VlmR1Repetition.Score(text).Value, 1e-12);

    // TRL's test_rewards.py: 25 and 75 of 100, half, the ends, and beyond the longest.
    [Theory]
    [InlineData(0, 1, -1)]
    [InlineData(25, 0.92678, -0.92678)]
    [InlineData(50, 0.75, -0.75)]
    [InlineData(75, 0.57322, -0.57322)]
    [InlineData(100, 0.5, -0.5)]
    [InlineData(200, 0.5, -0.5)]
    public void Right_answers_earn_more_the_shorter_and_wrong_ones_lose_less_the_longer(int length, double right, double wrong)
    {
        Assert.Equal(right, (CosineLength.Trl with { Most = 100 }).Of(length, isRight: true), 1e-5);
        Assert.Equal(wrong, (CosineLength.Trl with { Most = 100 }).Of(length, isRight: false), 1e-5);
        Assert.Equal(right, Score("cosine_length@100", "red", new int[length]).Value, 1e-5);
        Assert.Equal(wrong, Score("cosine_length@100", "blue", new int[length]).Value, 1e-5);
    }

    // ms-swift and VLM-R1 have 1 .. 0.5 for right answers; wrong ones -0.5 .. 0, and 0 .. -0.5. VLM-R1's code takes all for right.
    [Fact]
    public void The_peers_differ_in_what_wrong_answers_earn()
    {
        Assert.Equal((0.75, -0.25, 0.75, -0.25), (Near(CosineLength.MsSwift, 500, true), Near(CosineLength.MsSwift, 500, false),
            Near(CosineLength.VlmR1, 512, true), Near(CosineLength.VlmR1, 512, false)));
        Assert.Equal((-0.5, 0), (Near(CosineLength.MsSwift, 0, false), Near(CosineLength.MsSwift, 4000, false)));
        Assert.Equal(-0.5, Score("vlm_r1_cosine", "blue", new int[4000]).Value, 1e-12);

        static double Near(CosineLength rule, int length, bool right) => Math.Round(rule.Of(length, right), 12);
    }

    [Theory]
    [InlineData(0, -0.5)]
    [InlineData(100, -0.42678)]
    [InlineData(200, -0.25)]
    [InlineData(400, 0)]
    [InlineData(600, -0.25)]
    [InlineData(800, -0.5)]
    [InlineData(4000, -0.5)]
    public void A_wrong_answer_loses_for_leaving_the_length_of_the_right_ones(int length, double value) =>
        Assert.Equal(value, DynamicLength.Near(length, 400), 1e-5);

    [Theory]
    [InlineData(0, -0.25)]
    [InlineData(375, -0.125)]
    [InlineData(750, 0)]
    [InlineData(4095, 0)]
    [InlineData(4096, -0.25)]
    public void Where_none_is_right_the_length_is_fixed(int length, double value) => Assert.Equal(value, DynamicLength.Fixed(length), 1e-12);

    // Group a: right ones of 300 and 500 tokens, T = 400; a wrong one of 200 loses 0.25. Group b: none is right, 375 loses 0.125.
    [Fact]
    public void Groups_have_lengths_of_their_own()
    {
        string[] texts = ["red", "red", "blue", "blue"];
        int[] lengths = [300, 500, 200, 375];
        SampledText[] sampled = [.. texts.Zip(lengths, (text, length) => new SampledText(text, new int[length]))];

        var scores = RewardSet.Parse("dynamic_length").Compute(sampled, [s_red, s_red, s_red, s_red], ["a", "a", "a", "b"]);

        Assert.Equal([0, 0, -0.25, -0.125], scores.Select(score => Math.Round(score.Value, 12)));
        Assert.Equal("wrong, 200 tokens; right answers have 400", scores[2].Parts[0].Score.Reason);
    }

    // 40 words alike: 21 runs of 20, one of them new: 0.5 x 20 / 21 beside the length. A right answer loses nothing.
    [Fact]
    public void A_wrong_answer_loses_for_repeating_itself()
    {
        string same = string.Join(' ', Enumerable.Repeat("blue", 40));

        Assert.Equal(-0.5 * 20 / 21, DynamicLength.Repetition(same), 1e-12);
        Assert.Equal(DynamicLength.Fixed(40) - (0.5 * 20 / 21), Reward.Table["dynamic_length"].Compute(same, s_red).Value, 1e-12);
        Assert.Equal(0, Reward.Table["dynamic_length"].Compute("red", s_red).Value);
    }

    [Theory]
    [InlineData("soft_overlong@20/100", "soft_overlong@1024/256")]
    [InlineData("soft_overlong@100", "soft_overlong@1024/256")]
    [InlineData("soft_overlong@", "soft_overlong@1024/256")]
    [InlineData("cosine_length@0", "cosine_length@512")]
    [InlineData("cosine_length@-5", "cosine_length@512")]
    [InlineData("token_repetition@0", "token_repetition@4")]
    [InlineData("word_repetition@1.5", "word_repetition@20")]
    [InlineData("acc@1.5", "acc@0.75")]
    [InlineData("box_f1@NaN", "box_f1@0.75")]
    public void Numbers_that_a_rule_cannot_have_are_refused(string name, string fix)
    {
        var error = Assert.Throws<UsageException>(() => RewardSet.Parse(name, where: "--reward " + name));
        Assert.StartsWith($"'{name}' is no {name.Split('@')[0]} with its numbers: ", error.Message);
        Assert.Equal(("--reward " + name, fix), (error.Where, error.Fix));
    }

    // 0.5 and 0.7: the same answer hits the one and not the other. The same name is the same reward, so that sets are equal.
    [Fact]
    public void A_name_may_carry_its_numbers()
    {
        var truth = new Truth.Region(new(40, 30, 60, 40), Frame.OriginalPixels, 200, 100);
        RewardSet set = RewardSet.Parse("0.5 acc@0.6 + acc@0.75:0.5");

        Assert.Equal(["acc@0.6", "acc@0.75"], set.Parts.Select(part => part.Reward.Name));
        Assert.Equal(0.5, set.Compute("[40, 30, 60, 37]", truth).Value);
        Assert.Equal(set, RewardSet.Parse("0.5 acc@0.6 + 0.5 acc@0.75"));
        Assert.Same(Reward.Table["acc@0.5"], Reward.Find("acc@0.5", "here"));
        Assert.Equal("there is no reward 'iou@0.5'", Assert.Throws<UsageException>(() => Reward.Find("iou@0.5", "here")).Message);
    }

    private static Score Score(string name, string text, int[]? tokens) =>
        Reward.Find(name, "here").Compute(AnswerFormat.Auto.Read(new SampledText(text, tokens)), s_red);
}
