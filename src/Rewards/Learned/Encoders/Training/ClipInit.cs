using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>Starting weights for an encoder that is trained from scratch.</summary>
internal static class ClipInit
{
    private const double EmbeddingSpread = 0.5;

    /// <summary>
    /// Normal: matrices with deviation 1 / sqrt(inputs), those into a residual stream smaller by sqrt(2 * layers), embeddings with
    /// deviation 0.5; biases 0, norms 1, and CLIP's first temperature. The same seed gives the same weights.
    /// </summary>
    internal static void Fill(ClipModel model, long seed)
    {
        using var off = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach ((string name, Parameter value) in model.Trainable)
            FillOne(name, value, model.Config, generator);
    }

    private static void FillOne(string name, Parameter value, ClipConfig config, Generator generator)
    {
        using var scope = NewDisposeScope();
        if (value.shape.Length == 0)
            value.fill_(ClipConfig.InitialLogitScale);
        else if (name.EndsWith(".bias", StringComparison.Ordinal))
            value.zero_();
        else if (value.shape.Length == 1 && !IsEmbedding(name))
            value.fill_(1);
        else
            value.copy_(randn(value.shape, generator: generator) * Spread(name, value, config));
    }

    private static double Spread(string name, Parameter value, ClipConfig config)
    {
        if (IsEmbedding(name))
            return EmbeddingSpread;
        double spread = Math.Sqrt((double)value.shape[0] / value.numel());      // 1 / sqrt(inputs)
        int layers = name.StartsWith("text_model.", StringComparison.Ordinal) ? config.Text.Layers : config.Vision.Layers;
        return name.EndsWith("out_proj.weight", StringComparison.Ordinal) || name.EndsWith("fc2.weight", StringComparison.Ordinal)
            ? spread / Math.Sqrt(2.0 * layers) : spread;
    }

    private static bool IsEmbedding(string name) => name.Contains("_embedding", StringComparison.Ordinal)
        && !name.Contains("patch_embedding", StringComparison.Ordinal);
}
