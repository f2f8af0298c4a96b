using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>All that latent actions add to a base model, under the names of <c>latent_actions.safetensors</c>.</summary>
public sealed class LatentModules : Layer
{
    /// <summary>Builds everything with random weights; see <see cref="Initialise"/>.</summary>
    /// <param name="sizes">The base decoder's.</param>
    /// <param name="config">The rest.</param>
    public LatentModules(DecoderConfig sizes, LatentConfig config) : base(nameof(LatentModules))
    {
        Config = config;
        register_module("inverse", Inverse = new CodeNetwork(sizes, config.InverseLayers, config.Codes));
        register_module("codebook", Codebook = new Codebook(sizes.Attention.HiddenSize, config.Codes));
        register_module("world", World = new WorldModel(sizes, config.MergeBlocks));
        register_module("policy", Policy = new CodeNetwork(sizes, config.PolicyLayers, config.Codes));
        register_module("to_paired", ToPaired = new CrossModalProjector(sizes.Attention.HiddenSize));
        register_module("to_text", ToText = new CrossModalProjector(sizes.Attention.HiddenSize));
    }

    /// <summary>The sizes.</summary>
    public LatentConfig Config { get; }

    /// <summary>The inverse dynamics model: infers, in training, which code was taken.</summary>
    public CodeNetwork Inverse { get; }

    /// <summary>The codes' embeddings.</summary>
    public Codebook Codebook { get; }

    /// <summary>The world model: state and code to the next token's logits.</summary>
    public WorldModel World { get; }

    /// <summary>The policy over codes.</summary>
    public CodeNetwork Policy { get; }

    /// <summary>P: text-only states to states of the paired view.</summary>
    public CrossModalProjector ToPaired { get; }

    /// <summary>P': states of the paired view to text-only states.</summary>
    public CrossModalProjector ToText { get; }

    /// <summary>Logits over the vocabulary for codes in states.</summary>
    /// <param name="model">The base: its final norm and output layer.</param>
    /// <param name="h">[.., H]</param>
    /// <param name="code">[.., H] code embeddings.</param>
    public Tensor Tokens(IVisionLanguageModel model, Tensor h, Tensor code) =>
        model.Logits(World.Forward(h, code, model.Norm, Config.ReadOut));

    /// <summary>The most probable token of each code in each state, without gradients.</summary>
    /// <param name="model">The base: its final norm and output layer.</param>
    /// <param name="h">[M, H]</param>
    /// <param name="readOut">How the world model is read.</param>
    /// <param name="bans">[V] added to logits; null bans none.</param>
    /// <param name="which">[M, T] the codes of each state; null takes all.</param>
    /// <returns>[M, T] token ids, or [M, K].</returns>
    public Tensor MostProbableTokens(
        IVisionLanguageModel model, Tensor h, ReadOut readOut, Tensor? bans = null, Tensor? which = null)
    {
        long most = h.device.type == DeviceType.CPU ? 1L << 19 : 1L << 25;     // logits at once: 2 MiB stay in a cache
        using var off = no_grad();
        long rows = Math.Max(1, most / (which?.shape[1] ?? Config.Codes) / model.VocabSize);
        Tensor codes = Codebook.Of(arange(Config.Codes, device: h.device));                   // [K, H]
        return cat([.. Enumerable.Range(0, (int)((h.shape[0] + rows - 1) / rows)).Select(part => DisposeScopes.Return(() =>
        {
            (long at, long count) = (part * rows, Math.Min(rows, h.shape[0] - part * rows));
            Tensor logits = model.Logits(World.ForwardAll(                                         // [R, K, V]
                h.narrow(0, at, count), codes, model.Norm, readOut, which?.narrow(0, at, count)));
            return (bans is null ? logits : logits + bans).argmax(-1);
        }))], 0);
    }

    /// <summary>Normal weights, zero biases, norms of one; the same seed gives the same weights.</summary>
    /// <param name="seed">Of the random weights.</param>
    /// <param name="initStd">
    /// Standard deviation, 0.02 as released; null takes 1 / sqrt(inputs): with 0.02 narrow models learn to use the image late.
    /// </param>
    public void Initialise(long seed, double? initStd = 0.02)
    {
        using var off = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach ((string name, Parameter value) in named_parameters().Select(item => (item.name, item.parameter)))
            if (name.EndsWith(".bias", StringComparison.Ordinal))
                value.zero_();
            else if (value.dim() == 1)
                value.fill_(1);
            else
                value.normal_(0, initStd ?? 1 / Math.Sqrt(value.size(1)), generator);
    }
}
