using Vlm.Generation;

namespace Vlm.Loading;

/// <summary>What differs between the kinds of folder that a model is loaded from.</summary>
internal interface ILoadedModel : IDisposable
{
    /// <summary>Messages and images to prompts.</summary>
    IPromptProcessor Processor { get; }

    /// <summary>The end tokens, and how the model's makers would have it sampled.</summary>
    GenerationConfig Generation { get; }

    /// <summary>Most tokens of a prompt and its answer together.</summary>
    int MaxPositions { get; }

    /// <summary>What training and scoring sample from: placeholders and ids that no token owns are never sampled.</summary>
    ISampler Sampler { get; }

    /// <summary>What answers people: as the reference implementation generates.</summary>
    ISampler Generator { get; }

    /// <summary>What training moves; null where there is nothing to move.</summary>
    IModelPolicy? Policy { get; }

    /// <summary>Writes the files into an existing folder.</summary>
    /// <exception cref="UsageException">They cannot be written.</exception>
    void Write(string folder);
}
