using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm;

/// <summary>Starting weights for a model that is trained from scratch.</summary>
public static class SmolVlmInit
{
    private const double Spread = 0.02;

    /// <summary>
    /// Normal with deviation 0.02, biases 0, norms 1, and the projections into the residual stream smaller by
    /// sqrt(2 * layers). The same seed gives the same weights.
    /// </summary>
    /// <remarks>Radford et al. 2019 (GPT-2), section 2.3.</remarks>
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
            value.copy_(randn(value.shape, generator: generator) * SpreadOf(name, config));
    }

    private static double SpreadOf(string name, SmolVlmConfig config)
    {
        bool intoText = name.EndsWith("o_proj.weight", StringComparison.Ordinal)
            || name.EndsWith("down_proj.weight", StringComparison.Ordinal);
        bool intoVision = name.EndsWith("out_proj.weight", StringComparison.Ordinal)
            || name.EndsWith("fc2.weight", StringComparison.Ordinal);
        int layers = intoText ? config.Text.Layers : intoVision ? config.Vision.Layers : 0;
        return layers == 0 ? Spread : Spread / Math.Sqrt(2.0 * layers);
    }
}
