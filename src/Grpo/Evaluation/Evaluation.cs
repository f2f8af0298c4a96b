using System.Globalization;
using System.Text.Json.Serialization;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>How one kind of question went.</summary>
/// <param name="Kind">The question's type.</param>
/// <param name="Count">Questions asked.</param>
/// <param name="Accuracy">
/// Share answered right: for boxes, with an overlap of at least one half; for captions, with nothing missing or invented.
/// </param>
/// <param name="Reward">Mean reward.</param>
public sealed record KindScore(string Kind, int Count, double Accuracy, double Reward);

/// <summary>How a policy did on a held-out split, one answer to each question.</summary>
/// <remarks>JSON, which has no NaN, holds null in its place, and null is read as NaN.</remarks>
/// <param name="VqaAccuracy">
/// Share of questions answered right that ask for neither a box nor a caption; NaN where there were none.
/// </param>
/// <param name="GroundingAcc50">Share of boxes with intersection over union of at least 0.5; NaN where there were none.</param>
/// <param name="MeanIou">Mean intersection over union of boxes, unusable answers counted as 0; NaN where there were none.</param>
/// <param name="Reward">Mean reward over all questions.</param>
/// <param name="Questions">Questions asked.</param>
/// <param name="Truncated">Completions cut at the limit of new tokens.</param>
/// <param name="Kinds">The same by kind, in alphabetical order.</param>
/// <param name="CaptionReward">
/// Mean reward of captions, 0 to 1; NaN where there were none. Files of before captions were measured read as NaN.
/// </param>
public sealed record EvaluationReport(
    [property: JsonConverter(typeof(FiniteOrNull))] double VqaAccuracy,
    [property: JsonConverter(typeof(FiniteOrNull))] double GroundingAcc50,
    [property: JsonConverter(typeof(FiniteOrNull))] double MeanIou,
    double Reward, int Questions, int Truncated, IReadOnlyList<KindScore> Kinds,
    [property: JsonConverter(typeof(FiniteOrNull))] double CaptionReward = double.NaN)
{
    /// <summary>
    /// One line for people: "before: VQA 52.3 %, boxes 31.0 % (IoU 0.33), reward 0.47 over 800 questions", with "captions
    /// 0.61" after the boxes where there were captions.
    /// </summary>
    public string Line(string when)
    {
        string captions = double.IsNaN(CaptionReward)
            ? "" : string.Create(CultureInfo.InvariantCulture, $", captions {CaptionReward:F2}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{when}: VQA {VqaAccuracy:P1}, boxes {GroundingAcc50:P1} (IoU {MeanIou:F2}){captions}, reward {Reward:F3} over {Questions} questions");
    }
}

/// <summary>One question with the answer it got.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Rollout">What was answered.</param>
/// <param name="Score">What the answer earned, by the function that rewards in training.</param>
/// <param name="Correct">1 right, 0 wrong, as <see cref="Verify.Correct"/> says: a caption is right when it is complete.</param>
public sealed record Answered(Question Question, Rollout Rollout, Score Score, Score Correct);

/// <summary>Asks a policy every question once and measures the answers with the rewards of training.</summary>
public static class Evaluation
{
    /// <summary>Asks all questions, a batch at a time.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="questions">At least one.</param>
    /// <param name="sampling">Greedy, for scores that repeat.</param>
    /// <param name="batch">Questions read together.</param>
    /// <param name="key">Random streams, where sampling draws.</param>
    /// <param name="cancelled">Checked between batches.</param>
    public static IReadOnlyList<Answered> Ask(
        IPolicy policy, IReadOnlyList<Question> questions, Sampling sampling, int batch, SampleKey key,
        CancellationToken cancelled = default)
    {
        var answered = new List<Answered>(questions.Count);
        foreach (Question[] part in questions.Chunk(batch))
        {
            cancelled.ThrowIfCancellationRequested();
            Rollout[] rollouts = policy.Sample(
                [.. part.Select(question => question.Prompt)], 1, sampling, key with { FirstPrompt = answered.Count });
            answered.AddRange(part.Zip(rollouts, Mark));
        }
        return answered;
    }

    /// <summary>Sums up.</summary>
    public static EvaluationReport Report(IReadOnlyList<Answered> answered)
    {
        Answered[] boxes = [.. answered.Where(item => item.Question.IsGrounding)];
        Answered[] captions = [.. answered.Where(item => item.Question.Truth is Truth.Caption)];
        Answered[] closed =
            [.. answered.Where(item => item.Question.Truth is not (Truth.Region or Truth.Caption))];
        return new EvaluationReport(
            Mean(closed, item => item.Correct.Value), Mean(boxes, item => item.Correct.Value),
            Mean(boxes, Overlap), Mean(answered, item => item.Score.Value), answered.Count,
            answered.Count(item => item.Rollout.Stop == StopReason.Length), ByKind(answered),
            Mean(captions, item => item.Score.Value));
    }

    private static KindScore[] ByKind(IReadOnlyList<Answered> answered) =>
        [.. answered.GroupBy(item => item.Question.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => new KindScore(kind.Key, kind.Count(), Mean([.. kind], item => item.Correct.Value),
                Mean([.. kind], item => item.Score.Value)))];

    private static Answered Mark(Question question, Rollout rollout) => new(
        question, rollout, Verify.Score(rollout.Text, question.Truth), Verify.Correct(rollout.Text, question.Truth));

    private static double Overlap(Answered item) =>
        BoxReward.Iou(item.Rollout.Text, (Truth.Region)item.Question.Truth).Value;

    private static double Mean(IReadOnlyList<Answered> items, Func<Answered, double> value) =>
        items.Count == 0 ? double.NaN : items.Average(value);
}
