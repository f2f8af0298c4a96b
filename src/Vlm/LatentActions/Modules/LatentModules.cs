using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>All that latent actions add to a base model, under the names of <c>latent_actions.safetensors</c>.</summary>
public sealed class LatentModules : Layer
{
    private readonly CodeNetwork? _inverse;
    private readonly Codebook? _codebook;
    private readonly WorldModel? _world;
    private readonly CrossModalProjector? _toPaired, _toText;

    /// <summary>Builds everything with random weights; see <see cref="Initialise"/>.</summary>
    /// <param name="sizes">The base decoder's.</param>
    /// <param name="config">The rest.</param>
    /// <exception cref="ArgumentException">The base has fewer layers than a branch takes, or other tokens than the codes are.</exception>
    public LatentModules(DecoderConfig sizes, LatentConfig config) : base(nameof(LatentModules))
    {
        if (LatentFit.Mistake(sizes, config) is { } mistake)
            throw new ArgumentException(mistake, nameof(config));

        (Config, BaseLayers) = (config, sizes.Layers);
        long width = sizes.Attention.HiddenSize;
        register_module("policy", Policy = new CodeNetwork(sizes, config.PolicyLayers, config.Codes));
        if (config.World == WorldForm.Classes)
            register_module("classes", Classes = new TokenClasses(sizes.VocabSize, config.Codes));
        if (config.HasFixedCodes)
            return;
        register_module("inverse", _inverse = new CodeNetwork(sizes, config.InverseLayers, config.Codes));
        register_module("codebook", _codebook = new Codebook(width, config.Codes));
        register_module("world", _world = new WorldModel(sizes, config.MergeBlocks));
        register_module("to_paired", _toPaired = new CrossModalProjector(width));
        register_module("to_text", _toText = new CrossModalProjector(width));
    }

    /// <summary>The sizes.</summary>
    public LatentConfig Config { get; }

    /// <summary>The policy over codes.</summary>
    public CodeNetwork Policy { get; }

    /// <summary>The classes of <see cref="WorldForm.Classes"/>; null with other codes.</summary>
    public TokenClasses? Classes { get; }

    /// <summary>The inverse dynamics model: infers, in training, which code was taken.</summary>
    /// <exception cref="InvalidOperationException">The codes are fixed, and there is none.</exception>
    public CodeNetwork Inverse => Learned(_inverse);

    /// <summary>The codes' embeddings.</summary>
    /// <inheritdoc cref="Inverse"/>
    public Codebook Codebook => Learned(_codebook);

    /// <summary>The world model: state and code to the next token's logits.</summary>
    /// <inheritdoc cref="Inverse"/>
    public WorldModel World => Learned(_world);

    /// <summary>P: text-only states to states of the paired view.</summary>
    /// <inheritdoc cref="Inverse"/>
    public CrossModalProjector ToPaired => Learned(_toPaired);

    /// <summary>P': states of the paired view to text-only states.</summary>
    /// <inheritdoc cref="Inverse"/>
    public CrossModalProjector ToText => Learned(_toText);

    /// <summary>The layer of the base whose input the policy reads; null where it reads the states after the final norm.</summary>
    public int? Tap => Config.Policy == PolicyForm.Branch ? BaseLayers - Config.PolicyLayers : null;

    private int BaseLayers { get; }

    /// <summary>Logits over the vocabulary for codes in states.</summary>
    /// <param name="model">The base: its final norm and output layer.</param>
    /// <param name="h">[.., H]</param>
    /// <param name="codes">[..] codes.</param>
    /// <param name="readOut">What the output layer reads of a learned world model; null for the configured one.</param>
    /// <param name="table">What codes add to the world model's blocks, where it was computed before.</param>
    /// <returns>[.., V]; <see cref="TokenDistribution.Never"/> for tokens that a fixed code cannot mean.</returns>
    public Tensor Tokens(IVisionLanguageModel model, Tensor h, Tensor codes, ReadOut? readOut = null, MergeTable? table = null) =>
        Config.World switch
        {
            WorldForm.Merge => model.Logits(table is null
                ? World.Forward(h, Codebook.Of(codes), model.Norm, readOut ?? Config.ReadOut)
                : World.Forward(h, codes, table, model.Norm, readOut ?? Config.ReadOut)),
            WorldForm.Identity => full([.. codes.shape, model.VocabSize], TokenDistribution.Never, ScalarType.Float32, h.device)
                .scatter_(-1, codes.unsqueeze(-1), zeros([.. codes.shape, 1], ScalarType.Float32, h.device)),
            _ => Classes!.Within(model.Logits(h), codes),
        };

