using Vlm.Grpo.Reports;

namespace Vlm.Grpo.Tests.Report;

public class EstimatesTests
{
    // p = .8, n = 10, z = 1.96: centre (.8 + .19207) / 1.38415 = .71674, half 1.96 sqrt(.016 + .0096037) / 1.38415 = .22658.
    [Fact]
    public void Wilson_of_eight_in_ten()
    {
        Estimate found = Estimates.Share(0.8, 10);

        Assert.Equal((0.49016, 0.94332), (Math.Round(found.Low, 5), Math.Round(found.High, 5)));
        Assert.Equal((0.8, 10), (found.Value, found.Count));
    }

    // None of 4: from 0 to z² / (n + z²) = 3.8415 / 7.8415.
    [Fact]
    public void Wilson_of_none_stays_within_0_and_1()
    {
        Assert.Equal((0.0, 0.48989), (Estimates.Share(0, 4).Low, Math.Round(Estimates.Share(0, 4).High, 5)));
        Assert.Equal((0.51011, 1.0), (Math.Round(Estimates.Share(1, 4).Low, 5), Estimates.Share(1, 4).High));
    }

    // 1, 2, 6: mean 3, deviation sqrt((4 + 1 + 9) / 2) = sqrt 7, error sqrt(7 / 3) = 1.52753.
    [Fact]
    public void A_mean_lies_in_the_middle_of_its_interval()
    {
        Estimate found = Estimates.Mean([1, 2, 6]);

        Assert.Equal((3, Math.Round(3 - (1.959964 * 1.527525), 4), Math.Round(3 + (1.959964 * 1.527525), 4)),
            (found.Value, Math.Round(found.Low, 4), Math.Round(found.High, 4)));
        Assert.True(double.IsNaN(Estimates.Mean([1]).Low));
    }

    // Window 2 keeps a half: 4; (2 + 1) / 1.5 = 2 -> (4/2 + 1) / (1/2 + 1); (3/2 + 7) / (1.5/2 + 1).
    [Fact]
    public void Smoothing_weighs_the_last_most_and_is_not_drawn_to_zero()
    {
        Assert.Equal([4, 2, 8.5 / 1.75], Estimates.Smooth([4, 1, 7], 2));
        Assert.Equal([4.0, 1, 7], Estimates.Smooth([4, 1, 7], 1));
    }

    [Theory]
    [InlineData(0.1, 0.4, new[] { 0.1, 0.2, 0.3, 0.4 })]
    [InlineData(0, 0, new[] { 0, 0.5, 1 })]
    [InlineData(-3, 12, new[] { -5.0, 0, 5, 10, 15 })]
    public void A_scale_has_round_numbers_and_holds_the_values(double least, double most, double[] ticks)
    {
        (double low, double high, double[] found) = CurveSvg.Scale(least, most);

        Assert.Equal(ticks, found.Select(tick => Math.Round(tick, 9)));
        Assert.True(low <= least && high >= most);
    }

    // 10 steps in 4 parts: 0-2, 3-4, 5-7, 8-9 after the first.
    [Fact]
    public void Reasons_are_counted_in_the_part_of_the_run_that_holds_their_step()
    {
        var counts = new ReasonCounts(first: 1, last: 10, most: 4);
        for (long step = 1; step <= 10; step++)
            counts.Add(step, [new("iou", 1, 0, step < 9 ? "no box" : "iou"), new("form", 0, 1, $"reason {step}")]);

        Reasons[] found = [.. counts.Most(3)];
        Assert.Equal([(1L, 3L), (4, 5), (6, 8), (9, 10)], found[0].Spans);
        Assert.Equal([("no box", "3 2 3 0"), ("iou", "0 0 0 2")], found[0].Counts.Select(one => (one.Reason, string.Join(' ', one.Counts))));
        Assert.Equal(["reason 1", "reason 10", "reason 2", "other reasons"], found[1].Counts.Select(one => one.Reason));
        Assert.Equal([1L, 2, 3, 1], found[1].Counts[^1].Counts);
    }

    [Theory]
    [InlineData("iou 0.367 is below 0.5", "iou … is below 0.5")]
    [InlineData("'blue square' is not the answer", "'…' is not the answer")]
    [InlineData("-12.5 is not the number", "… is not the number")]
    [InlineData("the answer isn't there, and that's it", "the answer isn't there, and that's it")]
    [InlineData("same words", "same words")]
    public void Reasons_are_counted_without_what_is_particular_to_an_answer(string reason, string kind) =>
        Assert.Equal(kind, ReasonText.Kind(reason));

    // Shares 1/2, 1/4, 1/4: entropy 1.5 ln 2, so 2^1.5.
    [Fact]
    public void Effective_codes_are_the_exponential_of_the_entropy()
    {
        Assert.Equal(Math.Pow(2, 1.5), CodeSection.Effective(new Dictionary<long, long> { [4] = 2, [5] = 1, [9] = 1 }), 12);
        Assert.Equal(1, CodeSection.Effective(new Dictionary<long, long> { [4] = 7 }), 12);
    }

    // 7 right to 1 broken, room for 4: the rare one stays, and of the others three spread evenly.
    [Fact]
    public void What_is_rare_is_shown_where_there_is_no_room_for_all()
    {
        Answered right = new("yes", false, 1, "", [], true, null), wrong = right with { Correct = false };
        Compared[] answers = [.. Enumerable.Range(0, 8).Select(i => new Compared(new($"{i}", "exists", "", null, null, null), right, i == 5 ? wrong : right))];

        Assert.Equal(["0", "2", "4", "5"], RunReader.Some(answers, 4).Select(one => one.Question.Id));
        Assert.Equal(8, RunReader.Some(answers, 8).Count());
    }
}
