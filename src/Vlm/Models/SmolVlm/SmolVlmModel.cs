using TorchSharp.Modules;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm;

/// <summary>SmolVLM, SmolVLM2 and Idefics3: SigLIP tower, pixel-shuffle connector, Llama decoder.</summary>
/// <remarks>
/// Marafioti et al. 2025, https://arxiv.org/abs/2504.05299; Laurencon et al. 2024, https://arxiv.org/abs/2408.12637.
/// </remarks>
public sealed class SmolVlmModel : nn.Module, IVisionLanguageModel
{
    private readonly SmolVlmParts _parts;
    private readonly Linear? _head;
    private readonly Lazy<IReadOnlyList<(string, Parameter)>> _parameters;

    /// <summary>Builds the model under its checkpoint names, with random weights.</summary>
    public SmolVlmModel(SmolVlmConfig config) : base(nameof(SmolVlmModel))
    {
        Config = config;
        register_module("model", _parts = new SmolVlmParts(config));
        if (!config.TiedHead)
            register_module("lm_head", _head = nn.Linear(config.Text.Width, config.Text.Vocabulary, hasBias: false));
        _parameters = new(() => [.. named_parameters().Select(item => (item.name, item.parameter))]);
    }

    /// <summary>The sizes.</summary>
    public SmolVlmConfig Config { get; }

    /// <inheritdoc/>
    public int Layers => Config.Text.Layers;

    /// <inheritdoc/>
    public int Vocabulary => Config.Text.Vocabulary;

    /// <inheritdoc/>
    public int Context => Config.Text.Context;

    /// <inheritdoc/>
    public int ImageToken => Config.ImageToken;

    /// <inheritdoc/>
    public Device Device => _parts.Text.EmbeddingWeight.device;

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters => _parameters.Value;

    /// <summary>Pixels to the vectors that replace image placeholders.</summary>
    /// <param name="pixels">[F, 3, H, W]</param>
    /// <param name="valid">[F, n] true on patches of the picture; null where frames have no padding.</param>
    /// <returns>The tower's [F, n, D], and the connector's [F, tokens per frame, text width].</returns>
    public (Tensor Vision, Tensor Features) Look(Tensor pixels, bool[,]? valid = null)
    {
        Tensor vision = _parts.Vision.Forward(pixels.to(_parts.Text.EmbeddingWeight.dtype), valid);
        return (vision, _parts.Connector.Forward(vision));
    }

    /// <summary>Embeds ids and puts image vectors, in order, where the placeholders stand.</summary>
    /// <param name="ids">P x L ids, row by row.</param>
    /// <param name="rows">P</param>
    /// <param name="features">[F, tokens per frame, D], or null without images.</param>
    /// <returns>[P, L, D]</returns>
    /// <exception cref="ArgumentException">Placeholders and vectors differ in number.</exception>
    public Tensor Merge(long[] ids, int rows, Tensor? features)
    {
        Tensor embedded = _parts.Text.Embed(tensor(ids).to(Device));                          // [P L, D]
        long[] places = [.. ids.Index().Where(item => item.Item == ImageToken).Select(item => (long)item.Index)];
        long vectors = features is null ? 0 : features.shape[0] * features.shape[1];
        if (places.Length != vectors)
            throw new ArgumentException(
                $"{places.Length} image placeholders but {vectors} image vectors in the batch", nameof(ids));

        if (features is not null)
            embedded = embedded.index_copy(0, tensor(places).to(Device), features.reshape(-1, features.shape[^1]));
        return embedded.view(rows, ids.Length / rows, -1);
    }

    /// <inheritdoc/>
    public (Tensor Hidden, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, KvCache cache)
    {
        PromptBatch batch = PromptBatch.LeftPadded(prompts, Context);
        Tensor? features = batch.Pixels(Device) is { } pixels ? Look(pixels).Features : null;
        Tensor? padding = Masks.LeftPadding(batch.Lengths, batch.Length, Device);
        Tensor hidden = _parts.Text.Forward(
            Merge(batch.Tokens, prompts.Count, features), tensor(batch.Positions).view(prompts.Count, -1).to(Device),
            prompts.Count, Masks.Both(Masks.Causal(batch.Length, Device), padding), cache);
        cache.ShareAsPrefix(padding);
        return (hidden, batch.Lengths);
    }

    /// <inheritdoc/>
    public Tensor Continue(Tensor tokens, Tensor positions, KvCache cache)
    {
        int prompts = (int)cache[0].PrefixKeys!.shape[0];
        return _parts.Text.Forward(
            _parts.Text.Embed(tokens), positions, prompts, Masks.Causal((int)tokens.shape[1], Device), cache);
    }

    /// <inheritdoc/>
    public Tensor Logits(Tensor hidden) =>
        nn.functional.linear(hidden, _head is null ? _parts.Text.EmbeddingWeight : _head.weight);

    /// <summary>The decoder, for parity tests of its layers.</summary>
    internal TextModel Text => _parts.Text;
}

/// <summary>The three parts under the checkpoint's prefix "model".</summary>
public sealed class SmolVlmParts : nn.Module
{
    /// <summary>Builds the parts.</summary>
    public SmolVlmParts(SmolVlmConfig config) : base(nameof(SmolVlmParts))
    {
        register_module("vision_model", Vision = new VisionTower(config.Vision));
        register_module("connector", Connector = new Connector(config));
        register_module("text_model", Text = new TextModel(config.Text));
    }

    internal VisionTower Vision { get; }

    internal Connector Connector { get; }

    internal TextModel Text { get; }
}
