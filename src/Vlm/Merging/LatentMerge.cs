using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.LatentActions;

namespace Vlm.Merging;

/// <summary>Latent actions of several folders, interpolated as all other weights are.</summary>
internal static class LatentMerge
{
    /// <summary>Writes the two files of codes beside the merged base.</summary>
    /// <param name="folder">Holds the merged base.</param>
    /// <param name="sources">Folders that all have latent actions.</param>
    /// <param name="merged">A weight of their files of codes.</param>
    /// <exception cref="UsageException">Their codes are of other sizes, or were learned on other bases.</exception>
    public static void Write(string folder, MergeSources sources, Func<string, IReadOnlyList<HubFolder>, SavedTensor> merged)
    {
        JsonObject[] configs = [.. sources.Folders.Select(one => HubFolder.ReadJson(Path.Combine(one.Path, LatentCheckpoint.ConfigFile)))];
        foreach ((JsonObject config, string name) in configs.Zip(sources.Names).Skip(1))
            if (!JsonNode.DeepEquals(config, configs[0]))
                throw new UsageException(
                    $"the codes of {name} are not those of {sources.Names[0]}: {Differing(configs[0], config)} differs in {LatentCheckpoint.ConfigFile}",
                    name, "folders whose codes were learned on one base");
        List<HubFolder> files = [];
        try
        {
            files.AddRange(sources.Folders.Select(one => HubFolder.OfFile(one.Path, LatentCheckpoint.WeightsFile)));
            SafetensorsWriter.Write(
                Path.Combine(folder, LatentCheckpoint.WeightsFile), files[0].Names.Select(name => merged(name, files)));
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
        JsonObject json = configs[0];
        using (HubFolder written = HubFolder.Open(folder))
            json[LatentCompatibility.BaseField] = WeightChecksum.Of(written);
        HubFolder.WriteJson(Path.Combine(folder, LatentCheckpoint.ConfigFile), json);
    }

    private static string Differing(JsonObject a, JsonObject b) => a.Select(item => item.Key).Union(b.Select(item => item.Key))
        .First(name => !JsonNode.DeepEquals(a[name], b[name]));
}
