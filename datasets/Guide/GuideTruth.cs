using System.Runtime.CompilerServices;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>A picture to tell someone about.</summary>
/// <param name="Role">Who listens: one of <see cref="GuideRoles.All"/>.</param>
/// <param name="Objects">Two to four, in any order.</param>
public sealed record GuideTruth(string Role, IReadOnlyList<CaptionObject> Objects) : Truth
{
    /// <summary>What a text earns: <see cref="GuideReward.Score(Answer, GuideTruth)"/>.</summary>
    public static Reward Reward { get; } = Row("guide", GuideReward.Score);

    /// <summary>What it earns for its objects alone: <see cref="GuideReward.Content(Answer, GuideTruth)"/>.</summary>
    public static Reward Content { get; } = Row("guide_content", GuideReward.Content);

    /// <summary>What it earns for its plan alone: <see cref="GuideReward.Plan(Answer, GuideTruth)"/>.</summary>
    public static Reward Plan { get; } = Row("guide_plan", GuideReward.Plan);

    /// <summary>Whether it is right in everything: <see cref="GuideReward.Complete(Answer, GuideTruth)"/>.</summary>
    public static Reward Complete { get; } = Row("guide_complete", GuideReward.Complete);

    /// <summary>In tables: "captain: small red circle 0.25 0.5; large blue square 0.75 0.125".</summary>
    public static TruthKind Guides { get; } = new(
        "guide", new RewardSet([new(Reward, 1)], Complete), Reward,
        [new("guide_reward", Reward), new("guide_content", Content), new("guide_plan", Plan)],
        Read, truth => new() { Text = ((GuideTruth)truth).ToText() });

    /// <inheritdoc/>
    public override TruthKind Kind => Guides;

    /// <inheritdoc/>
    public bool Equals(GuideTruth? other) => other is not null && Role == other.Role && Objects.SequenceEqual(other.Objects);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Role, Objects.Count);

#pragma warning disable CA2255 // in a library: it adds rows to tables and does nothing else
    [ModuleInitializer]
    internal static void Register()
#pragma warning restore CA2255
    {
        foreach (Reward row in (Reward[])[Reward, Content, Plan, Complete])
            Vlm.Rewards.Reward.Table.Add(row);
        TruthKind.Table.Add(Guides);
    }

    private string ToText() => $"{Role}: {CaptionObject.Join(Objects)}";

    private static GuideTruth Read(TruthColumns row)
    {
        string[] parts = row.Text!.Split(": ");
        return parts is [var role, var list] && CaptionObject.Split(list) is { } objects
            && new GuideTruth(role, objects) is var truth && Reward.Problem(truth) is null
            ? truth
            : throw row.Wrong(
                $"the truth '{row.Text}' is not a role and two to four objects of drawings",
                "captain: small red circle 0.25 0.5; large blue square 0.75 0.125");
    }

    private static Reward Row(string name, Func<Answer, GuideTruth, Score> score)
    {
        var truth = new GuideTruth(GuideRoles.All[0], [new("small", "red", "circle", 0.2, 0.1), new("large", "blue", "square", 0.8, 0.5)]);
        string right = GuideGrammar.Join(GuideGrammar.Concepts(GuideRoles.Wanted(truth.Role), truth.Role, truth.Objects));
        return Vlm.Rewards.Reward.OfAnswer(name, score) with { Source = "this project: see GuideReward", Example = new(truth, right) };
    }
}
