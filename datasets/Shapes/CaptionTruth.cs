using System.Runtime.CompilerServices;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>A scene to describe.</summary>
/// <param name="Objects">1 to 8 objects, the leftmost first.</param>
public sealed record CaptionTruth(IReadOnlyList<CaptionObject> Objects) : Truth
{
    /// <summary>What a caption earns: <see cref="CaptionReward.Score(string, CaptionTruth)"/>.</summary>
    public static Reward Reward { get; } = Row("caption", CaptionReward.Score);

    /// <summary>Whether a caption is right: <see cref="CaptionReward.Complete(string, CaptionTruth)"/>.</summary>
    public static Reward Complete { get; } = Row("caption_complete", CaptionReward.Complete);

    /// <summary>In tables: "small red circle 0.25 0.5; large blue square 0.75 0.125".</summary>
    public static TruthKind Captions { get; } = new(
        "caption", new RewardSet([new(Reward, 1)], Complete), Reward, [new("caption_reward", Reward)],
        Read, truth => new() { Text = ((CaptionTruth)truth).ToText() });

    /// <inheritdoc/>
    public override TruthKind Kind => Captions;

    // The rows of this package are there as soon as anything of it is used: a table may hold captions before one is made.
#pragma warning disable CA2255 // in a library: it adds rows to tables and does nothing else
    [ModuleInitializer]
    internal static void Register()
#pragma warning restore CA2255
    {
        Vlm.Rewards.Reward.Table.Add(Reward);
        Vlm.Rewards.Reward.Table.Add(Complete);
        TruthKind.Table.Add(Captions);
    }

    private string ToText() => CaptionObject.Join(Objects);

    private static CaptionTruth Read(TruthColumns row) =>
        CaptionObject.Split(row.Text!) is { } objects && new CaptionTruth(objects) is var truth && Reward.Problem(truth) is null
            ? truth
            : throw row.Wrong(
                $"the truth '{row.Text}' is not a list of objects that captions are read for",
                "small red circle 0.25 0.5; large blue square 0.75 0.125");

    private static Reward Row(string name, Func<Answer, CaptionTruth, Score> score) =>
        Vlm.Rewards.Reward.OfAnswer(name, score) with
        {
            Source = "this project: see CaptionReward",
            Example = new(
                new CaptionTruth([new("small", "red", "circle", 0.2, 0.1), new("large", "blue", "square", 0.8, 0.5)]),
                "A small red circle and a large blue square."),
        };
}
