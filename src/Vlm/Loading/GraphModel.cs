using Vlm.Generation;
using Vlm.Onnx.Runtime;

namespace Vlm.Loading;

/// <summary>A folder of exported graphs, which ONNX Runtime runs: they sample, and learn nothing.</summary>
/// <param name="graphs">The graphs.</param>
/// <param name="folder">Where they are, for messages.</param>
internal sealed class GraphModel(OnnxCheckpoint graphs, string folder) : ILoadedModel
{
    internal OnnxCheckpoint Graphs => graphs;

    public IPromptProcessor Processor => graphs.Processor;

    public GenerationConfig Generation => graphs.Generation;

    public int MaxPositions => graphs.MaxPositions;

    public ISampler Sampler { get; } = graphs.Policy();

    public ISampler Generator { get; } = graphs.Unrestricted();

    public IModelPolicy? Policy => null;

    public void Write(string folderToFill) => throw new UsageException(
        "exported graphs are files already, and are not written again", folder, $"copy the folder {folder}");

    public void Dispose() => graphs.Dispose();
}
