namespace Vlm.Onnx.Runtime;

/// <summary>What computes.</summary>
public enum OnnxProvider
{
    /// <summary>The processor.</summary>
    Cpu,

    /// <summary>An NVIDIA card; what it cannot do stays with the processor.</summary>
    Cuda,
}

/// <summary>How far ONNX Runtime rewrites a graph as it loads it.</summary>
public enum OnnxOptimisation
{
    /// <summary>Nodes run as written.</summary>
    None = 0,

    /// <summary>Constants are folded and what does nothing is left out.</summary>
    Basic = 1,

    /// <summary>Also nodes are fused.</summary>
    Extended = 2,

    /// <summary>Also memory is laid out for the kernels.</summary>
    All = 99,
}

/// <summary>How a session runs.</summary>
public sealed record OnnxOptions
{
    /// <summary>What computes.</summary>
    public OnnxProvider Provider { get; init; } = OnnxProvider.Cpu;

    /// <summary>The number of the card, from 0; of no effect on the processor.</summary>
    public int Device { get; init; }

    /// <summary>Threads within one operator; 0 takes as many as the tensor engine computes with.</summary>
    public int Threads { get; init; }

    /// <summary>How far the graph is rewritten.</summary>
    public OnnxOptimisation Optimisation { get; init; } = OnnxOptimisation.All;

    /// <summary>
    /// Lets threads wait for work by looping, which is ONNX Runtime's own default: quicker where it has the cores for
    /// itself, and far slower where the tensor engine or another program computes beside it.
    /// </summary>
    public bool Spin { get; init; }
}
