using System.Text.Json;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Step;

public class EvaluationTests
{
    private static readonly Scene s_scene = new(["circle", "square"]);

    private static readonly ScoredAnswer[] s_words =
        [Asked("yes", "color", new Truth.Word("yes")), Asked("no", "exists", new Truth.Word("yes"))];

    private static readonly ScoredAnswer[] s_captions =
    [
        Asked("A small red circle and a large blue square.", "describe", s_scene),
        Asked("A small red circle.", "describe", s_scene),
        Asked("I see some things.", "describe", s_scene),
        Asked("A small red circle.", "describe", s_scene),
    ];

    // Words: 1 of 2 right. Captions, of a kind of truth that no package of ours knows: both, one, none and one of two objects
    // are named, 1, 0.5, 0 and 0.5: mean 0.5, of which 1 of 4 is complete.
    // All rewards: 1 + 0 + 1 + 0.5 + 0 + 0.5 = 3 of 6. Counted as closed, captions would make the accuracy 2 of 6.
    [Fact]
    public void Captions_have_a_number_of_their_own()
    {
        EvaluationReport report = Evaluation.Report([.. s_words, .. s_captions]);

        Assert.Equal(1 / 2.0, report[Metric.VqaAccuracy], 1e-12);
        Assert.Equal(2 / 4.0, report[EvaluationReport.CaptionReward], 1e-12);
        Assert.Equal(3 / 6.0, report.Reward, 1e-12);
        KindReport described = report.Kinds.Single(kind => kind.Kind == "describe");
        Assert.Equal((4, 1 / 4.0, 2 / 4.0), (described.Count, described.Accuracy, described.Reward));
        Assert.Equal(new MetricMean(0.5, 2), report.Metrics[Metric.VqaAccuracy]);
        Assert.Equal(["accuracy", "reward"], described.Metrics.Keys);
        Assert.Equal("after: VQA 50.0 %, captions 0.50, reward 0.500 over 6 questions",
            report.Line("after"));
    }

    [Fact]
    public void A_report_without_captions_does_not_name_them()
    {
        EvaluationReport report = Evaluation.Report(s_words);

        Assert.Equal(double.NaN, report[EvaluationReport.CaptionReward]);
        Assert.Equal("before: VQA 50.0 %, reward 0.500 over 2 questions", report.Line("before"));
    }

