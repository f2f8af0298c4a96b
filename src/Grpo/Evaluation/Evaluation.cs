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

/// <summary>One example with the answer it got; no pictures.</summary>
/// <param name="Id">The example's.</param>
/// <param name="Kind">The example's.</param>
/// <param name="Truth">What is right.</param>
/// <param name="Completion">What was answered.</param>
/// <param name="Stop">Why the answer ended.</param>
/// <param name="Score">What the answer earned, by the function that rewards in training.</param>
/// <param name="Correct">1 right, 0 wrong, as <see cref="Verify.Correct"/> says: a caption is right when it is complete.</param>
public sealed record ScoredAnswer(
    string Id, string Kind, Truth Truth, string Completion, StopReason Stop, Score Score, Score Correct);

/// <summary>Asks a policy every question once and measures the answers with the rewards of training.</summary>
public static class Evaluation
{
    /// <summary>Asks all questions, a batch at a time: no more prompts are held than are read together.</summary>
    /// <param name="sampler">The policy.</param>
    /// <param name="prompts">Made as they are asked for, at least one.</param>
    /// <param name="sampling">Greedy, for scores that repeat.</param>
    /// <param name="batch">Questions read together.</param>
    /// <param name="key">Random streams, where sampling draws.</param>
    /// <param name="cancel">Looked at before each token.</param>
    public static IEnumerable<ScoredAnswer> Ask(
        ISampler sampler, IEnumerable<Prompt> prompts, Sampling sampling, int batch, SampleKey key,
        CancellationToken cancel = default)
    {
        int asked = 0;
        foreach (Prompt[] part in prompts.Chunk(batch))
        {
            foreach (Rollout rollout in sampler.Sample(part, 1, sampling, key with { FirstPrompt = asked }, cancel))
                yield return Mark(rollout);
            asked += part.Length;
        }
    }

    /// <summary>Sums up.</summary>
    public static EvaluationReport Report(IReadOnlyList<ScoredAnswer> answered)
    {
        ScoredAnswer[] boxes = [.. answered.Where(item => item.Truth is Truth.Region)];
        ScoredAnswer[] captions = [.. answered.Where(item => item.Truth is Truth.Caption)];
        ScoredAnswer[] closed =
            [.. answered.Where(item => item.Truth is not (Truth.Region or Truth.Caption))];
        return new EvaluationReport(
            Mean(closed, item => item.Correct.Value), Mean(boxes, item => item.Correct.Value),
            Mean(boxes, Overlap), Mean(answered, item => item.Score.Value), answered.Count,
            answered.Count(item => item.Stop == StopReason.Length), ByKind(answered),
            Mean(captions, item => item.Score.Value));
    }

    private static KindScore[] ByKind(IReadOnlyList<ScoredAnswer> answered) =>
        [.. answered.GroupBy(item => item.Kind).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => new KindScore(kind.Key, kind.Count(), Mean([.. kind], item => item.Correct.Value),
                Mean([.. kind], item => item.Score.Value)))];

    private static ScoredAnswer Mark(Rollout rollout)
    {
        Example example = rollout.Prompt.Example;
        return new(example.Id, example.Kind, example.Truth, rollout.Text, rollout.Stop,
            Verify.Score(rollout.Text, example.Truth), Verify.Correct(rollout.Text, example.Truth));
    }

    private static double Overlap(ScoredAnswer item) =>
        BoxReward.Iou(item.Completion, (Truth.Region)item.Truth).Value;

    private static double Mean(IReadOnlyList<ScoredAnswer> items, Func<ScoredAnswer, double> value) =>
        items.Count == 0 ? double.NaN : items.Average(value);
}
