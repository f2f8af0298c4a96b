using TorchSharp;
using TorchSharp.Modules;
using Vlm;
using Vlm.Engine;
using Vlm.Images;
using Vlm.Layers;
using static TorchSharp.torch;

/// <summary>Sizes of the model.</summary>
/// <param name="Width">D, a multiple of the heads.</param>
/// <param name="Layers">Blocks.</param>
/// <param name="Heads">Of attention.</param>
sealed record DenoiserSizes(int Width, int Layers, int Heads);

/// <summary>
/// A small masked-diffusion model: patches of a drawing, the token of a question and the words of a response, of which some are hidden;
/// every place sees every other, and hidden places say which word is theirs.
/// </summary>
/// <remarks>
/// LLaDA, Nie et al. 2025, arXiv:2502.09992, section 2.1: a transformer without a causal mask. Patches are the picture's own values, as
/// in ViT, https://arxiv.org/abs/2010.11929, and not codes of a picture tokenizer as in MMaDA.
/// <code>
/// B rows    P patches    T slots    D width
/// </code>
/// </remarks>
sealed class MaskedDenoiser : Layer, IMaskedDiffusion
{
    private const int Side = 64, Patch = 8, Patches = Side / Patch * (Side / Patch), Values = 3 * Patch * Patch;
    private const double Epsilon = 1e-5, Spread = 0.5;

    private readonly LoraLinear _patch, _head;
    private readonly EmbeddingTable _words, _places;
    private readonly ModuleList<DenoiserBlock> _blocks;
    private readonly RmsNorm _norm;
    private readonly Device _device;
    private readonly Tensor _bans;