    // A judge that scored none of a kind: no mean, and no "NaN of 0".
    [Fact]
    public void What_nothing_was_scored_of_is_said_to_be_so()
    {
        ScoredAnswer[] unscored = [.. s_captions.Select(answer => answer with { Score = new(double.NaN, "judge: timed out") })];
        EvaluationReport before = Evaluation.Report([.. s_words, .. s_captions]), after = Evaluation.Report([.. s_words, .. unscored]);
        EvaluationReport none = Evaluation.Report(unscored);

        Assert.Equal(
            [
                "color     right 100.0 % -> 100.0 %  reward 1.000 -> 1.000  of 1",
                "describe  right 25.0 % -> 25.0 %  reward 0.500 -> not scored",
                "exists    right  0.0 % ->  0.0 %  reward 0.000 -> 0.000  of 1",
                "all       reward 0.500 -> 0.500  of 2",
            ],
            after.LinesAfter(before));
        Assert.Contains("reward not scored", Assert.Single(none.LinesAfter(none), line => line.StartsWith("all", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.EndsWith("reward not scored", none.Line("x"), StringComparison.Ordinal);
        Assert.Equal("describe       25.0 %  reward not scored", none.Kinds.Single().Line());
        Assert.Equal("describe       25.0 %  reward 0.500  of 4", before.Kinds.Single(kind => kind.Kind == "describe").Line());
        Assert.DoesNotContain("NaN", string.Join('\n', [.. none.LinesAfter(before), none.Line("x"), none.Kinds.Single().Line()]), StringComparison.Ordinal);
    }

    // What a resumed run reads: with the serializer's own settings, which refuse NaN, and in both directions.
    [Fact]
    public void A_report_comes_back_from_JSON_as_it_was_with_null_for_NaN()
    {
        foreach (EvaluationReport report in
            (EvaluationReport[])[Evaluation.Report(s_words), Evaluation.Report([.. s_words, .. s_captions])])
        {
            string json = JsonSerializer.Serialize(report);
            EvaluationReport back = JsonSerializer.Deserialize<EvaluationReport>(json)!;

            Assert.Contains("\"grounding_acc50\":null", json);
            Assert.Equal(report.Metrics, back.Metrics);
            Assert.Equal((report.Questions, report.Truncated), (back.Questions, back.Truncated));
            Assert.Equal(report.Kinds.Select(kind => kind.Kind), back.Kinds.Select(kind => kind.Kind));
            Assert.All(report.Kinds.Zip(back.Kinds), pair => Assert.Equal(pair.First.Metrics, pair.Second.Metrics));
        }
    }

    [Fact]
    public void A_report_of_before_captions_were_measured_is_still_read()
    {
        EvaluationReport old = JsonSerializer.Deserialize<EvaluationReport>(
            """{"VqaAccuracy":0.25,"GroundingAcc50":0.5,"MeanIou":0.4,"Reward":0.3,"Questions":8,"Truncated":1,"Kinds":[]}""")!;

        Assert.Equal((0.25, 0.5, 0.4), (old[Metric.VqaAccuracy], old[Metric.GroundingAcc50], old[Metric.MeanIou]));
        Assert.Equal(double.NaN, old[EvaluationReport.CaptionReward]);
    }

    // 1 of 2 and 2 of 4 answers, asked in two halves: the means are those of all six, whichever half has none of a metric.
    [Fact]
    public void Reports_of_parts_add_up_to_that_of_the_whole()
    {
        EvaluationReport whole = Evaluation.Report([.. s_words, .. s_captions]);
        EvaluationReport sum = Evaluation.Report([.. s_words, s_captions[0]]) + Evaluation.Report(s_captions[1..]);

        Assert.Equal(whole.Metrics, sum.Metrics);
        Assert.Equal(whole.Line(""), sum.Line(""));
        Assert.All(whole.Kinds.Zip(sum.Kinds), pair => Assert.Equal(pair.First.Metrics, pair.Second.Metrics));
    }

    // "red ball left" against "red ball": F1 0.8, and not right. Of its own reward 2 x 0.8; of "red" 2 x 2 / 3.
    [Fact]
    public void A_metric_that_an_example_names_is_reported_under_its_name_and_is_its_accuracy()
    {
        Example example = Question("ocr", new Truth.Word("red ball")) with
        {
            Rewards = RewardSet.Parse("2 token_f1"),
            Metric = Reward.Of("starts_red", (text, _) =>
                text.StartsWith("red", StringComparison.Ordinal) ? Score.One("red") : Score.Zero("other")),
        };
        EvaluationReport report = Evaluation.Report(
            new[] { "red ball left", "red", "blue" }.Select(text => ScoredAnswer.Of(example, text, StopReason.Length)));

        Assert.Equal(((2 * 0.8) + (2 * 2 / 3.0) + 0) / 3, report.Reward, 1e-12);
        Assert.Equal(2 / 3.0, report["starts_red"], 1e-12);
        Assert.Equal(2 / 3.0, report.Kinds.Single().Accuracy, 1e-12);
        Assert.Equal(double.NaN, report[Metric.VqaAccuracy]);
        Assert.Equal(3, report.Truncated);
        Assert.Equal("x: starts_red 0.667, reward 0.978 over 3 questions", report.Line("x"));
        Assert.Contains("\"starts_red\":0.6666666666666666", JsonSerializer.Serialize(report));
    }

    [Fact]
    public void A_metric_may_not_take_a_name_that_a_report_has_for_something_else()
    {
        Example example = Question("ocr", new Truth.Word("red")) with { Metric = Reward.Of("questions", (_, _) => Score.One("1")) };
        Assert.Throws<ArgumentException>(() => Evaluation.Report([ScoredAnswer.Of(example, "", StopReason.Length)]));
    }

    private static ScoredAnswer Asked(string text, string kind, Truth truth) =>
        ScoredAnswer.Of(Question(kind, truth), text, StopReason.EndOfSequence);

    private static Example Question(string kind, Truth truth) => new(kind, kind, [], [Message.User("?")], truth, "");

    /// <summary>A kind of truth from outside: objects to name.</summary>
    private sealed record Scene(string[] Objects) : Truth
    {
        private static readonly Reward s_named = Reward.Of<Scene>("named", (text, scene) => new(
            scene.Objects.Count(item => text.Contains(item, StringComparison.Ordinal)) / (double)scene.Objects.Length, "named"));

        private static readonly Reward s_all = Reward.Of<Scene>("all_named", (text, scene) =>
            s_named.Compute(text, scene).Value >= 1 ? Score.One("all") : Score.Zero("not all"));

        private static readonly TruthKind s_kind = new(
            "scene", new RewardSet([new(s_named, 1)], s_all), s_named, [new(EvaluationReport.CaptionReward, s_named)],
            row => new Scene(row.Text!.Split(' ')), truth => new() { Text = string.Join(' ', ((Scene)truth).Objects) });

        public override TruthKind Kind => s_kind;
    }
}
