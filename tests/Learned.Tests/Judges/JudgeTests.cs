using Microsoft.Extensions.Logging;
using Vlm;
using Vlm.Grpo;
using Vlm.Rewards;
using Vlm.Rewards.Learned;
using Vlm.Rewards.Learned.Judges;

namespace Learned.Tests.Judges;

/// <summary>What judges make of what they are told: scores, ratios, preferences, win rates, and nothing where nothing was said.</summary>
public class JudgeTests
{
    private static readonly Example s_asked = Example.Ask([Message.User("what?")], [], "row") with { Answer = "truth" };

    // (7 - 1) / 9, (1 - 1) / 9; a failure and rubbish have no score.
    [Fact]
    public async Task Pointwise_scores_go_from_0_to_1_and_what_was_not_said_is_no_0()
    {
        var model = new ScriptedJudge(request => Answer(request) switch { "good" => "Fine. [[7]]", "bad" => "[[1]]", "odd" => "hm", _ => null });
        using IJudge judge = JudgeTable.Make(model, JudgeMode.Pointwise);

        IReadOnlyList<LearnedScore> scores = await judge.ScoreAsync(Group("good", "bad", "odd", "lost"));

        Assert.Equal([6 / 9.0, 0, null, null], scores.Select(score => score.Value));
        Assert.Equal("7 of 10: Fine. [[7]]", scores[0].Reason);
        Assert.Equal("no verdict in 'hm'", scores[2].Reason);
        Assert.Equal("not answered: timed out after 60 s", scores[3].Reason);
        Assert.Equal(new JudgeCounts { Requests = 4, Failed = 1, NoVerdict = 1, Scored = 2, NotScored = 2 }, judge.Counts);
    }

    [Fact]
    public async Task The_policy_may_say_of_itself_whether_it_is_right()
    {
        var model = new ScriptedJudge(request => Answer(request) == "good" ? "yes" : "no", identity: null);
        using IJudge judge = JudgeTable.Make(model, JudgeMode.Pointwise, RubricPresets.YesNo);

        Assert.Equal([1.0, 0.0], (await judge.ScoreAsync(Group("good", "bad"))).Select(score => score.Value));
    }

    // 8 x 6 / 8 x 8 = 0.75.
    [Fact]
    public async Task Against_a_reference_the_reward_is_the_ratio_of_sums_and_what_is_missing_has_none()
    {
        var model = new ScriptedJudge(request => Answer(request) switch { "good" => Scores(6, 8), "better" => Scores(9, 8), _ => "{}" });
        using IJudge judge = JudgeTable.Make(model, JudgeMode.Reference, RubricPresets.MmRole);

        IReadOnlyList<LearnedScore> scores = await judge.ScoreAsync(Group("good", "better", "odd"));

        Assert.Equal([0.75, 1.125, null], scores.Select(score => score.Value));
        Assert.Contains("truth", ScriptedJudge.TextOf(model.Asked[0]), StringComparison.Ordinal);
    }

    // 1 - 0.2 x 128 / 256: tokens, where the training counts them, and not the three letters.
    [Fact]
    public async Task Length_is_counted_as_the_settings_say()
    {
        using IJudge judge = JudgeTable.Make(new ScriptedJudge(_ => "[[yes]]"), JudgeMode.Accuracy, settings: new() { Length = text => text == "any" ? 128 : 0 });

        Assert.Equal(0.9, (await judge.ScoreAsync(Group("any")))[0].Value!.Value, 1e-12);
    }

    // A model that does not follow the rubric costs a whole run where nobody says so.
    [Theory]
    [InlineData("who knows", true)]
    [InlineData("[[7]]", false)]
    public async Task A_judge_that_never_gives_a_verdict_is_warned_of(string reply, bool warned)
    {
        var log = new WarningCount();
        using IJudge judge = JudgeTable.Make(new ScriptedJudge(request => Answer(request) == "first" ? reply : "hm"), JudgeMode.Pointwise, log: log);

        await judge.ScoreAsync(Group("first", "second"));

        Assert.Equal(warned ? 1 : 0, log.Warnings);
    }

