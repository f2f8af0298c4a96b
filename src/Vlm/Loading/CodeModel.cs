using Vlm.Generation;
using Vlm.LatentActions;

namespace Vlm.Loading;

/// <summary>A folder with latent actions, whose actions are codes. They have no reference: people get what is trained.</summary>
internal sealed class CodeModel(LatentCheckpoint checkpoint, LatentPolicyOptions options) : ILoadedModel
{
    private readonly LatentPolicy _policy = checkpoint.Policy(options);

    internal LatentCheckpoint Checkpoint => checkpoint;

    public IPromptProcessor Processor => checkpoint.Base.Processor;

    public GenerationConfig Generation => checkpoint.Base.Generation;

    public int MaxPositions => checkpoint.Base.Model.MaxPositions;

    public ISampler Sampler => _policy;

    public ISampler Generator => _policy;

    public IModelPolicy Policy => _policy;

    public void Write(string folder) => checkpoint.Write(folder);

    public void Dispose()
    {
        checkpoint.Modules.Dispose();
        checkpoint.Base.Model.Dispose();
    }
}
