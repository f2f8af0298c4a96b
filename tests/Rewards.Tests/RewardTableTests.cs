using Vlm.Testing;

namespace Vlm.Rewards.Tests;

public class RewardTableTests
{
    // Own rows of other tests of this assembly have no source.
    public static TheoryData<string> Names => [.. Reward.Table.Where(row => row.Source.Length > 0).Select(row => row.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void No_string_makes_a_reward_throw_or_leave_its_range(string name) => RewardFuzz.Survives(Reward.Table[name]);

    [Theory]
    [MemberData(nameof(Names))]
    public void Long_repetitions_are_read_in_one_pass(string name) => RewardFuzz.ReadsInOnePass(Reward.Table[name]);

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_row_names_its_source_and_its_example_earns_the_most(string name) =>
        RewardFuzz.IsComplete(Reward.Table[name]);

    [Fact]
    public void Names_are_unique_and_cannot_be_taken_twice()
    {
        Assert.Equal(Reward.Table.Count, Reward.Table.Names.Distinct().Count());
        Assert.Throws<ArgumentException>(() => Reward.Table.Add(Reward.Of("iou", (_, _) => Score.One("mine"))));
        Assert.Throws<ArgumentException>(() => new NamedTable<Reward>("reward").Add(Reward.Of(" ", (_, _) => Score.One("mine"))));
    }

    [Fact]
    public void An_unknown_name_says_which_is_near_or_which_there_are()
    {
        Assert.Equal(
            "error: there is no reward 'tokenf1'\n   at: --reward tokenf1\n  try: token_f1",
            Assert.Throws<UsageException>(() => Reward.Table.Find("tokenf1", "--reward tokenf1")).Render());
        string[] lines = Assert.Throws<UsageException>(() => Reward.Table["bertscore"]).Render().Split('\n');
        Assert.Equal(["error: there is no reward 'bertscore'", "   at: reward bertscore"], lines[..2]);
        Assert.StartsWith("  try: one of exact_match, normalized_match, ", lines[2]);
    }

    [Fact]
    public void A_reward_refuses_a_truth_of_another_type()
    {
        var error = Assert.Throws<ArgumentException>(() => Reward.Table["iou"].Compute("[1, 2, 3, 4]", new Truth.Word("red")));
        Assert.StartsWith("iou takes a truth of type region, and this one is word", error.Message);
        Assert.Null(Reward.Table["token_f1"].Problem(new Truth.Text("a red ball")));
        Assert.NotNull(Reward.Table["yes_no"].Problem(new Truth.Word("red")));
    }

    // 0.5 x 0 + 2 x 2 / 3 of the words: 3 said, 2 true, 2 shared give 2 x 2 / 5 = 0.8.
    [Fact]
    public void A_set_is_read_from_names_with_weights_and_knows_its_accuracy_by_name()
    {
        var set = RewardSet.Parse("2 token_f1 + 0.5 exact_match", accuracy: "normalized_match");
        TotalScore score = set.Compute("red ball left", new Truth.Word("red ball"));

        Assert.Equal("0 normalized_match + 2 token_f1 + 0.5 exact_match", set.ToString());
        Assert.Equal((2 * 0.8) + (0.5 * 0), score.Value, 1e-12);
        Assert.Equal("'red ball left' is not the answer", score.Accuracy!.Value.Reason);
        Assert.Equal(1, set.Compute("Red ball.", new Truth.Word("red ball")).Accuracy!.Value.Value);
        Assert.Equal("iou", RewardSet.Parse("0.3 iou + acc@0.5").Accuracy!.Name);
    }

    [Theory]
    [InlineData("token_f1 + 2 token_f1", "'token_f1 + 2 token_f1' names a reward twice")]
    [InlineData("2 x token_f1", "'2 x token_f1' is no reward with its weight")]
    [InlineData("NaN token_f1", "'NaN token_f1' is no reward with its weight")]
    [InlineData("", "'' is no reward with its weight")]
    [InlineData("token_f2", "there is no reward 'token_f2'")]
    public void A_set_that_cannot_be_is_refused(string text, string problem)
    {
        var error = Assert.Throws<UsageException>(() => RewardSet.Parse(text, where: "mine.parquet, row 7"));
        Assert.Equal((problem, "mine.parquet, row 7"), (error.Message, error.Where));
    }
}