    // A scale that begins at 0: there is no ratio to nothing, and infinity is no reward.
    [Fact]
    public async Task Against_a_reference_that_is_worth_nothing_there_is_no_score()
    {
        var rubric = new Rubric("zero", "{question} {answer} {reference}", VerdictForm.Dimensions) { Mode = JudgeMode.Reference, Low = 0, Dimensions = ["tone"] };
        using IJudge judge = JudgeTable.Make(new ScriptedJudge(_ => """{"a": {"tone": 3}, "b": {"tone": 0}}"""), JudgeMode.Reference, rubric);

        LearnedScore score = (await judge.ScoreAsync(Group("any")))[0];

        Assert.Equal((null, "the reference's scores are all 0"), (score.Value, score.Reason));
    }

    // Released: (0.75 + 1.125) / 3 = 0.625, below their mean 0.9375.
    [Fact]
    public void As_released_what_is_missing_gets_the_sum_over_all()
    {
        LearnedScore[] scores = [LearnedScore.Of(0.75, ""), LearnedScore.Of(1.125, ""), LearnedScore.NotScored("lost")];

        Assert.Equal([0.75, 1.125, 0.625], ReferenceJudge.Filled(scores).Select(score => score.Value));
        Assert.Null(ReferenceJudge.Filled([scores[2]])[0].Value);
    }

    // A judge that always prefers what stands first says nothing, and is found out; one that knows is not.
    [Fact]
    public async Task Both_orders_take_the_place_out_and_measure_it()
    {
        using var always = new PairComparer(new ScriptedJudge(_ => "[[A]]"), RubricPresets.Pairwise);
        using var knows = new PairComparer(new ScriptedJudge(request => Pair(request) is ("good", _) ? "[[A]]" : "[[B]]"), RubricPresets.Pairwise);
        AnswerPair[] pairs = [new(s_asked, "good", "bad"), new(s_asked, "worse", "good"), new(s_asked, "same", "same")];

        IReadOnlyList<Comparison> blind = await always.CompareAsync(pairs), seen = await knows.CompareAsync(pairs);

        Assert.Equal([0.5, 0.5, 0.5], blind.Select(item => item.ToFirst));
        Assert.Equal([1.0, 0.0, 0.5], seen.Select(item => item.ToFirst));
        Assert.Equal((2, 1.0, 4), (always.Counts.Bias.FirstTwice, always.Counts.Bias.Rate, always.Counts.Requests));
        Assert.Equal((2, 0.0), (knows.Counts.Bias.Consistent, knows.Counts.Bias.Rate));
    }

