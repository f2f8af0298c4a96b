namespace Vlm.Grpo.Tests.SelfImprovement;

public class BalanceTests
{
    // b = min(right / 8, 1) x right / chosen: 1 x 1, 1/2 x 1/2, 1 x 3/4, 1/4 x 1.
    [Theory]
    [InlineData(8, 8, 1)]
    [InlineData(8, 4, 0.25)]
    [InlineData(16, 12, 0.75)]
    [InlineData(2, 2, 0.25)]
    [InlineData(0, 0, 0)]
    [InlineData(5, 0, 0)]
    public void A_query_balances_many_right_answers_and_few_wrong_ones(int chosen, int right, double balance) =>
        Assert.Equal(balance, QueryBalance.Of(new(chosen, right)), 12);

    [Fact]
    public void Two_right_answers_may_be_enough() => Assert.Equal(1, QueryBalance.Of(new(2, 2), target: 2));

    // 1 and 1/4, and a query of which nothing was chosen is in no mean.
    [Fact]
    public void Queries_without_an_answer_are_in_no_mean()
    {
        Assert.Equal(0.625, QueryBalance.Mean([new(8, 8), new(0, 0), new(2, 2)]), 12);
        Assert.Equal(double.NaN, QueryBalance.Mean([new(0, 0)]));
    }

    [Fact]
    public void What_cannot_be_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => QueryBalance.Of(new(2, 3)));
        Assert.Throws<ArgumentOutOfRangeException>(() => QueryBalance.Of(new(2, 2), target: 0));
    }

    [Fact]
    public void The_search_finds_the_largest_value_of_a_table()
    {
        BalancePoint[] table = [new(0.5, -1, 0.2), new(0.5, 0, double.NaN), new(0.7, 0.1, 0.6), new(0.9, 0.2, 0.6), new(1.1, 1, 0.4)];

        Assert.Equal(table[2], BalanceSearch.Best(table));      // of equals the first
        Assert.Equal(table[1], BalanceSearch.Best([table[1]]));
        Assert.Equal(table[0], BalanceSearch.Best([table[1], table[0]]));
    }

    [Fact]
    public void The_papers_grid()
    {
        Assert.Equal((201, -1, 1, 0.01), (BalanceSearch.PaperThresholds.Count, BalanceSearch.PaperThresholds[0],
            BalanceSearch.PaperThresholds[^1], BalanceSearch.PaperThresholds[101]));
        Assert.Equal((15, 0.5, 1.2), (BalanceSearch.PaperTemperatures.Count, BalanceSearch.PaperTemperatures[0], BalanceSearch.PaperTemperatures[^1]));
    }

    // Scores 1.1 and 1.05 are right, 0.146 and 0.1 wrong. From 0.15 on only right ones are left: 2/2 x 2/2 in place of 2/2 x 2/4.
    [Fact]
    public void A_threshold_is_as_high_as_wrong_answers_are()
    {
        var answers = new AnswerSelection([[new("a", true, 0.5), new("b", false, 0.73), new("c", true, 0.25), new("d", false, 0.5)]]);

        BalancePoint best = BalanceSearch.Best(BalanceSearch.Points(0.7, answers, size: 4, target: 2));

        Assert.Equal(new BalancePoint(0.7, 0.15, 1), best);
        Assert.Equal(0.5, BalanceSearch.Points(0.7, answers, size: 4, target: 2).First().Balance);
    }
}
