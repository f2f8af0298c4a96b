using System.Reflection;
using Vlm.Rewards;
using Vlm.Testing;

namespace Vlm.Datasets.Tests;

public class CaptionRewardTests
{
    // A small red circle at the top left, a large blue square on the right, a large blue triangle at the bottom.
    private static readonly CaptionTruth Three = new(
    [
        new("small", "red", "circle", 0.2, 0.1), new("large", "blue", "triangle", 0.5, 0.9),
        new("large", "blue", "square", 0.8, 0.5),
    ]);

    private static readonly CaptionTruth Two = new(
        [new("small", "red", "circle", 0.2, 0.1), new("large", "blue", "square", 0.8, 0.5)]);

    // score = p / (5 n + 5 m - p) with p points for n objects named, m = 2 there: 5 points for an object named in full.
    [Theory]
    [InlineData("A small red circle and a large blue square.", 10, 2)]
    [InlineData("A small red circle.", 5, 1)]
    [InlineData("A small red circle and a small green cross.", 5, 2)]
    [InlineData("A red circle and a blue square.", 8, 2)]                           // no sizes: 4 each
    [InlineData("A large red circle and a small blue square.", 8, 2)]               // wrong sizes: 4 each
    [InlineData("A large blue square and a small red circle.", 9, 2)]               // from right to left: one out of place
    [InlineData("A small blue circle.", 1, 1)]                                      // of colour and shape one is right
    [InlineData("A small red circle at the bottom.", 4, 1)]                         // said, and wrong
    [InlineData("A small red circle at the top left.", 5, 1)]
    [InlineData("A large blue square on the right and a small red circle at the top.", 10, 2)]
    [InlineData("There are two objects: a tiny red disc, one big blue square.", 10, 2)]
    [InlineData("A small red circle, a small red circle and a large blue square.", 10, 3)]
    [InlineData("Two small red circles.", 5, 2)]                                    // the second is right in nothing
    public void Points_are_shared_over_said_and_there(string caption, int points, int said) => Assert.Equal(
        points / ((5.0 * (said + 2)) - points), CaptionReward.Score(caption, Two).Value, tolerance: 1e-12);

    // "the" with an object already named does not name it again; with a new one it does. "no" names nothing.
    [Theory]
    [InlineData("A small red circle and a large blue square. The red circle is left of the blue square.", 1)]
    [InlineData("The small red circle is on the left of the large blue square.", 1)]
    [InlineData("There is a small red circle, a large blue square and no green cross.", 1)]
    [InlineData("A small red circle and a large blue square. The green cross is below the red circle.", 10 / 15.0)]
    public void Objects_are_counted_once_and_only_where_they_are_said_to_be_there(string caption, double score) =>
        Assert.Equal(score, CaptionReward.Score(caption, Two).Value, tolerance: 1e-12);

    // 16 names, both objects among them: at most 5 + 4 points (one size is wrong), over 5 (16 + 2) - 9.
    [Fact]
    public void Guessing_costs_more_than_it_earns()
    {
        string[] colors = ["red", "green", "blue", "yellow"], shapes = ["circle", "square", "triangle", "cross"];
        string all = string.Join(", ", colors.SelectMany(color => shapes.Select(shape => $"a small {color} {shape}")));

        Score guess = CaptionReward.Score(all, Two);

        Assert.InRange(guess.Value, 0.05, 9 / (5.0 * 18 - 9));
        Assert.Equal("names over 16 objects", CaptionReward.Score(all + ", a large red circle", Two).Reason);
        Assert.Equal("names no object", CaptionReward.Score("I see some things.", Two).Reason);
    }

    // In order of speaking the vague name would take the triangle, and leave the whole name 1 point for the square.
    [Fact]
    public void Names_are_matched_so_that_their_sum_is_largest()
    {
        Score score = CaptionReward.Score("A blue object, a large blue triangle at the bottom.", Three);

        // The vague name takes the square (1 point), the triangle is whole (5): 6 of 5 (2 + 3) - 6.
        Assert.Equal(6 / 19.0, score.Value, tolerance: 1e-12);
    }

    [Fact]
    public void A_caption_is_right_only_when_nothing_is_missing_wrong_or_invented()
    {
        const string Whole = "A small red circle, a large blue triangle and a large blue square.";

        Assert.Equal((1, 1), (CaptionReward.Complete(Whole, Three).Value, CaptionReward.Score(Whole, Three).Value));
        Assert.Equal(0, CaptionReward.Complete("A small red circle and a large blue square.", Three).Value);
        Assert.Equal(0, CaptionReward.Complete(Whole.Replace("small", "large"), Three).Value);
        RewardSet rewards = CaptionTruth.Captions.Rewards;
        Assert.Equal(14 / 16.0, rewards.Compute(Whole.Replace("small", "large"), Three).Value, tolerance: 1e-12);
        Assert.Equal(["caption_complete", "caption"], rewards.Compute(Whole, Three).Parts.Select(part => part.Name));
    }

    [Fact]
    public void A_scene_that_captions_are_not_read_for_is_refused()
    {
        CaptionObject good = Two.Objects[0];

        Assert.Throws<ArgumentException>(() => CaptionReward.Score("", new([])));
        Assert.Throws<ArgumentException>(() => CaptionReward.Score("", new([.. Enumerable.Repeat(good, 9)])));
        Assert.Throws<ArgumentException>(() => CaptionReward.Score("", new([good with { Color = "mauve" }])));
        Assert.Throws<ArgumentException>(() => CaptionReward.Score("", new([good with { Size = "medium" }])));
        Assert.Throws<ArgumentException>(() => CaptionReward.Score("", new([good with { X = double.NaN }])));
    }

    // The rows are there once anything of the package has been used.
    public static TheoryData<string> Names
    {
        get
        {
            Assembly own = CaptionTruth.Reward.Takes.Assembly;
            return [.. Reward.Table.Where(row => row.Takes.Assembly == own).Select(row => row.Name)];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_string_makes_a_reward_of_this_package_throw_or_leave_its_range(string name)
    {
        RewardFuzz.IsComplete(Reward.Table[name]);
        RewardFuzz.Survives(Reward.Table[name]);
        RewardFuzz.ReadsInOnePass(Reward.Table[name]);
    }

    [Fact]
    public void The_package_adds_its_rows_to_the_tables()
    {
        Assert.Equal(["any_match", "caption", "caption_complete", "guide", "guide_complete", "guide_content", "guide_plan"],
            Names.Select(row => row.Data).Order(StringComparer.Ordinal));
        Assert.Same(CaptionTruth.Captions, TruthKind.Table["caption"]);
    }
}
