using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Generation;
using Vlm.Lora;
using Vlm.Models;

namespace Vlm.Loading;

/// <summary>A Hugging Face folder, whose actions are tokens.</summary>
internal sealed class TokenModel(VlmCheckpoint checkpoint) : ILoadedModel
{
    private readonly TokenPolicy _policy = checkpoint.Policy();

    internal VlmCheckpoint Checkpoint => checkpoint;

    public IPromptProcessor Processor => checkpoint.Processor;

    public GenerationConfig Generation => checkpoint.Generation;

    public int MaxPositions => checkpoint.Model.MaxPositions;

    public ISampler Sampler => _policy;

    public ISampler Generator { get; } = checkpoint.Unrestricted();

    public IModelPolicy Policy => _policy;

    // A file of weights has no place for adapters: it gets what they add up to.
    public void Write(string folder)
    {
        Func<Parameter, torch.Tensor> merged = LoraAdapter.MergedWeights(checkpoint.Model);
        checkpoint.Write(folder, null, HubFolder.MaxShardBytes, merged);
    }

    public void Dispose() => checkpoint.Model.Dispose();
}
