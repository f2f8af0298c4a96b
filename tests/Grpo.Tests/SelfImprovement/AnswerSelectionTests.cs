namespace Vlm.Grpo.Tests.SelfImprovement;

public class AnswerSelectionTests
{
    // By score: c 1.2, a 1.1, a 1.0, d 0.1 of the first query; x 1.0, y 0.0 of the second.
    private static readonly Attempt[][] s_queries =
    [
        [new("a", true, 0.5), new("d", false, 0.5), new("c", true, 1), new("a", true, 0)],
        [new("y", false, 0), new("x", true, 0)],
    ];

    [Fact]
    public void Being_right_counts_five_times_the_liking()
    {
        Assert.Equal(1.2, new Attempt("", true, 1).Score, 12);
        Assert.Equal(-0.2, new Attempt("", false, -1).Score, 12);
    }

    // cap 1: c | x = 2;  cap 2: c a | x y = 4
    [Theory]
    [InlineData(1, "2|1")]
    [InlineData(2, "2|1")]
    [InlineData(3, "2 0|1 0")]
    [InlineData(5, "2 0 1|1 0")]
    [InlineData(100, "2 0 1|1 0")]
    public void The_cap_rises_until_there_are_enough(int size, string chosen) =>
        Assert.Equal(chosen, Text(new AnswerSelection(s_queries).Choose(-1, size)));

    // A third place does not bring a third answer: it says what the second said.
    [Fact]
    public void Equal_answers_are_one()
    {
        ChosenCount[] counts = new AnswerSelection(s_queries).Count(0.5, 100);

        Assert.Equal([new(2, 2), new(1, 1)], counts);
    }

    // 1.1 is not above 1.1.
    [Theory]
    [InlineData(1.1, "2|")]
    [InlineData(1.05, "2 0|")]
    [InlineData(0.9, "2 0|1")]
    [InlineData(1.3, "|")]
    public void Only_scores_above_the_threshold_are_chosen(double threshold, string chosen) =>
        Assert.Equal(chosen, Text(new AnswerSelection(s_queries).Choose(threshold, 100)));

    [Fact]
    public void What_cannot_be_ranked_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new AnswerSelection([]));
        Assert.Throws<ArgumentException>(() => new AnswerSelection([[new("a", true, double.NaN)]]));
    }

    // Three different right answers of four in one query, none in the other; liking of right 0.2, of wrong 0.6.
    //   pass@2  1 - C(1,2)/C(4,2) = 1 and 0;   best of 2: the wrong one is best in 3 of 6 draws, and of three right ones 3 of 6.
    [Fact]
    public void Monitors_tell_exploration_from_exploitation()
    {
        Attempt[][] queries =
        [
            [new("a", true, 0.1), new("b", true, 0.2), new("c", true, 0.3), new("d", false, 0.6)],
            [new("e", false, 1), new("f", false, 1), new("g", false, 1), new("h", false, 1)],
        ];

        StepStats stats = ImprovementMonitor.Of(queries, 2);

        Assert.Equal(0.5, stats["improvement/pass_at_2"], 12);
        Assert.Equal(1.5, stats["improvement/distinct_right"], 12);
        Assert.Equal(0.25, stats["improvement/best_of_2"], 12);
        Assert.Equal(-0.4, stats["improvement/reward_gap"], 12);
        Assert.All(stats.Sums.Keys, name => Assert.True(Metric.IsDefined(name)));
    }

    [Fact]
    public void A_right_answer_that_is_given_twice_is_distinct_once() => Assert.Equal(1,
        ImprovementMonitor.Of([[new("a", true, 0), new("a", true, 0.5)]], 2)["improvement/distinct_right"]);

    [Fact]
    public void Too_few_answers_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ImprovementMonitor.Of([[new("a", true, 0)]], 2));
        Assert.Throws<ArgumentException>(() => ImprovementMonitor.Of([[new("a", true, 0)]], 0));
        Assert.Throws<ArgumentException>(() => ImprovementMonitor.Of([], 1));
    }

    private static string Text(int[][] chosen) => string.Join('|', chosen.Select(query => string.Join(' ', query)));
}
