using System.Text.Json.Nodes;
using Vlm.Checkpoints;

namespace Vlm.LatentActions;

/// <summary>Which stages a folder's latent actions have completed, read before anything slow is loaded.</summary>
public static class LatentProgress
{
    internal const string Field = "stages";

    private const string Fix = "start from a folder that has completed them, or run all stages in their order";

    /// <summary>The stages in their order, which depends on whose codes the task stage takes.</summary>
    /// <param name="taskCodes">Whose codes.</param>
    /// <param name="config">Fixed codes are only cloned; null for codes that are learned.</param>
    public static IReadOnlyList<LatentStage> Order(TaskCodes taskCodes, LatentConfig? config = null) =>
        config is { HasFixedCodes: true } ? [LatentStage.Cloning]
        : taskCodes == TaskCodes.Inverse
        ? [LatentStage.Inverse, LatentStage.Cycle, LatentStage.Joint, LatentStage.Task, LatentStage.Cloning]
        : [LatentStage.Inverse, LatentStage.Cycle, LatentStage.Joint, LatentStage.Cloning, LatentStage.Task];

    /// <summary>The completed stages in their order; none where there are no latent actions.</summary>
    /// <remarks>
    /// A folder that names no stages counts as untrained: an untrained policy would otherwise act without an error.
    /// </remarks>
    /// <param name="path">A model's folder.</param>
    /// <exception cref="UsageException">One of the two files is missing, or a stage has no such name.</exception>
    public static IReadOnlyList<LatentStage> Of(string path)
    {
        if (!LatentCheckpoint.IsAt(path))
            return [];
        LatentCompatibility.CheckBoth(path);
        string file = Path.Combine(path, LatentCheckpoint.ConfigFile);
        return HubFolder.ReadJson(file)[Field] switch
        {
            null => [],
            JsonArray words => [.. words.Select(word => Named(word, file))],
            _ => throw Unknown(file),
        };
    }

    /// <summary>Throws unless a folder has completed exactly the stages before one.</summary>
    /// <param name="stage">The stage to begin, or to resume in its middle.</param>
    /// <param name="taskCodes">Whose codes the task stage takes.</param>
    /// <param name="path">The folder to start from; for the first stage a base model.</param>
    /// <param name="config">Whether the codes are fixed; null for learned ones.</param>
    /// <exception cref="UsageException">It has completed other stages.</exception>
    public static void CheckBefore(LatentStage stage, TaskCodes taskCodes, string path, LatentConfig? config = null)
    {
        LatentStage[] needed = [.. Order(taskCodes, config).TakeWhile(each => each != stage)];
        IReadOnlyList<LatentStage> found = Of(path);
        if (!found.SequenceEqual(needed))
            throw new UsageException(
                $"stage {Word(stage)} starts {After(needed)}, and this folder has completed {Through(found)}",
                path, Fix);
    }

    /// <summary>Throws unless a folder's policy over codes has been cloned, or starts from the base's own choice.</summary>
    /// <param name="path">A folder with latent actions.</param>
    /// <param name="fix">The remedy in the message.</param>
    /// <exception cref="UsageException">It has not completed the cloning stage.</exception>
    public static void CheckActs(string path, string fix = Fix)
    {
        IReadOnlyList<LatentStage> found = Of(path);
        if (!found.Contains(LatentStage.Cloning) && !ConfigOf(path).ActsUncloned)
            throw new UsageException(
                $"a policy over codes needs stage {Word(LatentStage.Cloning)}, and this folder has completed {Through(found)}",
                path, fix);
    }

    private static LatentConfig ConfigOf(string path)
    {
        string file = Path.Combine(path, LatentCheckpoint.ConfigFile);
        return LatentConfig.Read(HubFolder.ReadJson(file), file);
    }

    /// <summary>The field that <see cref="Of"/> reads.</summary>
    internal static JsonArray Json(IEnumerable<LatentStage> stages) => [.. stages.Select(stage => (JsonNode)Word(stage))];

    private static LatentStage Named(JsonNode? node, string file) =>
        Enum.GetValues<LatentStage>().Cast<LatentStage?>().FirstOrDefault(stage =>
            node is JsonValue value && value.TryGetValue(out string? word) && Word(stage!.Value) == word) ?? throw Unknown(file);

    private static UsageException Unknown(string file) => new(
        $"\"{Field}\" must be a list of {string.Join(", ", Enum.GetValues<LatentStage>().Select(Word))}", file, LatentCompatibility.Fix);

    private static string Word(LatentStage stage) => stage.ToString().ToLowerInvariant();

    private static string After(LatentStage[] stages) =>
        stages.Length == 0 ? "from a base model" : $"after {string.Join(", ", stages.Select(Word))}";

    private static string Through(IReadOnlyList<LatentStage> stages) =>
        stages.Count == 0 ? "no stage" : string.Join(", ", stages.Select(Word));
}
