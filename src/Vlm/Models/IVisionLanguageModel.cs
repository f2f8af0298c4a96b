using TorchSharp.Modules;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm;

/// <summary>What generation and training need of a model family. Implemented by each family, shared by none.</summary>
public interface IVisionLanguageModel : IDisposable
{
    /// <summary>Decoder layers: the depth of a cache.</summary>
    int Layers { get; }

    /// <summary>Rows of the output layer.</summary>
    int VocabSize { get; }

    /// <summary>Most tokens of a prompt and its completion together.</summary>
    int MaxPositions { get; }

    /// <summary>The token that stands for an image vector in prompts, and that is never sampled.</summary>
    int ImageToken { get; }

    /// <summary>The sizes of one frame or patch of <see cref="PixelInput"/>, without their number: [3, H, W] or [values].</summary>
    IReadOnlyList<long> PixelShape { get; }

    /// <summary>Where the weights are.</summary>
    Device Device { get; }

    /// <summary>
    /// Every parameter under its checkpoint name, adapters under PEFT's; a tied output layer appears once, as the embedding.
    /// </summary>
    IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <summary>Every linear layer that may carry an adapter, under its checkpoint name.</summary>
    IReadOnlyList<(string Name, LoraLinear Layer)> Projections { get; }

    /// <summary>The part that a parameter or layer belongs to.</summary>
    ModelPart PartOf(string name);

    /// <summary>Reads prompts, left-padded to one length, into an empty cache, which then holds them as shared prefixes.</summary>
    /// <param name="prompts">P prompts, with images or without.</param>
    /// <param name="cache">Empty.</param>
    /// <param name="trace">Told what is computed on the way, to compare with a reference.</param>
    /// <param name="textOnly">
    /// The prompts' pixels are not looked at: placeholders keep their own embeddings, and positions are those of text.
    /// </param>
    Prefilled Prefill(IReadOnlyList<Prompt> prompts, KvCache cache, Trace? trace = null, bool textOnly = false);

    /// <summary>
    /// Until the result is disposed, what a frozen vision tower makes of a prompt (the same object) is computed once and kept,
    /// in sampling and in every pass of an update. A tower that learns is run each time as ever. For one thread.
    /// </summary>
    IDisposable KeepVisionFeatures();

    /// <summary>
    /// Training keeps the input of each block alone and computes the block once more for its gradient: the same gradient, about a
    /// third more work, and the memory of one block in place of all. transformers' name.
    /// </summary>
    /// <remarks>Chen et al. 2016, arXiv:1604.06174, section 4.</remarks>
    bool GradientCheckpointing { get; set; }

    /// <summary>Reads tokens after the prompts, and after what was read of each row before.</summary>
    /// <param name="tokens">[N, T] ids; rows of a prompt are neighbours, the same number for each prompt.</param>
    /// <param name="positions">[N, T]</param>
    /// <param name="cache">The prompts' prefixes, and the rows' suffixes, which grow.</param>
    /// <returns>[N, T, D] hidden states.</returns>
    Tensor Continue(Tensor tokens, Tensor positions, KvCache cache);

    /// <summary>[.., D] hidden states to [.., vocabulary] logits.</summary>
    Tensor Logits(Tensor hidden);

    /// <summary>The decoder's sizes: what layers that work on its hidden states are built like.</summary>
    DecoderConfig Sizes { get; }

    /// <summary>The decoder's final norm, which hidden states have passed already.</summary>
    Tensor Norm(Tensor x);
}

/// <summary>What reading prompts gave.</summary>
/// <param name="Hidden">[P, L, D] hidden states after the final norm; padding on the left.</param>
/// <param name="Next">P positions of the tokens that follow.</param>
/// <param name="Rope">The rotation for the L tokens of each prompt.</param>
/// <param name="Lengths">P real lengths.</param>
public sealed record Prefilled(Tensor Hidden, int[] Next, Rope Rope, int[] Lengths)
{
    /// <summary>Just what sampling and scoring need.</summary>
    public void Deconstruct(out Tensor hidden, out int[] next) => (hidden, next) = (Hidden, Next);
}

/// <summary>The parts that every family has.</summary>
public enum ModelPart
{
    /// <summary>The tower that sees.</summary>
    Vision,

    /// <summary>What brings its vectors to the language model's width: connector, or patch merger.</summary>
    Connector,

    /// <summary>Embedding, decoder and output layer.</summary>
    Text,
}

/// <summary>What follows from the names of parameters.</summary>
public static class ModelParameters
{
    /// <summary>True for the matrices of adapters.</summary>
    public static bool IsAdapter(string name) => name.Contains(".lora_", StringComparison.Ordinal);

    /// <summary>The parameters of the checkpoint itself, without adapters.</summary>
    public static IReadOnlyList<(string Name, Parameter Value)> Weights(this IVisionLanguageModel model) =>
        [.. model.Parameters.Where(item => !IsAdapter(item.Name))];

    /// <summary>A module's parameters by name.</summary>
    internal static IReadOnlyList<(string Name, Parameter Value)> ParametersOf(nn.Module module) =>
        [.. module.named_parameters().Select(item => (item.name, item.parameter))];

    /// <summary>A module's linear layers by name.</summary>
    internal static IReadOnlyList<(string Name, LoraLinear Layer)> ProjectionsOf(nn.Module module) =>
        [.. module.named_modules().Where(item => item.module is LoraLinear)
            .Select(item => (item.name, (LoraLinear)item.module))];
}
