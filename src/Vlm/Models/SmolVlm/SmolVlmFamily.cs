using Vlm.Models.SmolVlm.Export;

namespace Vlm.Models.SmolVlm;

/// <summary>SmolVLM, SmolVLM2 and Idefics3.</summary>
public static class SmolVlmFamily
{
    /// <summary>The family's row in <see cref="Families.All"/>.</summary>
    public static FamilyDefinition Definition { get; } = new()
    {
        ModelTypes = [("smolvlm", "SmolVLM2"), ("idefics3", "SmolVLM and Idefics3")],
        Build = (json, where) => new SmolVlmModel(SmolVlmConfig.Read(json, where)),
        Processor = (folder, model) => Processor(folder, ((SmolVlmModel)model).Config),
        Export = SmolVlmExport.Definition,
    };

    private static SmolVlmProcessor Processor(string folder, SmolVlmConfig config)
    {
        var processor = SmolVlmProcessor.Load(folder);
        ProcessorConfig.RequireEqual(
            folder, "max_image_size.longest_edge", processor.Images.Options.FrameEdge, config.Vision.ImageSize);
        ProcessorConfig.RequireEqual(folder, "image_seq_len", processor.TokensPerFrame, config.TokensPerFrame);
        return processor.ImageId == config.ImageToken ? processor : throw new UsageException(
            $"the tokenizer's {SmolVlmTokens.Image} is {processor.ImageId}, config.json's image_token_id {config.ImageToken}", folder,
            "the tokenizer and the config.json that the weights came with");
    }
}
