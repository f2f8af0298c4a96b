using System.Text.Json;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Step;

public class EvaluationTests
{
    private static readonly Truth.Caption s_scene =
        new([new("small", "red", "circle", 0.2, 0.5), new("large", "blue", "square", 0.8, 0.5)]);

    private static readonly ScoredAnswer[] s_words =
        [Asked("yes", "color", new Truth.Word("yes")), Asked("no", "exists", new Truth.Word("yes"))];

    private static readonly ScoredAnswer[] s_captions =
    [
        Asked("A small red circle and a large blue square.", "describe", s_scene),
        Asked("A small red circle.", "describe", s_scene),
        Asked("I see some things.", "describe", s_scene),
        Asked("A small red circle.", "describe", s_scene),
    ];

    // Words: 1 of 2 right. Captions, 5 points for an object: 10 / (20 - 10) = 1, 5 / (15 - 5) = 0.5, 0 and 0.5: mean 0.5,
    // of which 1 of 4 is complete. All rewards: 1 + 0 + 1 + 0.5 + 0 + 0.5 = 3 of 6. Counted as closed, captions would make
    // the accuracy 2 of 6.
    [Fact]
    public void Captions_have_a_number_of_their_own()
    {
        EvaluationReport report = Evaluation.Report([.. s_words, .. s_captions]);

        Assert.Equal(1 / 2.0, report.VqaAccuracy, 1e-12);
        Assert.Equal(2 / 4.0, report.CaptionReward, 1e-12);
        Assert.Equal(3 / 6.0, report.Reward, 1e-12);
        Assert.Equal(new KindScore("describe", 4, 1 / 4.0, 2 / 4.0), report.Kinds.Single(kind => kind.Kind == "describe"));
        Assert.Equal("after: VQA 50.0 %, boxes NaN (IoU NaN), captions 0.50, reward 0.500 over 6 questions",
            report.Line("after"));
    }

    [Fact]
    public void A_report_without_captions_does_not_name_them()
    {
        EvaluationReport report = Evaluation.Report(s_words);

        Assert.Equal(double.NaN, report.CaptionReward);
        Assert.Equal("before: VQA 50.0 %, boxes NaN (IoU NaN), reward 0.500 over 2 questions", report.Line("before"));
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

            Assert.Contains("\"GroundingAcc50\":null", json);
            Assert.Equal(report.Kinds, back.Kinds);
            Assert.Equal(report, back with { Kinds = report.Kinds });
        }
    }

    [Fact]
    public void A_report_of_before_captions_were_measured_is_still_read()
    {
        EvaluationReport old = JsonSerializer.Deserialize<EvaluationReport>(
            """{"VqaAccuracy":0.25,"GroundingAcc50":0.5,"MeanIou":0.4,"Reward":0.3,"Questions":8,"Truncated":1,"Kinds":[]}""")!;

        Assert.Equal((0.25, 0.5, 0.4), (old.VqaAccuracy, old.GroundingAcc50, old.MeanIou));
        Assert.Equal(double.NaN, old.CaptionReward);
    }

    private static ScoredAnswer Asked(string text, string kind, Truth truth)
    {
        return new ScoredAnswer(
            kind, kind, truth, text, StopReason.EndOfSequence, Verify.Score(text, truth), Verify.Correct(text, truth));
    }
}
