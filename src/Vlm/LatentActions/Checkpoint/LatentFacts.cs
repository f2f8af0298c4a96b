using TorchSharp;
using Vlm.Engine;
using Vlm.Layers;

namespace Vlm.LatentActions;

/// <summary>A summary of a folder's latent actions, read from headers; of the base's weights only the checksum is computed.</summary>
/// <param name="Config">The sizes.</param>
/// <param name="Stages">The completed stages in order.</param>
/// <param name="Parts">Values of each part, in the order of the method's description; together they are all.</param>
public sealed record LatentFacts(LatentConfig Config, IReadOnlyList<LatentStage> Stages, IReadOnlyList<(string Name, long Values)> Parts)
{
    /// <summary>Values of all parts.</summary>
    public long Values => Parts.Sum(part => part.Values);

    /// <summary>Reads a folder, and checks that the latent actions match their sizes and their base.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="sizes">Its base's.</param>
    /// <exception cref="UsageException">A file is missing or broken, or something does not fit.</exception>
    public static LatentFacts Of(string path, DecoderConfig sizes)
    {
        LatentConfig config = LatentCompatibility.Check(path);
        using LatentModules modules = Weights.Meta(() => new LatentModules(sizes, config));
        return new LatentFacts(config, LatentProgress.Of(path),
        [
            .. config.HasFixedCodes ? Array.Empty<(string, long)>() : [("inverse", Count(modules.Inverse))],
            ("policy", Count(modules.Policy)),
            .. config.HasFixedCodes ? Array.Empty<(string, long)>() :
            [
                ("merge", Count(modules.World)), ("codebook", Count(modules.Codebook)),
                ("projectors", Count(modules.ToPaired) + Count(modules.ToText)),
            ],
            .. modules.Classes is { } classes ? [("classes", Count(classes))] : Array.Empty<(string, long)>(),
        ]);
    }

    private static long Count(torch.nn.Module module) => module.parameters().Sum(value => value.numel());
}
