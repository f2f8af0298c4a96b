using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Curricula;

/// <summary>Batches in which every answer has an accuracy, and a reward of form beside it.</summary>
internal static class Scored
{
    /// <param name="groups">Of each rollout the accuracy, which is paid, and what else is paid.</param>
    public static Batch Batch(params (double Accuracy, double Form)[][] groups) => new(groups.SelectMany((group, g) =>
    {
        var prompt = new Prompt($"p{g}", "", [1], null, []);
        return group.Select((score, i) => new Sample(
            new Rollout(prompt, i, [2], [2], [-1f], "", StopReason.EndOfSequence), Of(score.Accuracy, score.Form)));
    }));

    /// <summary>The prompts of the groups.</summary>
    public static Prompt[] Prompts(Batch batch) => [.. batch.Groups.Select(group => batch[group[0]].Rollout.Prompt)];

    /// <summary>Groups of four, of which so many are right.</summary>
    public static Batch Rates(params double[] rates) =>
        Batch([.. rates.Select(rate => Enumerable.Range(0, 4).Select(i => (i < rate * 4 ? 1.0 : 0, 0.0)).ToArray())]);

    private static TotalScore Of(double accuracy, double form) => double.IsNaN(accuracy) ? TotalScore.Unscored
        : TotalScore.Of(new("accuracy", 1, new(accuracy, "")), new("form", 1, new(form, ""))).WithAccuracy("accuracy");
}
