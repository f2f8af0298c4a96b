using Vlm.Onnx.Export;

namespace Vlm.Models.SmolVlm.Export;

/// <summary>How SmolVLM, SmolVLM2 and Idefics3 are exported; onnxruntime-genai has none of them.</summary>
internal static class SmolVlmExport
{
    /// <summary>The family's.</summary>
    internal static FamilyExport Definition { get; } = new()
    {
        Graphs = (model, latent, numbers) => SmolVlmGraphs.Of((SmolVlmModel)model, latent, numbers),
        ProcessorFiles = [ProcessorConfig.ImageFile, ProcessorConfig.File],
        WriteProcessor = (folder, checkpoint) => SmolVlmProcessorFiles.Write(folder,
            ((SmolVlmProcessor)checkpoint.Processor).Images.Options, ((SmolVlmModel)checkpoint.Model).Config.TokensPerFrame),
    };
}
