using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Tests.Layers;

/// <summary>A small decoder with made-up weights, and prompts that it has read: made-up keys and values.</summary>
internal static class ToyDecoder
{
    internal const int Vocabulary = 40;

    internal static Decoder Make(AttentionConfig attention, bool adapters, int layers = 2)
    {
        var decoder = new Decoder(new DecoderConfig(attention, IntermediateSize: 37, layers, Vocabulary, MaxPositions: 64, RopeTheta: 100, Epsilon: 1e-3));
        if (adapters)
            foreach ((_, LoraLinear layer) in ModelParameters.ProjectionsOf(decoder))
                layer.Adapt(rank: 3, scale: 2);
        Fill(decoder, 100);
        return decoder;
    }

    internal static void Fill(nn.Module module, int seed)
    {
        foreach ((int i, (string name, TorchSharp.Modules.Parameter value)) in ModelParameters.ParametersOf(module).Index())
            value.copy_(Random(seed + i, value.shape) * (ModelParameters.IsAdapter(name) ? 0.2 : 0.4) + (name.Contains("norm", StringComparison.Ordinal) ? 1 : 0));
    }

    /// <summary>A cache with the prefixes of some prompts, padded on the left. One prompt alone has no padding.</summary>
    /// <param name="cache">Empty.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="sizes">Of its layers.</param>
    /// <param name="lengths">Of all prompts.</param>
    /// <param name="prompts">Those that were read.</param>
    /// <param name="padding">What lies in padded columns.</param>
    /// <param name="seed">Of the keys and values.</param>
    /// <param name="type">Their type.</param>
    internal static KvCache Read(
        KvCache cache, int layers, AttentionConfig sizes, int[] lengths, int[] prompts, float padding = 0, int seed = 10, ScalarType type = ScalarType.Float32)
    {
        (int columns, int all) = (prompts.Max(p => lengths[p]), lengths.Max());
        for (int layer = 0; layer < layers; layer++)
            _ = cache[layer].Append(Rows(seed + layer).to(type), Rows(seed + 10 + layer).to(type));
        cache.ShareAsPrefix(Masks.LeftPadding([.. prompts.Select(p => lengths[p])], columns, CPU));
        return cache;

        // [P, K, 1, L, d]
        Tensor Rows(int from)
        {
            Tensor rows = Random(from, lengths.Length, sizes.KvHeads, 1, all, sizes.HeadDim);
            for (int p = 0; p < lengths.Length; p++)
                rows[p].narrow(2, 0, all - lengths[p]).fill_(padding);
            return cat([.. prompts.Select(p => rows.narrow(0, p, 1).narrow(3, all - columns, columns))], 0);
        }
    }

    /// <summary>New tokens of every row of every prompt, and their positions. [P G, T]</summary>
    internal static (Tensor Tokens, Tensor Positions) Rows(int[] lengths, int group, int count)
    {
        using var generator = new Generator(7);
        Tensor first = tensor(lengths.SelectMany(length => Enumerable.Repeat((long)length, group)).ToArray()).unsqueeze(1);
        return (randint(0, Vocabulary, [lengths.Length * group, count], generator: generator, dtype: ScalarType.Int64), first + arange(count));
    }

    internal static double Gap(Tensor a, Tensor b) => (a - b).abs().max().to(ScalarType.Float32).item<float>();

    private static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, generator: generator);
    }
}
