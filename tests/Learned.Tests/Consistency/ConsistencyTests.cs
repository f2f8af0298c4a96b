using Vlm;
using Vlm.Rewards.Learned;

namespace Learned.Tests.Consistency;

/// <summary>Card M5: consistency, RewardFusion, ConvexDA, by hand.</summary>
public class ConsistencyTests
{
    // r(q1,a1) r(q1,a2) r(q2,a1) r(q2,a2): each question prefers its answer where 1st > 2nd and 4th > 3rd, each answer its question where 1st > 3rd and 4th > 2nd.
    [Theory]
    [InlineData(2, 1, 0, 3, true, true)]
    [InlineData(2, 1, 3, 4, true, false)]       // the second question is liked whatever is said
    [InlineData(2, 3, 0, 4, false, true)]       // the second answer is liked whatever is asked
    [InlineData(1, 1, 0, 3, false, true)]       // a tie is not a preference
    [InlineData(1, 0, 1, 3, true, false)]
    [InlineData(1, 1, 1, 1, false, false)]
    public void Both_comparisons_must_hold(double r11, double r12, double r21, double r22, bool response, bool question)
    {
        ContrastScores scores = new(r11, r12, r21, r22);

        Assert.Equal((response, question), (scores.IsResponseConsistent, scores.IsQuestionConsistent));
    }

    [Fact]
    public void A_constant_reward_scores_0_and_shares_are_over_all()
    {
        ConsistencyReport constant = ConsistencyReport.Of([new(1, 1, 1, 1), new(1, 1, 1, 1)]);
        ConsistencyReport mixed = ConsistencyReport.Of([new(2, 1, 0, 3), new(2, 1, 3, 4), new(2, 3, 0, 4), new(1, 1, 1, 1)]);

        Assert.Equal(new(2, 0, 0), constant);
        Assert.Equal(new(4, 0.5, 0.5), mixed);
        Assert.True(double.IsNaN(ConsistencyReport.Of([]).Response));
    }

    // (2 + 0.95 x 1 + 0.92 x 0.5) / (1 + 0.95 + 0.92) = 3.41 / 2.87
    [Fact]
    public void Fusion_is_the_mean_of_neighbours_weighted_by_similarity() =>
        Assert.Equal(1.188153, RewardFusion.Fuse(2.0, [(0.95, 1.0), (0.92, 0.5)]), 1e-6);

    // 0.89 is below the threshold; of six at 0.9 and above the five most similar count: (1 + 0.99 x 3 + 4 x 0.95 x 3) / (1 + 0.99 + 3.8)
    [Fact]
    public void Neighbours_below_the_threshold_and_beyond_the_fifth_do_not_count()
    {
        (double, double)[] neighbours = [(0.89, 100), (0.9, 50), (0.95, 3), (0.95, 3), (0.95, 3), (0.95, 3), (0.99, 3)];

        Assert.Equal((1 + (4.79 * 3)) / 5.79, RewardFusion.Fuse(1, neighbours), 1e-12);
        Assert.Equal(7, RewardFusion.Fuse(7, []));
        Assert.Equal((1 + (0.89 * 100)) / 1.89, RewardFusion.Fuse(1, neighbours[..1], threshold: 0.8), 1e-12);
    }

    // (3,4) and (4,3): 24 / 25.
    [Fact]
    public void Similarity_is_the_cosine_of_the_angle()
    {
        Assert.Equal(0.96, RewardFusion.Cosine([3, 4], [4, 3]), 1e-12);
        Assert.Equal(0, RewardFusion.Cosine([0, 0], [4, 3]));
        Assert.Throws<ArgumentException>(() => RewardFusion.Cosine([1, 0], [1, 0, 5]));
    }

