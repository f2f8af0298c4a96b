using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Generation;

namespace Vlm.Models.SmolVlm;

/// <summary>A model with all that travels with it: tokenizer, processor, and the files they came in.</summary>
/// <param name="Model">The weights.</param>
/// <param name="Processor">Messages and pictures to prompts.</param>
/// <param name="EndTokens">Tokens that end a completion.</param>
/// <param name="Config">config.json.</param>
/// <param name="SmallFiles">The other small files of the folder, name and content.</param>
public sealed record SmolVlmCheckpoint(
    SmolVlmModel Model, SmolVlmProcessor Processor, IReadOnlyList<int> EndTokens, JsonObject Config,
    IReadOnlyDictionary<string, byte[]> SmallFiles)
{
    /// <summary>The model types this family reads.</summary>
    public static IReadOnlyList<string> ModelTypes { get; } = ["smolvlm", "idefics3"];

    /// <summary>Loads a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="dtype">The precision to compute in; float32 unless given.</param>
    /// <param name="device">Where the weights go; the CPU unless given.</param>
    /// <exception cref="UsageException">The folder is incomplete, broken, or of another family.</exception>
    public static SmolVlmCheckpoint Load(
        string path, torch.ScalarType dtype = torch.ScalarType.Float32, torch.Device? device = null)
    {
        using HubFolder folder = HubFolder.Open(path);
        string type = folder.Config["model_type"]?.GetValue<string>() ?? "";
        if (!ModelTypes.Contains(type))
            throw new UsageException($"the model type \"{type}\" is not known (known: {string.Join(", ", ModelTypes)})",
                System.IO.Path.Combine(path, "config.json"), "give a SmolVLM, SmolVLM2 or Idefics3 folder");

        SmolVlmConfig config = SmolVlmConfig.Read(folder.Config, System.IO.Path.Combine(path, "config.json"));
        SmolVlmModel model = Skeleton.Of(() => new SmolVlmModel(config));
        WeightLoader.Load(model.Parameters, folder, name => name.EndsWith("rotary_emb.inv_freq", StringComparison.Ordinal)
            || (config.TiedHead && name == "lm_head.weight"), dtype: dtype, device: device ?? torch.CPU);
        return new SmolVlmCheckpoint(model, SmolVlmProcessor.Load(path),
            GenerationConfig.Read(path, folder.Config).EndTokens, folder.Config, folder.SmallFiles());
    }

    /// <summary>The policy over tokens.</summary>
    public TokenPolicy Policy() =>
        new(Model, tokens => Processor.Tokenizer.Decode(tokens, skipSpecial: true), EndTokens);

    /// <summary>Writes the folder's files into an existing folder, under their hub names, in the precision computed in.</summary>
    public void Write(string path) => HubFolder.Write(
        path, Config, SmallFiles, Model.Weights().Select(item => (item.Name, (torch.Tensor)item.Value)));

    /// <summary>The same in bfloat16, half the size: to publish a model, not to go on training it bit by bit.</summary>
    public void WriteHalf(string path) => HubFolder.Write(path, Config, SmallFiles,
        [.. Model.Weights().Select(item => SavedTensor.Of(item.Name, item.Value, torch.ScalarType.BFloat16))]);
}
