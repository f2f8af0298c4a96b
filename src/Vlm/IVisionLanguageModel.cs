using TorchSharp.Modules;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm;

/// <summary>What generation and training need of a model family. Implemented by each family, shared by none.</summary>
public interface IVisionLanguageModel
{
    /// <summary>Decoder layers: the depth of a cache.</summary>
    int Layers { get; }

    /// <summary>Rows of the output layer.</summary>
    int Vocabulary { get; }

    /// <summary>Most tokens of a prompt and its completion together.</summary>
    int Context { get; }

    /// <summary>The token that stands for an image vector in prompts, and that is never sampled.</summary>
    int ImageToken { get; }

    /// <summary>Where the weights are.</summary>
    Device Device { get; }

    /// <summary>Every parameter under its checkpoint name; a tied output layer appears once, as the embedding.</summary>
    IReadOnlyList<(string Name, Parameter Value)> Parameters { get; }

    /// <summary>Reads prompts, left-padded to one length, into an empty cache, which then holds them as shared prefixes.</summary>
    /// <returns>[P, L, D] hidden states, and for each prompt the position of the token that follows it.</returns>
    (Tensor Hidden, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, KvCache cache);

    /// <summary>Reads tokens after the prompts, and after what was read of each row before.</summary>
    /// <param name="tokens">[N, T] ids; rows of a prompt are neighbours, the same number for each prompt.</param>
    /// <param name="positions">[N, T]</param>
    /// <param name="cache">The prompts' prefixes, and the rows' suffixes, which grow.</param>
    /// <returns>[N, T, D] hidden states.</returns>
    Tensor Continue(Tensor tokens, Tensor positions, KvCache cache);

    /// <summary>[.., D] hidden states to [.., vocabulary] logits.</summary>
    Tensor Logits(Tensor hidden);
}