    [Fact]
    public async Task A_pair_with_an_order_that_was_not_answered_is_not_compared()
    {
        using var judge = new PairComparer(new ScriptedJudge(request => Pair(request) is ("good", _) ? "[[A]]" : null), RubricPresets.Pairwise);

        Comparison compared = (await judge.CompareAsync([new(s_asked, "good", "bad")]))[0];

        Assert.Equal((null, null), (compared.ToFirst, compared.ToFirstOrTie));
        Assert.StartsWith("not answered", compared.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Against_the_reference_a_preference_is_1_0_or_a_half_and_no_verdict_is_none()
    {
        var model = new ScriptedJudge(request => Pair(request) switch { ("good", _) => "[[A]]", (_, "good") => "[[B]]", ("odd", _) => "?", _ => "[[C]]" });
        using IJudge judge = JudgeTable.Make(model, JudgeMode.Pairwise);

        Assert.Equal([1, 0.5, null], (await judge.ScoreAsync(Group("good", "fair", "odd"))).Select(score => score.Value));
    }

    // R4: (0>1) (0>2) (0=3) (1>2) (3>1) (3>2); standardised by the deviation of the sample (n - 1).
    [Fact]
    public void Win_rates_are_wins_over_comparisons_and_do_not_blow_up_what_hardly_differs()
    {
        double?[] outcomes = [1, 1, 0.5, 1, 0, 0];
        double[] rates = [.. WinRates.Of(4, WinRates.AllPairs(4), outcomes).Select(won => won.Rate!.Value)];

        Assert.Equal([2.5 / 3, 1 / 3.0, 0, 2.5 / 3], rates);
        Assert.Equal(2, rates.Sum(), 1e-12);
        Near([0.8165, -0.4082, -1.2247, 0.8165], Standardised(rates));
        Near([1.0247, -0.1464, -1.3175, 0.4392], Standardised([0.801, 0.800, 0.799, 0.8005]));
    }

    [Fact]
    public async Task A_group_is_compared_in_itself_and_equal_texts_ask_nobody()
    {
        var model = new ScriptedJudge(request => Pair(request) switch { ("good", _) => "[[A]]", (_, "good") => "[[B]]", _ => "what?" });
        using IJudge judge = JudgeTable.Make(model, JudgeMode.WinRate);
        Example other = s_asked with { Id = "alone" };

        IReadOnlyList<LearnedScore> scores = await judge.ScoreAsync([new(s_asked, "good"), new(other, "x"), new(s_asked, "bad"), new(s_asked, "bad"), new(s_asked, "worse")]);

        // good wins 3 of 3; the others lose to it, and are told apart by nobody: 0 + 0.5 + 0.5 of 3.
        Assert.Equal([1, null, 1 / 3.0, 1 / 3.0, 1 / 3.0], scores.Select(score => score.Value));
        Assert.Equal("alone in its group", scores[1].Reason);
        Assert.Equal(2 * 5, model.Asked.Count);
    }

    [Fact]
    public async Task A_comparison_that_was_not_answered_does_not_count()
    {
        var model = new ScriptedJudge(request => Pair(request) switch { ("lost", _) or (_, "lost") => null, ("good", _) => "[[A]]", _ => "[[B]]" });
        using IJudge judge = JudgeTable.Make(model, JudgeMode.WinRate);

        IReadOnlyList<LearnedScore> scores = await judge.ScoreAsync(Group("good", "bad", "lost"));

        Assert.Equal([1, 0, null], scores.Select(score => score.Value));
        Assert.Equal("not answered: timed out after 60 s", scores[2].Reason);
    }

    [Theory]
    [InlineData(8, 2, 2)]
    [InlineData(8, 3, 3)]
    [InlineData(7, 2, 2)]
    [InlineData(7, 3, 4)]
    [InlineData(8, 7, 7)]
    [InlineData(8, 0, 7)]
    [InlineData(8, 100, 7)]
    public void Random_opponents_are_as_many_for_all(int members, int opponents, int each)
    {
        IReadOnlyList<(int First, int Second)> pairs = WinRates.RandomPairs(members, opponents, new(3, "test"));
        IReadOnlyList<WinCount> won = WinRates.Of(members, pairs, [.. pairs.Select((_, i) => (double?)(i % 3) / 2)]);

        Assert.All(won, member => Assert.Equal(each, member.Comparisons));
        Assert.Equal(members / 2.0, won.Sum(member => member.Rate!.Value), 1e-9);
        Assert.All(pairs, pair => Assert.True(pair.First < pair.Second));
        Assert.Equal(pairs, WinRates.RandomPairs(members, opponents, new(3, "test")));
    }

    [Fact]
    public async Task One_order_is_drawn_alike_in_every_run_and_half_of_the_time_swapped()
    {
        ScriptedJudge one = new(_ => "[[A]]"), two = new(_ => "[[A]]");
        AnswerPair[] pairs = [.. Enumerable.Range(0, 200).Select(i => new AnswerPair(s_asked, $"x{i}", $"y{i}"))];
        var random = new JudgeSettings { Orders = JudgeOrders.Random };
        using PairComparer first = new(one, RubricPresets.Pairwise, random), second = new(two, RubricPresets.Pairwise, random);

        IReadOnlyList<Comparison> compared = await first.CompareAsync(pairs);
        await second.CompareAsync(pairs);

        Assert.Equal(one.Asked.Select(ScriptedJudge.TextOf), two.Asked.Select(ScriptedJudge.TextOf));
        Assert.InRange(compared.Count(item => item.ToFirst == 0), 70, 130);
        Assert.Equal((200, 0), (one.Asked.Count, first.Counts.Bias.Pairs));
    }

    // acc [1, 0, 1, 1], T [2, 1, 4, 8], T_max 8, w_t 0.2.
    [Fact]
    public async Task Accuracy_pays_for_its_length_and_a_wrong_answer_for_nothing()
    {
        var cost = new LengthCost { MaxLength = 8 };
        Assert.Equal([0.95, 0, 0.90, 0.80], new[] { (1, 2), (0, 1), (1, 4), (1, 8) }.Select(item => Math.Round(cost.Reward(item.Item1, item.Item2), 12)));
        Assert.Equal(-0.025, (cost with { IsGated = false }).Reward(0, 1), 1e-12);
        Assert.Equal(0.8, cost.Reward(1, 900), 1e-12);

        var model = new ScriptedJudge(request => Answer(request).StartsWith("ok", StringComparison.Ordinal) ? "[[yes]]" : "[[no]]");
        using IJudge judge = JudgeTable.Make(model, JudgeMode.Accuracy, settings: new() { LengthCost = cost });
        Assert.Equal([0.95, 0], (await judge.ScoreAsync(Group("ok", "n"))).Select(score => Math.Round(score.Value!.Value, 12)));
    }

    [Fact]
    public async Task An_example_without_a_reference_is_named_where_the_rubric_shows_one()
    {
        Example bare = s_asked with { Answer = "", Id = "row 9" };
        foreach (JudgeMode mode in new[] { JudgeMode.Reference, JudgeMode.Pairwise, JudgeMode.Accuracy })
        {
            using IJudge judge = JudgeTable.Make(new ScriptedJudge(_ => "[[A]]"), mode);
            UsageException refused = await Assert.ThrowsAsync<UsageException>(() => judge.ScoreAsync([new(bare, "x")]));
            Assert.Equal("record row 9", refused.Where);
        }
    }

    [Fact]
    public async Task Turns_and_places_of_images_are_shown_in_their_order()
    {
        var model = new ScriptedJudge(_ => "[[7]]");
        ImageSource image = new Vlm.Images.RgbImage(1, 1, [1, 2, 3]);
        Example chat = Example.Ask([Message.User("first", 1), Message.Assistant("so"), Message.User("then", 1)], [image, image]);
        using IJudge seeing = JudgeTable.Make(model, JudgeMode.Pointwise), blind = JudgeTable.Make(model, JudgeMode.Pointwise, settings: new() { SendsImages = false });

        await seeing.ScoreAsync([new(chat, "x")]);
        await blind.ScoreAsync([new(chat, "x")]);

        Assert.Contains("user: [image 1] first\nassistant: so\nuser: [image 2] then\n", ScriptedJudge.TextOf(model.Asked[0]), StringComparison.Ordinal);
        Assert.Equal([2, 0], model.Asked.Select(request => request.Images.Count));
    }

    private static Completion[] Group(params string[] texts) => [.. texts.Select(text => new Completion(s_asked, text))];

    private static string Scores(int answer, int reference)
    {
        string Side(int score) => "{" + string.Join(",", RubricPresets.MmRole.Dimensions.Select(name => $"\"{name}\":{score}")) + "}";
        return "{\"a\":" + Side(answer) + ",\"b\":" + Side(reference) + "}";
    }

    private static string Answer(JudgeRequest request) => Between(request, "answer", Between(request, "answer_a", ""));

    private static (string, string) Pair(JudgeRequest request) => (Between(request, "answer_a", ""), Between(request, "answer_b", ""));

    private static string Between(JudgeRequest request, string tag, string otherwise) =>
        ScriptedJudge.TextOf(request).Split($"<{tag}>\n") is [_, var rest, ..] ? rest.Split($"\n</{tag}>")[0] : otherwise;

    private static double[] Standardised(double[] rewards)
    {
        var prompt = new Prompt(s_asked, "", [1], null, []);
        Rollout[] rollouts = [.. rewards.Select((_, i) => new Rollout(prompt, i, [2], [2], [-1f], "", StopReason.EndOfSequence))];
        Batch batch = GroupAdvantage.Estimate(Batch.Of(rollouts, [.. rewards.Select(reward => TotalScore.Of(new ScorePart("judge", 1, new Score(reward, ""))))]));
        return [.. Enumerable.Range(0, rewards.Length).Select(i => (double)batch[i].Advantage.Mean)];
    }

    // The estimator adds 1e-4 to the deviation: of 0.0008 that is an eighth.
    private static void Near(double[] expected, double[] found)
    {
        double mean = Math.Sqrt(expected.Average(value => value * value) / found.Average(value => value * value));
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second * mean, 2e-3));
    }

    private sealed class WarningCount : ILogger
    {
        public int Warnings { get; private set; }

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel level, EventId id, TState state, Exception? error, Func<TState, Exception?, string> format) =>
            Warnings += level == LogLevel.Warning ? 1 : 0;
    }
}
