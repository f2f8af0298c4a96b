using TorchSharp;
using Vlm.Checkpoints;
using Vlm.LatentActions;
using Vlm.Lora;
using Vlm.Models;

namespace Vlm.Merging;

/// <summary>The folders of a merge, open: each a whole model, with its lambda.</summary>
internal sealed class MergeSources : IDisposable
{
    private readonly List<HubFolder> _open = [];

    private MergeSources(IReadOnlyList<double> weights) => Weights = weights;

    /// <summary>One for each folder.</summary>
    public IReadOnlyList<HubFolder> Folders => _open;

    /// <summary>Lambdas, in the same order.</summary>
    public IReadOnlyList<double> Weights { get; }

    /// <summary>What the user knows each folder as.</summary>
    public IReadOnlyList<string> Names { get; private init; } = [];

    /// <summary>The type that weights are stored in where no folder says it, because adapters were merged in float32; else null.</summary>
    public torch.ScalarType? Type { get; private init; }

    /// <summary>Opens them.</summary>
    /// <param name="parts">Two or more.</param>
    /// <param name="options">Whether differences are added, and to what.</param>
    /// <param name="scratch">A folder that may be made for adapters, which are merged into their base first.</param>
    public static MergeSources Open(IReadOnlyList<MergePart> parts, MergeOptions options, string scratch)
    {
        bool[] adapters = [.. parts.Select(part => IsAdapter(part.Folder))];
        bool differences = options.Differences || adapters.All(yes => yes);
        string? start = options.Base ?? BaseOf([.. parts.Zip(adapters).Where(part => part.Second).Select(part => part.First.Folder)]);
        if (differences && start is null)
            throw new UsageException("differences are taken from a base, and none is named", "Base = ", "the folder that all were made from");
        double rest = 1 - parts.Sum(part => part.Weight);
        bool isPart = differences && Math.Abs(rest) > WeightMerge.Rounding;
        MergePart[] all = [.. parts, .. isPart ? [new MergePart(start!, rest)] : Array.Empty<MergePart>()];
        var sources = new MergeSources([.. all.Select(part => part.Weight)])
        {
            Names = [.. all.Select(part => part.Folder)],
            Type = adapters.Contains(true) ? StoredType(start!) : null,
        };
        try
        {
            foreach ((int i, MergePart part) in all.Index())
                sources._open.Add(HubFolder.Open(!adapters.Contains(true) ? part.Folder
                    : Whole(start!, i < adapters.Length && adapters[i] ? part.Folder : null, part.Folder, Path.Combine(scratch, $"{i}"))));
            return sources;
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _open.ForEach(folder => folder.Dispose());

    private static bool IsAdapter(string folder) =>
        File.Exists(Path.Combine(folder, LoraConfigJson.Name)) && !File.Exists(Path.Combine(folder, "config.json"));

    // The base that adapters name, where it is a folder here.
    private static string? BaseOf(string[] adapters)
    {
        if (adapters.Length == 0)
            return null;
        string?[] named = [.. adapters.Select(folder => LoraConfigJson.Read(folder).BaseModel).Distinct()];
        return named is [{ } one] && Directory.Exists(one) ? one : throw new UsageException(
            named.Length > 1 ? "the adapters name different bases" : "the adapters' base is no folder here", adapters[0], "Base = FOLDER");
    }

    // In float32, so that the sum is rounded once. One model is in memory at a time.
    private static string Whole(string start, string? adapter, string folder, string scratch)
    {
        if (LatentCheckpoint.IsAt(start) || LatentCheckpoint.IsAt(folder))
            throw new UsageException("adapters change a base, and codes are those of the base as it was", folder, "a folder without latent actions");
        string model = adapter is null ? folder : start;
        VlmCheckpoint vlm = VlmCheckpoint.Load(model, torch.CPU, roomFor: adapter);
        try
        {
            if (adapter is not null)
                LoraAdapter.Load(vlm.Model, adapter, vlm.Canonical, start);
            Directory.CreateDirectory(scratch);
            vlm.Write(scratch, torch.ScalarType.Float32, HubFolder.MaxShardBytes, LoraAdapter.MergedWeights(vlm.Model));
            return scratch;
        }
        finally
        {
            vlm.Model.Dispose();
        }
    }

    private static torch.ScalarType? StoredType(string folder)
    {
        using HubFolder open = HubFolder.Open(folder);
        return open.StoredType;
    }
}
