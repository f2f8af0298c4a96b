using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>What trackers are shown of questions and answers.</summary>
internal static class TrackedQuestions
{
    /// <summary>A held-out question with its answer.</summary>
    public static TrackedQuestion Of((Example Example, ScoredAnswer Answer) asked) => Of(asked.Example,
        [new(asked.Answer.Completion, asked.Answer.Score.Value, double.NaN, asked.Answer.Score.Reason)]);

    /// <summary>A group, best first.</summary>
    public static TrackedQuestion Of(IReadOnlyList<Sample> group) => Of(group[0].Rollout.Prompt.Example,
    [
        .. group.OrderByDescending(sample => double.IsNaN(sample.Score.Value) ? double.NegativeInfinity : sample.Score.Value)
            .Select(sample => new TrackedAnswer(sample.Rollout.Text, sample.Score.Value, sample.Advantage.Mean, Reason(sample.Score))),
    ]);

    private static TrackedQuestion Of(Example example, IReadOnlyList<TrackedAnswer> answers) => new(
        example.Id, example.Kind, example.Messages.Count > 0 ? example.Question : "", Shown.Truth(example.Truth),
        example.Images.Count == 0 ? null : Picture(example, answers), answers);

    private static TrackedPicture Picture(Example example, IReadOnlyList<TrackedAnswer> answers)
    {
        ImageSource source = example.Images[0];
        Box? truth = example.Truth is Truth.Region region ? Shown.Pixels(example, region, region.Box) : null;
        return BoxPicture.Draw(source.Decode(example.Id), source.Size(example.Id), truth,
            [.. answers.Select(answer => Shown.AnsweredPixels(example, answer.Text)).OfType<Box>()]);
    }

    private static string Reason(TotalScore score) =>
        string.Join("; ", score.Parts.Select(part => FormattableString.Invariant($"{part.Name} {part.Score.Value:0.##}: {part.Score.Reason}")));
}
