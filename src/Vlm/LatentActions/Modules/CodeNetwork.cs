using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Decoder layers like the base's over its hidden states, a norm, and logits over the codes.</summary>
/// <remarks>
/// The inverse dynamics model and the policy are both of this form; see 2.3 and 2.5 of the method's description in
/// https://arxiv.org/abs/2601.07516. It depends on past tokens through the states alone, never on earlier codes.
/// </remarks>
public sealed class CodeNetwork : Layer
{
    private readonly ModuleList<DecoderLayer> _layers;
    private readonly RmsNorm _norm;
    private readonly LoraLinear _head;

    /// <summary>Builds "layers", "norm" and "head".</summary>
    /// <param name="sizes">The base decoder's.</param>
    /// <param name="layers">How many layers.</param>
    /// <param name="codes">K</param>
    public CodeNetwork(DecoderConfig sizes, int layers, int codes) : base(nameof(CodeNetwork))
    {
        (AttentionConfig attention, double epsilon) = (sizes.Attention, sizes.Epsilon);
        register_module("layers", _layers = new ModuleList<DecoderLayer>([.. Enumerable.Range(0, layers)
            .Select(_ => new DecoderLayer(attention, sizes.IntermediateSize, epsilon))]));
        register_module("norm", _norm = new RmsNorm(attention.HiddenSize, epsilon));
        register_module("head", _head = new LoraLinear(attention.HiddenSize, codes));
    }

    /// <summary>The depth of its cache.</summary>
    public int Depth => _layers.Count;

    /// <summary>Where the weights are.</summary>
    internal Device Device => _norm.Weight.device;

    /// <summary>[K, H] the weights of its head.</summary>
    internal Parameter Head => _head.Weight;

    /// <summary>Reads the states of prompts into an empty KV cache, which then holds them as shared prefixes.</summary>
    /// <param name="states">[P, L, H] of the base, padding on the left: its last ones, or what a branch's layers read.</param>
    /// <param name="rope">The base's rotation for these tokens.</param>
    /// <param name="lengths">P real lengths.</param>
    /// <param name="cache">Empty, of <see cref="Depth"/> layers.</param>
    /// <returns>[P, L, H] features, which <see cref="Logits"/> reads.</returns>
    public Tensor Prefill(Tensor states, Rope rope, int[] lengths, KvCache cache)
    {
        int tokens = (int)states.shape[1];
        Tensor? padding = Masks.LeftPadding(lengths, tokens, states.device);
        Tensor? bias = Masks.Both(Masks.Causal(tokens, states.device), padding);
        Tensor features = Read(states, new AttentionPass(lengths.Length, rope, bias, cache));
        cache.ShareAsPrefix(padding);
        return features;
    }

    /// <summary>Reads states that follow those in the cache.</summary>
    /// <param name="states">[N, T, H]; rows of a prompt are neighbours, the same number for each prompt.</param>
    /// <param name="rope">The base's rotation for these tokens.</param>
    /// <param name="cache">Of <see cref="Prefill"/>.</param>
    /// <returns>[N, T, H] features.</returns>
    public Tensor Continue(Tensor states, Rope rope, KvCache cache)
    {
        int prompts = (int)cache[0].PrefixKeys!.shape[0];
        if (states.shape[1] == 1 && Steps(cache, states.shape[0] / prompts) is { } steps)
            return steps.Forward(states.to(ScalarType.Float32), rope);     // a base may be in half precision

        Tensor? bias = Masks.Causal((int)states.shape[1], states.device);
        return Read(states, new AttentionPass(prompts, rope, bias, cache));
    }

    /// <summary>Its layers, to be read beside the base's last ones.</summary>
    /// <param name="prefix">What they have read of prompts.</param>
    internal DecoderBranch Beside(KvCache prefix) => new([.. _layers], _norm, prefix);

    /// <summary>[.., H] features to [.., K] logits, float32.</summary>
    public Tensor Logits(Tensor features) => _head.call(features).to(ScalarType.Float32);

    private FusedSingleTokenDecoder? Steps(KvCache cache, long group) =>
        cache.ForSingleTokens(() => FusedSingleTokenDecoder.Of([.. _layers], _norm, cache, (int)group));

    private Tensor Read(Tensor x, AttentionPass pass)
    {
        for (int i = 0; i < _layers.Count; i++)
            x = _layers[i].Forward(x, pass, pass.Cache[i]);
        return _norm.call(x);
    }
}