    /// <summary>What all codes add to the world model's blocks, for as long as its weights stay; null with fixed codes.</summary>
    public MergeTable? Table() => Config.HasFixedCodes ? null : World.Table(Codebook.Of(arange(Config.Codes, device: Policy.Device)));

    /// <summary>Logits of the policy.</summary>
    /// <param name="model">The base: its output layer, where the policy starts from what the base would choose.</param>
    /// <param name="features">[M, H] of <see cref="Policy"/>.</param>
    /// <param name="states">[M, H] of the base, after its final norm; asked for where they are needed.</param>
    /// <param name="bans">[V] of the base's tokens, or null.</param>
    /// <returns>[M, K] float32.</returns>
    internal Tensor PolicyLogits(IVisionLanguageModel model, Tensor features, Func<Tensor> states, Tensor? bans = null)
    {
        Tensor logits = Policy.Logits(features);
        return Config.Policy == PolicyForm.Prior ? logits + BasePrior.LogProbs(this, model, states().detach(), bans) : logits;
    }

    /// <summary>What banned tokens make of codes: [K] to add to the policy's logits; null where every code has a token left.</summary>
    /// <param name="bans">[V] 0 or <see cref="TokenDistribution.Never"/>.</param>
    internal Tensor? CodeBans(Tensor bans) => Config.World switch
    {
        WorldForm.Identity => bans,
        WorldForm.Classes => Classes!.Bans(bans),
        _ => null,
    };

    /// <summary>The codes that tokens have, where codes are fixed. [..]</summary>
    /// <param name="tokens">[..]</param>
    internal Tensor FixedCodes(Tensor tokens) => Classes?.Of(tokens) ?? tokens;

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
        using var off = no_grad();
        if (Config.World == WorldForm.Identity)
            return which ?? arange(Config.Codes, device: h.device).unsqueeze(0).expand(h.shape[0], -1);
        if (Config.World == WorldForm.Classes)
            return DisposeScopes.Return(() =>
            {
                Tensor logits = model.Logits(h);
                Tensor all = Classes!.MostProbable(bans is null ? logits : logits + bans);
                return which is null ? all : all.gather(-1, which);
            });

