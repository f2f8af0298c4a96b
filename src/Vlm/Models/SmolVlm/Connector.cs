using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm;

/// <summary>Folds s x s neighbouring patches into one vector and projects it to the language model's width.</summary>
/// <remarks>
/// Pixel shuffle: Shi et al. 2016, https://arxiv.org/abs/1609.05158, run backwards; as in Laurencon et al. 2024,
/// https://arxiv.org/abs/2408.12637, section 3.2.
/// </remarks>
public sealed class Connector : Layer
{
    private readonly int _side, _scale;
    private readonly ModalityProjection _projection;

    /// <summary>Builds the projection under "modality_projection.proj".</summary>
    public Connector(SmolVlmConfig config) : base(nameof(Connector))
    {
        (_side, _scale) = (config.Vision.Side, config.ScaleFactor);
        register_module("modality_projection", _projection =
            new ModalityProjection((long)config.Vision.HiddenSize * _scale * _scale, config.Text.HiddenSize));
    }

    /// <param name="x">[F, side * side, D] patches row by row.</param>
    /// <returns>[F, (side / s)^2, text width]; within a cell the patches follow row by row.</returns>
    public Tensor Forward(Tensor x)
    {
        (long F, long D, long s, long cells) = (x.shape[0], x.shape[2], _scale, _side / _scale);
        Tensor folded = x.reshape(F, cells, s, cells, s, D).permute(0, 1, 3, 2, 4, 5)
            .reshape(F, cells * cells, s * s * D);
        return _projection.Forward(folded);
    }
}

/// <summary>The connector's one linear layer.</summary>
public sealed class ModalityProjection : Layer
{
    private readonly LoraLinear _projection;

    /// <summary>Builds the layer under "proj".</summary>
    public ModalityProjection(long input, long output) : base(nameof(ModalityProjection)) =>
        register_module("proj", _projection = new LoraLinear(input, output));

    internal Tensor Forward(Tensor x) => _projection.call(x);
}
