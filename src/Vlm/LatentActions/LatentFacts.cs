using TorchSharp;
using Vlm.Engine;
using Vlm.Layers;

namespace Vlm.LatentActions;

/// <summary>What latent actions a folder holds, told from their sizes; of the base's weights the checksum is taken.</summary>
/// <param name="Config">The sizes.</param>
/// <param name="Stages">Those they have been through, one after the other.</param>
/// <param name="Parts">Values of each part, in the order of the method's description; together they are all.</param>
public sealed record LatentFacts(LatentConfig Config, IReadOnlyList<LatentStage> Stages, IReadOnlyList<(string Name, long Values)> Parts)
{
    /// <summary>Values of all parts.</summary>
    public long Values => Parts.Sum(part => part.Values);

    /// <summary>Reads a folder, and checks that the latent actions fit their sizes and were learned on its base.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="sizes">Its base's.</param>
    /// <exception cref="UsageException">A file is missing or broken, or something does not fit.</exception>
    public static LatentFacts Of(string path, DecoderConfig sizes)
    {
        LatentConfig config = LatentFit.Check(path);
        using LatentModules modules = Weights.Meta(() => new LatentModules(sizes, config));
        return new LatentFacts(config, LatentProgress.Of(path),
        [
            ("inverse", Count(modules.Inverse)), ("policy", Count(modules.Policy)), ("merge", Count(modules.World)),
            ("codebook", Count(modules.Codebook)), ("projectors", Count(modules.ToPaired) + Count(modules.ToText)),
        ]);
    }

    private static long Count(torch.nn.Module module) => module.parameters().Sum(value => value.numel());
}
