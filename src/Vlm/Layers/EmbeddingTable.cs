using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>A vector for each id.</summary>
/// <remarks>
/// TorchSharp's own layer holds its weight on the native side and gives another object for it at each look, so it can be
/// neither built without memory nor found among a model's parameters.
/// </remarks>
public sealed class EmbeddingTable : UnaryLayer
{
    private readonly Parameter _weight;

    /// <summary>Builds "weight" [entries, width], standard normal.</summary>
    public EmbeddingTable(long entries, long width) : base(nameof(EmbeddingTable)) =>
        register_parameter("weight", _weight = Weights.Normal(entries, width));

    /// <summary>[entries, width]</summary>
    public Parameter Weight => _weight;

    /// <summary>[..] ids to [.., width] vectors.</summary>
    public override Tensor forward(Tensor ids) =>
        _weight.index_select(0, ids.flatten()).view([.. ids.shape, _weight.size(1)]);
}
