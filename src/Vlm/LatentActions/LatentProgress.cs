using System.Text.Json.Nodes;
using Vlm.Checkpoints;

namespace Vlm.LatentActions;

/// <summary>Which stages a folder's latent actions have been through, read before anything slow is loaded.</summary>
public static class LatentProgress
{
    internal const string Field = "stage";

    private const string First = "./vlm latent-shapes goes through all stages in their order";

    /// <summary>The last stage that was finished; null where there are no latent actions, or none was.</summary>
    /// <remarks>
    /// A folder that says nothing counts as one that learned nothing: what a stage is given must have learned, and an
    /// untrained policy acts without complaint.
    /// </remarks>
    /// <param name="path">A model's folder.</param>
    /// <exception cref="UsageException">One of the two files is missing, or the stage has no such name.</exception>
    public static LatentStage? Of(string path)
    {
        if (!LatentCheckpoint.IsAt(path))
            return null;
        LatentFit.CheckBoth(path);
        string file = Path.Combine(path, LatentCheckpoint.ConfigFile);
        if (HubFolder.ReadJson(file)[Field] is not { } node)
            return null;
        LatentStage[] stages = Enum.GetValues<LatentStage>();
        return node is JsonValue value && value.TryGetValue(out string? word)
            && stages.Any(stage => Word(stage) == word)
            ? stages.First(stage => Word(stage) == word)
            : throw new UsageException(
                $"\"{Field}\" must be one of {string.Join(", ", stages.Select(Word))}", file, LatentFit.Fix);
    }

    /// <summary>Refuses to begin a stage, or to go on in its middle, with what is not the stage before it.</summary>
    /// <param name="stage">The stage to begin.</param>
    /// <param name="path">The folder to begin with; for the first stage a base alone will do.</param>
    /// <exception cref="UsageException">It has been through another stage, or through none.</exception>
    public static void CheckBefore(LatentStage stage, string path)
    {
        LatentStage? needed = stage == LatentStage.Inverse ? null : stage - 1, found = Of(path);
        if (found != needed)
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
        if (Of(path) is not (LatentStage.Cloning or LatentStage.Task) and var found)
            throw new UsageException(
                $"codes act after stage {Word(LatentStage.Cloning)}, and this folder has been through {Through(found)}",
                path, fix);
    }

    internal static string Word(LatentStage stage) => stage.ToString().ToLowerInvariant();

    private static string After(LatentStage? stage) =>
        stage is { } before ? $"after stage {Word(before)}" : "with a base alone";

    private static string Through(LatentStage? stage) => stage is { } last ? $"stage {Word(last)} last" : "no stage";
}
