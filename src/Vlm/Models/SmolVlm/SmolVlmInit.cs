using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm;

/// <summary>Starting weights for a model that is trained from scratch.</summary>
public static class SmolVlmInit
{
    private const double EmbeddingSpread = 0.5, HeadShare = 0.3;

    /// <summary>
    /// Normal: projections with deviation 1 / sqrt(inputs), those into a residual stream smaller by sqrt(2 * layers), the
    /// output layer smaller still, embeddings with deviation 0.5; biases 0, norms 1. The same seed gives the same weights.
    /// </summary>
    /// <remarks>
    /// LeCun et al. 1998 (Efficient BackProp), section 4.6; the residual's share: Radford et al. 2019 (GPT-2), section 2.3.
    /// GPT-2's fixed 0.02 is far too small for widths near 100: such models stay blind to their images for long.
    /// </remarks>
    public static void Fill(SmolVlmModel model, long seed)
    {
        using var off = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach ((string name, Parameter value) in model.Parameters)
            FillOne(name, value, model.Config, generator);
    }

    private static void FillOne(string name, Parameter value, SmolVlmConfig config, Generator generator)
    {
        using var scope = NewDisposeScope();
        if (name.EndsWith(".bias", StringComparison.Ordinal))
            value.zero_();
        else if (value.shape.Length == 1)
            value.fill_(1);
        else
            value.copy_(randn(value.shape, generator: generator) * SpreadOf(name, value, config));
    }

    private static double SpreadOf(string name, Parameter value, SmolVlmConfig config)
    {
        if (Ends("embed_tokens.weight") || Ends("position_embedding.weight"))
            return EmbeddingSpread;

        double spread = Math.Sqrt((double)value.shape[0] / value.numel());      // 1 / sqrt(inputs)
        if (Ends("lm_head.weight"))
            return HeadShare * spread;
        if (Ends("o_proj.weight") || Ends("down_proj.weight"))
            return spread / Math.Sqrt(2.0 * config.Text.Layers);
        return Ends("out_proj.weight") || Ends("fc2.weight") ? spread / Math.Sqrt(2.0 * config.Vision.Layers) : spread;

        bool Ends(string end) => name.EndsWith(end, StringComparison.Ordinal);
    }
}
