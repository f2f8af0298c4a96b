using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>K code embeddings of the base's hidden size: the columns of one matrix.</summary>
public sealed class Codebook : Layer
{
    private readonly Parameter _weight;

    /// <summary>Builds "weight" [H, K].</summary>
    public Codebook(long width, int codes) : base(nameof(Codebook)) =>
        register_parameter("weight", _weight = Weights.Uniform(1 / Math.Sqrt(codes), width, codes));

    /// <summary>K</summary>
    public int Codes => (int)_weight.size(1);

    /// <summary>The embeddings of soft or straight-through choices.</summary>
    /// <param name="choices">[.., K], one-hot in value.</param>
    /// <returns>[.., H]</returns>
    public Tensor Mix(Tensor choices) => nn.functional.linear(choices.to(_weight.dtype), _weight);

    /// <summary>The embeddings of codes.</summary>
    /// <param name="codes">[..] numbers from 0 to K - 1.</param>
    /// <returns>[.., H]</returns>
    public Tensor Of(Tensor codes) =>
        _weight.t().index_select(0, codes.flatten()).view([.. codes.shape, _weight.size(0)]);
}
