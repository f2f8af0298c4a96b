using Microsoft.Extensions.Logging;
using Vlm.Onnx.Runtime;

namespace Vlm.Rewards.Learned;

/// <summary>Which files of an encoder's folder are used, and how.</summary>
public sealed record ImageTextEncoderOptions
{
    /// <summary>
    /// What stands after the names of the graphs' files: empty for float32, or "fp16", "quantized" ... as the hub's folders have them.
    /// </summary>
    public string Variant { get; init; } = "";

    /// <summary>Most images, and most texts, that a graph computes at once; 1 or more.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>How the graphs run; null for the processor.</summary>
    public OnnxOptions? Runtime { get; init; }

    /// <summary>Is told once of a text that is cut; null for nobody.</summary>
    public ILogger? Logger { get; init; }
}