    // Vectors (1,0) and (0.95, sqrt(1 - 0.95^2)): cosine 0.95.
    [Fact]
    public async Task A_fused_reward_averages_what_is_scored_and_leaves_what_is_not()
    {
        FusionBank bank = new([[0.95f, MathF.Sqrt(1 - 0.9025f)], [0, 1]], [1, 100]);
        Example example = Example.Ask([Message.User("q?")], []);
        using var fused = new FusedReward(
            new TwoScores(LearnedScore.Of(2, "score 2"), LearnedScore.NotScored("timed out")), bank, texts => [.. texts.Select(_ => (float[])[1, 0])]);

        IReadOnlyList<LearnedScore> scores = await fused.ScoreAsync([new(example, "a"), new(example, "b")]);

        Assert.Equal((2 + 0.95) / 1.95, scores[0].Value!.Value, 1e-6);
        Assert.Equal((null, "timed out"), (scores[1].Value, scores[1].Reason));
        Assert.Equal("q?\na", FusedReward.TextOf(new(example, "a")));
    }

    [Fact]
    public void Of_a_square_and_its_centre_the_four_corners_are_kept()
    {
        Assert.Equal([0, 1, 3, 4], ConvexAugmentation.Outermost([[0, 0, 5], [2, 0, 5], [1, 1, 5], [2, 2, 5], [0, 2, 5]]));
    }

    [Fact]
    public void Corners_are_no_points_on_a_side_and_no_repeated_ones()
    {
        (double, double)[] points = [(0, 0), (1, 0), (2, 0), (2, 2), (0, 2), (0, 0), (0, 1)];

        Assert.Equal([0, 2, 3, 4], ConvexHull.Corners(points).Order());
        Assert.Equal([0, 2], ConvexHull.Corners([(0, 0), (1, 1), (3, 3)]).Order());
        Assert.Equal([0], ConvexHull.Corners([(1, 1), (1, 1)]));
    }

    // (3,0,0), (-3,0,0), (0,1,0), (0,-1,0): the first component is x, the second y.
    [Fact]
    public void The_plane_is_that_of_the_two_largest_spreads()
    {
        IReadOnlyList<(double X, double Y)> plane = ConvexAugmentation.Plane([[3, 7, 0], [-3, 7, 0], [0, 7, 1], [0, 7, -1]]);

        Assert.Equal([3, 3, 0, 0], plane.Select(point => Math.Round(Math.Abs(point.X), 6)));
        Assert.Equal([0, 0, 1, 1], plane.Select(point => Math.Round(Math.Abs(point.Y), 6)));
        Assert.True(plane[0].X * plane[1].X < 0 && plane[2].Y * plane[3].Y < 0);
    }

    // 40 words: two of them have an error; a word of one letter has none.
    [Fact]
    public void One_word_of_twenty_has_two_letters_in_the_other_order()
    {
        string text = string.Join(' ', Enumerable.Repeat("a quick fox", 13)) + " x";
        string typo = ConvexAugmentation.WithTypos(text, new RandomStream(1, "typos"));

        (string Before, string After)[] changed = [.. text.Split(' ').Zip(typo.Split(' ')).Where(pair => pair.First != pair.Second)];
        Assert.Equal(2, changed.Length);
        Assert.All(changed, pair => Assert.Equal(pair.Before.Order(), pair.After.Order()));
        Assert.Equal("a b c", ConvexAugmentation.WithTypos("a b c", new RandomStream(1, "typos")));
    }

    [Fact]
    public void Copies_inside_the_hull_are_left_out()
    {
        var vectors = new Queue<float[]>([[0, 0], [2, 0], [1, 1], [2, 2], [0, 2]]);
        IReadOnlyList<string> kept = ConvexAugmentation.Of("some words of a longer text here", texts => [.. texts.Select(_ => vectors.Dequeue())], new RandomStream(3, "typos"));

        Assert.Equal(4, kept.Count);
        Assert.All(kept, copy => Assert.NotEqual("some words of a longer text here", copy));
    }

    private sealed class TwoScores(params LearnedScore[] scores) : ILearnedReward
    {
        public string Name => "two";

        public Task<IReadOnlyList<LearnedScore>> ScoreAsync(IReadOnlyList<Completion> completions, CancellationToken cancel = default) =>
            Task.FromResult<IReadOnlyList<LearnedScore>>(scores);

        public void Dispose()
        {
        }
    }
}
