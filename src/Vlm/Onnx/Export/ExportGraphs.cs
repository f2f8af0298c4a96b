using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Export;

/// <summary>In what precision graphs compute and store their weights, and who loads them.</summary>
/// <param name="Activations"><see cref="OnnxType.Float"/> or <see cref="OnnxType.Float16"/>.</param>
/// <param name="Int8">Weights of linear layers as bytes.</param>
/// <param name="Genai">
/// For onnxruntime-genai: its files' names, an embedding that puts the vectors of images in place itself, and a decoder
/// that gives the logits of all tokens.
/// </param>
internal sealed record ExportPrecision(OnnxType Activations, bool Int8, bool Genai = false)
{
    /// <summary>The graph from pixels to vectors.</summary>
    public string Tower => Genai ? "vision" : "vision_encoder";

    /// <summary>The graph from ids to vectors.</summary>
    public string Embedding => Genai ? "embedding" : "embed_tokens";

    /// <summary>The graph from vectors to logits.</summary>
    public string Decoder => Genai ? "model" : "decoder_model_merged";

    /// <summary>What stands for them in files' names, as transformers.js has it.</summary>
    public string Suffix => Genai ? "" : Int8 ? "_int8" : Activations == OnnxType.Float16 ? "_fp16" : "";

    /// <summary>What transformers.js calls them.</summary>
    public string Name => Int8 ? "int8" : Activations == OnnxType.Float16 ? "fp16" : "fp32";

    /// <summary>An empty graph of these precision.</summary>
    public OnnxGraph Graph(string name) => new(name, Activations, Int8);
}

/// <summary>A family's graphs: each is built when its turn comes.</summary>
/// <param name="Tower">vision_encoder.</param>
/// <param name="Embedding">embed_tokens.</param>
/// <param name="Decoder">decoder_model_merged.</param>
internal sealed record ExportGraphs(Func<OnnxGraph> Tower, Func<OnnxGraph> Embedding, Func<OnnxGraph> Decoder);
