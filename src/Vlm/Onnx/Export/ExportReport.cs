using Vlm.Onnx.Graph;

namespace Vlm.Onnx.Export;

/// <summary>Who loads the graphs.</summary>
public enum ExportClient
{
    /// <summary>transformers.js, and whatever runs ONNX Runtime by itself.</summary>
    TransformersJs,

    /// <summary>onnxruntime-genai, which has the Qwens of these families and no SmolVLM.</summary>
    OnnxruntimeGenai,
}

/// <summary>How to export.</summary>
public sealed record ExportOptions
{
    /// <summary>Whose layout the folder has.</summary>
    public ExportClient For { get; init; }

    /// <summary>Computes and stores in float16, norms and softmax aside.</summary>
    public bool Half { get; init; }

    /// <summary>Stores the weights of linear layers as bytes, with a scale for each output.</summary>
    public bool Int8 { get; init; }

    /// <summary>Adds to a folder that is not empty, replacing files of the same names and leaving all others.</summary>
    public bool Force { get; init; }

    /// <summary>Runs the graphs against the engine.</summary>
    public bool Check { get; init; } = true;

    /// <summary>
    /// The weights are let go once the engine has answered for the proof, so that they are not held beside ONNX Runtime's: the
    /// checkpoint is of no use afterwards.
    /// </summary>
    public bool Consume { get; init; }

    /// <summary>Puts weights into files of their own beside the graphs; null only where they exceed 2 GiB.</summary>
    public bool? External { get; init; }

    /// <summary>What stands for the precision in the names of the graphs' files, as transformers.js has it.</summary>
    public string Suffix => Precision.Suffix;

    internal ExportPrecision Precision => new(Half ? OnnxType.Float16 : OnnxType.Float, Int8,
        For == ExportClient.OnnxruntimeGenai);
}

/// <summary>What was written.</summary>
/// <param name="Files">Graphs and the weights beside them, by name, with their bytes.</param>
/// <param name="Filled">Fields that the checkpoint's files lacked, as <c>file: fields</c>.</param>
/// <param name="Check">How far the graphs are from the engine; null where that was not asked.</param>
public sealed record ExportReport(
    IReadOnlyList<(string Name, long Bytes)> Files, IReadOnlyList<string> Filled, ExportCheck? Check);

/// <summary>The graphs against the engine.</summary>
/// <param name="Cases">One for each kind of prompt.</param>
public sealed record ExportCheck(IReadOnlyList<ExportCase> Cases)
{
    /// <summary>Whether all cases do.</summary>
    public bool Passes => Cases.All(item => item.Passes);
}

/// <summary>Some prompts, read and answered by both.</summary>
/// <param name="Name">Which.</param>
/// <param name="Difference">The largest between two logits.</param>
/// <param name="Allowed">The largest that passes; null where it is only told.</param>
/// <param name="Tokens">Greedy tokens of the engine.</param>
/// <param name="Same">How many of them, from the start of each answer, the graphs gave too.</param>
public sealed record ExportCase(string Name, double Difference, double? Allowed, int Tokens, int Same)
{
    /// <summary>The same of codes, of which there are as many as tokens; null where the model has none.</summary>
    public ExportCodes? Codes { get; init; }

    /// <summary>Whether the logits are near enough and, in float32, the tokens and codes the same.</summary>
    public bool Passes => ExportVerification.Near(Difference, Allowed, Tokens - Same)
        && (Codes is not { } codes || ExportVerification.Near(codes.Difference, codes.Allowed, Tokens - codes.Same));
}

/// <summary>The codes behind some answers.</summary>
/// <param name="Difference">The largest between two logits of codes.</param>
/// <param name="Allowed">The largest that passes; null where it is only told.</param>
/// <param name="Same">How many, from the start of each answer, the graphs took too.</param>
public sealed record ExportCodes(double Difference, double? Allowed, int Same);