    private MaskedDenoiser(DenoiserSizes sizes, Device device) : base(nameof(MaskedDenoiser))
    {
        _device = device;
        register_module("patch", _patch = new LoraLinear(Values, sizes.Width, bias: true));
        register_module("words", _words = new EmbeddingTable(NamedObjects.Vocabulary, sizes.Width));
        register_module("places", _places = new EmbeddingTable(Patches + 1 + NamedObjects.Slots, sizes.Width));
        register_module("blocks", _blocks = new ModuleList<DenoiserBlock>(
            [.. Enumerable.Range(0, sizes.Layers).Select(_ => new DenoiserBlock(sizes))]));
        register_module("norm", _norm = new RmsNorm(sizes.Width, Epsilon));
        register_module("head", _head = new LoraLinear(sizes.Width, NamedObjects.Vocabulary));
        // The hidden token and those of questions are no words of a response.
        _bans = tensor(Enumerable.Range(0, NamedObjects.Vocabulary).Select(id =>
            id >= NamedObjects.End && id < NamedObjects.Words.Length ? 0f : float.NegativeInfinity).ToArray())
            .to(device).DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable =>
        [.. named_parameters().Select(item => (item.name, item.parameter))];

    /// <summary>A model with random weights: normal, of deviation 1 / sqrt(inputs); the same seed gives the same ones.</summary>
    internal static MaskedDenoiser New(DenoiserSizes sizes, long seed, Device device)
    {
        MaskedDenoiser model = Weights.Filled(() => new MaskedDenoiser(sizes, device), device);
        using IDisposable off = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        foreach ((string name, Parameter value) in model.Trainable)
            if (name.EndsWith(".bias", StringComparison.Ordinal))
                value.zero_();
            else if (value.shape.Length > 1)
                value.copy_(randn(value.shape, generator: generator)
                    * (name is "words.weight" or "places.weight" ? Spread : 1 / Math.Sqrt(value.shape[1])));
        return model;
    }

    /// <inheritdoc/>
    public ActionLogProbs LogProbs(IReadOnlyList<MaskedResponse> rows)
    {
        long[] seen = new long[rows.Count * NamedObjects.Slots], said = new long[seen.Length];      // 0 hides a slot
        float[] masked = new float[seen.Length];
        foreach ((int b, MaskedResponse row) in rows.Index())
            foreach ((int t, int token) in row.Rollout.Tokens.Index())
            {
                int at = b * NamedObjects.Slots + t;
                (said[at], masked[at], seen[at]) = (token, row.Masked[t] ? 1 : 0, row.Masked[t] ? NamedObjects.Mask : token);
            }

        Tensor all = Distribution([.. rows.Select(row => row.Rollout.Prompt)], Rows(seen));          // [B, T, V]
        Tensor mask = tensor(masked, [rows.Count, NamedObjects.Slots]).to(_device);
        // A word without any chance has no entropy: 0 log 0 is 0.
        Tensor entropy = -(all.exp() * all.clamp(min: (Scalar)(-100))).sum(-1).detach();
        return new(all.gather(2, Rows(said).unsqueeze(2).clamp(min: (Scalar)NamedObjects.End)).squeeze(2) * mask, entropy * mask, mask);
    }

    /// <summary>[B, T, V] log-probs of the words at every slot.</summary>
    /// <param name="prompts">B prompts; one object is drawn once.</param>
    /// <param name="seen">[B, T] tokens, 0 where hidden.</param>
    internal Tensor Distribution(IReadOnlyList<Prompt> prompts, Tensor seen)
    {
        Tensor asked = tensor(prompts.Select(prompt => (long)prompt.Tokens[0]).ToArray(), [prompts.Count, 1]).to(_device);
        Tensor x = cat([_patch.call(Pixels(prompts)), _words.call(cat([asked, seen], 1))], 1) + _places.Weight;   // [B, P + 1 + T, D]
        foreach (DenoiserBlock block in _blocks)
            x = block.Forward(x);
        Tensor slots = x.narrow(1, Patches + 1, NamedObjects.Slots);                                 // [B, T, D]
        return (_head.call(_norm.call(slots)) + _bans).log_softmax(-1);
    }

    /// <summary>[B, T] ids on the model's device.</summary>
    internal Tensor Rows(long[] ids) => tensor(ids, [ids.Length / NamedObjects.Slots, NamedObjects.Slots]).to(_device);

    // [B, P, values of a patch] from -1 to 1
    private Tensor Pixels(IReadOnlyList<Prompt> prompts)
    {
        Prompt[] drawn = [.. prompts.Distinct<Prompt>(ReferenceEqualityComparer.Instance)];
        var numbers = drawn.Index().ToDictionary(
            item => item.Item, item => (long)item.Index, (IEqualityComparer<Prompt>)ReferenceEqualityComparer.Instance);
        float[] values = new float[drawn.Length * Side * Side * 3];
        foreach ((int i, Prompt prompt) in drawn.Index())
        {
            RgbImage image = prompt.Example.Images[0].Decode(prompt.Id);
            for (int k = 0; k < Side * Side * 3; k++)
                values[i * Side * Side * 3 + k] = image.Pixels[k] / 127.5f - 1;
        }

        const int Grid = Side / Patch;
        Tensor cut = tensor(values, [drawn.Length, Grid, Patch, Grid, Patch, 3])
            .permute(0, 1, 3, 2, 4, 5).reshape(drawn.Length, Patches, Values);
        return cut.index_select(0, tensor(prompts.Select(prompt => numbers[prompt]).ToArray())).to(_device);
    }
}

/// <summary>x += attention(norm(x)); x += feed-forward(norm(x)); every place attends to every place.</summary>
sealed class DenoiserBlock : Layer
{
    private const double Epsilon = 1e-5;
    private readonly int _heads;
    private readonly LoraLinear _query, _key, _value, _output;
    private readonly RmsNorm _attentionNorm, _feedForwardNorm;
    private readonly SwiGlu _feedForward;

    internal DenoiserBlock(DenoiserSizes sizes) : base(nameof(DenoiserBlock))
    {
        _heads = sizes.Heads;
        register_module("q_proj", _query = new LoraLinear(sizes.Width, sizes.Width));
        register_module("k_proj", _key = new LoraLinear(sizes.Width, sizes.Width));
        register_module("v_proj", _value = new LoraLinear(sizes.Width, sizes.Width));
        register_module("o_proj", _output = new LoraLinear(sizes.Width, sizes.Width));
        register_module("attention_norm", _attentionNorm = new RmsNorm(sizes.Width, Epsilon));
        register_module("feed_forward_norm", _feedForwardNorm = new RmsNorm(sizes.Width, Epsilon));
        register_module("mlp", _feedForward = new SwiGlu(sizes.Width, 2 * sizes.Width));
    }

    internal Tensor Forward(Tensor x)
    {
        (long B, long n, long D) = (x.shape[0], x.shape[1], x.shape[2]);
        Tensor normed = _attentionNorm.call(x);
        Tensor mixed = nn.functional.scaled_dot_product_attention(                            // [B, h, n, d]
            Split(_query.call(normed)), Split(_key.call(normed)), Split(_value.call(normed)));
        Tensor attended = x + _output.call(mixed.transpose(1, 2).reshape(B, n, D));
        return attended + _feedForward.call(_feedForwardNorm.call(attended));

        Tensor Split(Tensor heads) => heads.view(B, n, _heads, D / _heads).transpose(1, 2);
    }
}