        Tensor[] found = [.. OfCodes(model, h, readOut, which).Select(part =>
            DisposeScopes.Return(() => (bans is null ? part() : part() + bans).argmax(-1)))];
        return cat(found, 0);
    }

    /// <summary>log p_w(x | h, a) of one token x in each state, under several codes.</summary>
    /// <param name="model">The base: its final norm and output layer.</param>
    /// <param name="h">[M, H]</param>
    /// <param name="codes">[M, T]</param>
    /// <param name="tokens">[M]</param>
    /// <returns>[M, T], without gradients.</returns>
    internal Tensor LogProbsOf(IVisionLanguageModel model, Tensor h, Tensor codes, Tensor tokens)
    {
        using var off = no_grad();
        Tensor wanted = tokens.view(-1, 1, 1).expand(-1, codes.shape[1], 1);
        if (Config.HasFixedCodes)
            return DisposeScopes.Return(() => Tokens(model, h.unsqueeze(1).expand(-1, codes.shape[1], -1), codes)
                .log_softmax(-1).gather(-1, wanted).squeeze(-1));

        long at = 0;
        Tensor[] found = [.. OfCodes(model, h, Config.ReadOut, codes).Select(part => DisposeScopes.Return(() =>
        {
            Tensor logits = part().to(ScalarType.Float32);
            at += logits.shape[0];
            return (logits.gather(-1, wanted.narrow(0, at - logits.shape[0], logits.shape[0])) - logits.logsumexp(-1, keepdim: true))
                .squeeze(-1);
        }))];
        return cat(found, 0);
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
        foreach ((string name, Parameter value) in named_parameters().Select(item => (item.name, item.parameter))
            .Where(item => !item.name.StartsWith("classes.", StringComparison.Ordinal)))
            if (name.EndsWith(".bias", StringComparison.Ordinal))
                value.zero_();
            else if (value.dim() == 1)
                value.fill_(1);
            else
                value.normal_(0, initStd ?? 1 / Math.Sqrt(value.size(1)), generator);
        if (Config.Policy == PolicyForm.Prior)
            Policy.Head.zero_();
    }

    /// <summary>Gives a branch the weights of the base's last layers and final norm; where codes are tokens, of its output layer too.</summary>
    /// <param name="model">The base. Adapters are merged into the copy.</param>
    internal void BranchFrom(IVisionLanguageModel model)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        int first = Tap ?? throw new InvalidOperationException("the policy is no branch");
        var layers = model.Projections.ToDictionary(item => $"{item.Name}.weight", item => item.Layer);
        (string Name, Parameter Value)[] text = [.. model.Parameters.Where(item => model.PartOf(item.Name) == ModelPart.Text)];
        foreach ((string name, Parameter value) in Policy.named_parameters().Select(item => (item.name, item.parameter)))
            if (name != "head.weight")
                value.copy_(Of(name.StartsWith("layers.", StringComparison.Ordinal) ? Later(name) : $".{name}"));
            else if (Config.World == WorldForm.Identity)
                value.copy_(Of(text.Any(item => item.Name.EndsWith("lm_head.weight", StringComparison.Ordinal))
                    ? "lm_head.weight" : ".embed_tokens.weight"));

        Tensor Of(string ending)
        {
            (string name, Parameter weight) = text.Single(item => item.Name.EndsWith(ending, StringComparison.Ordinal));
            return layers.TryGetValue(name, out LoraLinear? layer) ? layer.Effective : weight;
        }

        // "layers.0.mlp.up_proj.weight" of the branch is ".layers.3.mlp.up_proj.weight" of a base of four layers.
        string Later(string name) => name.Split('.', 3) is [_, var number, var rest]
            ? FormattableString.Invariant($".layers.{first + int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)}.{rest}")
            : throw new InvalidOperationException(name);
    }

    // Logits [R, T or K, V] of some states after the other, as many as a cache holds at once.
    private IEnumerable<Func<Tensor>> OfCodes(IVisionLanguageModel model, Tensor h, ReadOut readOut, Tensor? which)
    {
        long most = h.device.type == DeviceType.CPU ? 1L << 19 : 1L << 25;     // logits at once: 2 MiB stay in a cache
        long rows = Math.Max(1, most / (which?.shape[1] ?? Config.Codes) / model.VocabSize);
        MergeTable table = Table()!;
        for (long at = 0; at < h.shape[0]; at += rows)
        {
            (long from, long count) = (at, Math.Min(rows, h.shape[0] - at));
            yield return () => model.Logits(World.ForwardAll(
                h.narrow(0, from, count), table, model.Norm, readOut, which?.narrow(0, from, count)));
        }
    }

    private static T Learned<T>(T? part) where T : class =>
        part ?? throw new InvalidOperationException("these codes are fixed: there is no codebook, and nothing that learns one");
}

/// <summary>Whether latent actions go together with a base.</summary>
internal static class LatentFit
{
    /// <summary>What does not fit, in words; null where all does.</summary>
    internal static string? Mistake(DecoderConfig sizes, LatentConfig config) =>
        config.Policy == PolicyForm.Branch && config.PolicyLayers > sizes.Layers - sizes.DeepLayers
            ? $"the policy is a branch of {config.PolicyLayers} layers, and the base has {sizes.Layers}"
                + (sizes.DeepLayers > 0 ? $", of which image features join the first {sizes.DeepLayers}" : "")
        : config.World == WorldForm.Identity && config.Codes != sizes.VocabSize
            ? $"the codes are tokens, and there are {config.Codes} codes and {sizes.VocabSize} rows of the output layer"
        : null;
}
