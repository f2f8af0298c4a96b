using Vlm.LatentActions;
using Vlm.Layers;
using Vlm.Models.SmolVlm;
using Vlm.Tests.Generation;
using static TorchSharp.torch;

namespace Vlm.Tests.LatentActions;

/// <summary>A base of a few thousand weights with latent modules as small, and batches of both halves.</summary>
internal static class LatentToy
{
    internal const int Codes = 6;

    internal static readonly LatentConfig Config = new() { Codes = Codes, InverseLayers = 2, PolicyLayers = 2 };

    /// <summary>A base, and modules wide awake: weights of 1 / sqrt(inputs).</summary>
    internal static (SmolVlmModel Model, LatentModules Modules) Create(LatentConfig? config = null)
    {
        SmolVlmModel model = TinyModel.Create();
        var modules = new LatentModules(model.Sizes, config ?? Config);
        modules.Initialise(5, initStd: null);
        return (model, modules);
    }

    /// <summary>Two prompts with images, of 7 and 9 tokens.</summary>
    internal static LatentRows Paired(SmolVlmModel model) =>
        LatentRows.Read(model, [TinyModel.Prompts(3)[0], TinyModel.Prompts(3)[2]], [TinyModel.Image], LatentViews.Both);

    /// <summary>Two prompts of text alone, of 4 and 6 tokens.</summary>
    internal static LatentRows TextAlone(SmolVlmModel model) =>
        LatentRows.Read(model, [TinyModel.Prompts(4)[1], TinyModel.Prompts(4)[3]], [TinyModel.Image], LatentViews.TextOnly);

    internal static RandomStream Noise(long step = 0) => new(1, "gumbel", step);

    /// <summary>Attention in 2 heads of 4, no more than a decoder needs.</summary>
    internal static DecoderConfig Sizes(int width = 8, int inner = 16) =>
        new(new AttentionConfig(width, 2, 1, width / 2), inner, 1, 16, 64, 10_000, 1e-6);

    internal static Rope RopeFor(int rows, int tokens, int headWidth) =>
        Rope.At(arange(tokens).unsqueeze(0).expand(rows, tokens), headWidth, 10_000);

    internal static Tensor Normal(ulong seed, params long[] shape)
    {
        using var generator = new Generator(seed);
        return randn(shape, generator: generator);
    }

    internal static void Near(double[] expected, Tensor actual, double tolerance)
    {
        double[] values = actual.detach().to(ScalarType.Float64).contiguous().data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        foreach ((double want, double have) in expected.Zip(values))
            Assert.Equal(want, have, tolerance);
    }

    internal static bool Same(Tensor a, Tensor b) => a.eq(b).all().item<bool>();

    internal static double Number(Tensor scalar) => scalar.to(ScalarType.Float64).item<double>();
}
