using System.Text.Json;

namespace Vlm.Rewards.Tests;

/// <summary>Metrics of short answers against the peers' own functions, in each mode.</summary>
public class WordMetricVectorTests
{
    private const double Tolerance = 1e-6;

    [Fact]
    public void Words_are_normalised_as_each_scorer_does() => MetricVectors.Each("vqa_normalise", 24, item =>
    {
        string text = item.Text("in");
        Assert.Equal((text, item.Text("official_vqa")), (text, VqaWords.Normalize(text)));
        Assert.Equal((text, item.Text("vlmevalkit")), (text, VqaWords.Normalize(text, ScoringMode.VlmEvalKit)));
        Assert.Equal((text, item.Text("lmms_eval_textvqa")), (text, VqaWords.NormalizeTextVqa(text)));
    });

    [Fact]
    public void Agreement_with_people_is_each_scorers() => MetricVectors.Each("vqa_accuracy", 10, item =>
    {
        (string answer, string[] people) = (item.Text("pred"), item.Texts("answers"));
        Same(item, "official_vqa", VqaAccuracy.Score(answer, people));
        Same(item, "lmms_eval_vqav2", VqaAccuracy.Score(answer, people, ScoringMode.LmmsEval));
        Same(item, "vlmevalkit", VqaAccuracy.Score(answer, people, ScoringMode.VlmEvalKit));
        Same(item, "lmms_eval_textvqa", TextVqaAccuracy.Score(answer, people, ScoringMode.LmmsEval));
        Same(item, "vlmevalkit", TextVqaAccuracy.Score(answer, people, ScoringMode.VlmEvalKit));
    });

    [Fact]
    public void Charts_are_relaxed_as_each_scorer_does() => MetricVectors.Each("relaxed_accuracy", 14, item =>
    {
        (string answer, string[] truth) = (item.Text("pred"), [item.Text("target")]);
        Same(item, "lmms_eval", ChartQaAccuracy.Score(answer, truth));
        Same(item, "lmms_eval", ChartQaAccuracy.Score(answer, truth, ScoringMode.LmmsEval));
        Same(item, "vlmevalkit", ChartQaAccuracy.Score(answer, truth, ScoringMode.VlmEvalKit));
    });

    [Fact]
    public void Edits_count_as_each_scorer_counts_them() => MetricVectors.Each("anls", 10, item =>
    {
        Same(item, "lmms_eval", Anls.Score(item.Text("pred"), item.Texts("answers")));
        Same(item, "vlmevalkit", Anls.Score(item.Text("pred"), item.Texts("answers")));
    });

    [Fact]
    public void Texts_are_read_as_each_scorer_does() => MetricVectors.Each("ocrbench", 4, item =>
    {
        (string answer, string[] truth, bool isFormula) = (item.Text("pred"), item.Texts("answer"), item.Text("dataset") == "HME100k");
        Same(item, "score", OcrBench.Score(answer, truth, isFormula, ScoringMode.LmmsEval));
        if (answer.All(char.IsAscii))
        {
            Same(item, "score", OcrBench.Score(answer, truth, isFormula));
            Same(item, "score", OcrBench.Score(answer, truth, isFormula, ScoringMode.VlmEvalKit));
        }
    });

    private static void Same(JsonElement item, string peer, Score score) =>
        Assert.True(Math.Abs(item.Number(peer) - score.Value) <= Tolerance, $"{peer} gives {item.Number(peer)}, and we {score}: {item}");
}
