using System.Text.Json.Nodes;
using Vlm.Checkpoints;

namespace Vlm.LatentActions;

/// <summary>Which stages a folder's latent actions have been through, read before anything slow is loaded.</summary>
public static class LatentProgress
{
    internal const string Field = "stages";

    private const string First = "./vlm latent-shapes goes through all stages in their order";

    /// <summary>The stages in the order they follow each other in; it depends on whose codes the task is learned under.</summary>
    public static IReadOnlyList<LatentStage> Order(TaskCodes whose) => whose == TaskCodes.Inverse
        ? [LatentStage.Inverse, LatentStage.Cycle, LatentStage.Joint, LatentStage.Task, LatentStage.Cloning]
        : [LatentStage.Inverse, LatentStage.Cycle, LatentStage.Joint, LatentStage.Cloning, LatentStage.Task];

    /// <summary>The stages that were finished, one after the other; none where there are no latent actions.</summary>
    /// <remarks>
    /// A folder that says nothing counts as one that learned nothing: what a stage is given must have learned, and an
    /// untrained policy acts without complaint.
    /// </remarks>
    /// <param name="path">A model's folder.</param>
    /// <exception cref="UsageException">One of the two files is missing, or a stage has no such name.</exception>
    public static IReadOnlyList<LatentStage> Of(string path)
    {
        if (!LatentCheckpoint.IsAt(path))
            return [];
        LatentFit.CheckBoth(path);
        string file = Path.Combine(path, LatentCheckpoint.ConfigFile);
        return HubFolder.ReadJson(file)[Field] switch
        {
            null => [],
            JsonArray words => [.. words.Select(word => Named(word, file))],
            _ => throw Unknown(file),
        };
    }

    /// <summary>Refuses to begin a stage, or to go on in its middle, with what has not been through those before it.</summary>
    /// <param name="stage">The stage to begin.</param>
    /// <param name="whose">Under whose codes the task is learned.</param>
    /// <param name="path">The folder to begin with; for the first stage a base alone will do.</param>
    /// <exception cref="UsageException">It has been through other stages, or through none.</exception>
    public static void CheckBefore(LatentStage stage, TaskCodes whose, string path)
    {
        LatentStage[] needed = [.. Order(whose).TakeWhile(each => each != stage)];
        IReadOnlyList<LatentStage> found = Of(path);
        if (!found.SequenceEqual(needed))
            throw new UsageException(
                $"stage {Word(stage)} begins {After(needed)}, and this folder has been through {Through(found)}",
                path, First);
    }

    /// <summary>Refuses a folder whose policy over codes has not learned to act.</summary>
    /// <param name="path">A folder with latent actions.</param>
    /// <param name="fix">What to type.</param>
    /// <exception cref="UsageException">The policy was never cloned.</exception>
    public static void CheckActs(string path, string fix = First)
    {
        IReadOnlyList<LatentStage> found = Of(path);
        if (!found.Contains(LatentStage.Cloning))
            throw new UsageException(
                $"codes act after stage {Word(LatentStage.Cloning)}, and this folder has been through {Through(found)}",
                path, fix);
    }

    /// <summary>What <see cref="Of"/> reads.</summary>
    internal static JsonArray Json(IEnumerable<LatentStage> stages) => [.. stages.Select(stage => (JsonNode)Word(stage))];

    private static LatentStage Named(JsonNode? node, string file) =>
        Enum.GetValues<LatentStage>().Cast<LatentStage?>().FirstOrDefault(stage =>
            node is JsonValue value && value.TryGetValue(out string? word) && Word(stage!.Value) == word) ?? throw Unknown(file);

    private static UsageException Unknown(string file) => new(
        $"\"{Field}\" must be a list of {string.Join(", ", Enum.GetValues<LatentStage>().Select(Word))}", file, LatentFit.Fix);

    private static string Word(LatentStage stage) => stage.ToString().ToLowerInvariant();

    private static string After(LatentStage[] stages) =>
        stages.Length == 0 ? "with a base alone" : $"after {string.Join(", ", stages.Select(Word))}";

    private static string Through(IReadOnlyList<LatentStage> stages) =>
        stages.Count == 0 ? "no stage" : string.Join(", ", stages.Select(Word));
}
