using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Generation;
using Vlm.Lora;
using Vlm.Text;

namespace Vlm.Models;

/// <summary>A model of any family with all that travels with it: tokenizer, processor, and the files they came in.</summary>
/// <param name="ModelType">config.json's model_type.</param>
/// <param name="Model">The weights.</param>
/// <param name="Processor">Messages and images to prompts.</param>
/// <param name="Generation">generation_config.json: the end tokens, and how the model's makers would have it sampled.</param>
/// <param name="Config">config.json.</param>
/// <param name="SmallFiles">The other small files of the folder, name and content.</param>
public sealed record VlmCheckpoint(
    string ModelType, IVisionLanguageModel Model, IPromptProcessor Processor, GenerationConfig Generation, JsonObject Config,
    IReadOnlyDictionary<string, byte[]> SmallFiles)
{
    /// <summary>Tokens that end a completion.</summary>
    public IReadOnlyList<int> EndTokens => Generation.EndTokens;

    /// <summary>Loads a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="device">Where the weights go, and all that is computed with them; see <see cref="Devices.Choose"/>.</param>
    /// <param name="dtype">The precision to compute in, whatever the file holds; float32 unless given.</param>
    /// <param name="logger">Told what the user should know of how the folder was read, such as a template that could not be.</param>
    /// <param name="roomFor">
    /// The folder of an adapter that is to be loaded onto the model: where it holds a longer embedding, or an output layer apart
    /// from it, the model is made so. Null for none.
    /// </param>
    /// <exception cref="UsageException">The folder is incomplete, broken, or of a family that is not known.</exception>
    public static VlmCheckpoint Load(
        string path, torch.Device device, torch.ScalarType dtype = torch.ScalarType.Float32, ILogger? logger = null,
        string? roomFor = null) => Read(path, device, dtype, logger, roomFor, statesOnly: false);

    // Where states alone are read, the folder need not have an output layer.
    internal static VlmCheckpoint Read(
        string path, torch.Device device, torch.ScalarType dtype, ILogger? logger, string? roomFor, bool statesOnly)
    {
        NativeLibraries.Require();
        using HubFolder folder = HubFolder.Open(path);
        var config = ModelConfig.Of(folder.Config, path);
        if (statesOnly)
            config = config.WithoutHead(folder);
        IReadOnlyDictionary<string, string> stored;
        using (IVisionLanguageModel shapes = config.MetaModel())
        {
            stored = config.Validate(shapes, folder);
            if (roomFor is not null)
                config = WholeLayers.Adapted(config, shapes, roomFor);
        }
        (IPromptProcessor processor, GenerationConfig generation) = Files(config, path);
        if (processor.Template.Warning is { } warning)
            logger.Line(warning);
        if (roomFor is not null && TokenizerOf(roomFor) is { } theirs && theirs > processor.Tokenizer.VocabularySize)
            logger.Line($"the adapter's tokenizer has {theirs} ids, the model's {processor.Tokenizer.VocabularySize}: to write and read "
                + "the others, give a copy of the model's folder with the adapter's tokenizer files in it");
        IReadOnlyDictionary<string, byte[]> small = folder.SmallFiles();
        IVisionLanguageModel model = config.EmptyModel(dtype, device);
        foreach ((string name, Parameter value) in model.Parameters)
            if (stored.TryGetValue(name, out string? file) && folder.EntryOf(file).Shape.SequenceEqual(value.shape))
                folder.ReadInto(file, value);
            else
                WholeLayers.Fill(folder, stored, name, value);
        return new VlmCheckpoint(config.ModelType, model, processor, generation, config.Json, small);
    }

    private static int? TokenizerOf(string adapter) =>
        File.Exists(Path.Combine(adapter, "tokenizer.json")) ? Tokenizer.FromFolder(adapter).VocabularySize : null;

    private static (IPromptProcessor Processor, GenerationConfig Generation) Files(ModelConfig config, string path)
    {
        using IVisionLanguageModel shapes = config.MetaModel();
        return (config.Processor(shapes), GenerationConfig.Read(path, config.Json).Within(shapes.VocabSize, path));
    }

    /// <summary>The policy over tokens, which samples neither placeholders nor ids that no token owns.</summary>
    public TokenPolicy Policy() =>
        new(Model, Decode, EndTokens, vocabulary: Math.Min(Model.VocabSize, Processor.Tokenizer.VocabularySize));

    /// <summary>The policy that generates as the reference does: it may sample every row of the output layer.</summary>
    public TokenPolicy Unrestricted() => new(Model, Decode, EndTokens, unrestricted: true);

    /// <summary>The text of a completion, special tokens dropped.</summary>
    public string Decode(int[] tokens) => Processor.Tokenizer.Decode(tokens, skipSpecial: true);

    /// <summary>The hub's name of a tensor that newer writers call otherwise.</summary>
    public string Canonical(string name) => Families.Of(ModelType, "model_type").CanonicalName(ModelType, name);

    /// <summary>Writes the folder's files into an existing folder, under their hub names, in the precision computed in.</summary>
    public void Write(string path) => Write(path, null, HubFolder.MaxShardBytes);

    /// <summary>The same in bfloat16, half the size: to publish a model, not to go on training it bit by bit.</summary>
    public void WriteHalf(string path) => Write(path, torch.ScalarType.BFloat16, HubFolder.MaxShardBytes);

    /// <summary>Writes the folder's files into an existing folder, under their hub names.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="dtype">The precision stored; null keeps that computed in.</param>
    /// <param name="maxShardBytes">Most bytes of weights in one file.</param>
    /// <param name="exact">
    /// A weight more precisely than it is computed with, such as <see cref="FusedAdamW.Exact"/>; null for as it is.
    /// </param>
    /// <param name="head">What is saved with the model, always in its own precision; null for nothing.</param>
    public void Write(
        string path, torch.ScalarType? dtype, long maxShardBytes, Func<Parameter, torch.Tensor>? exact = null, ModelHead? head = null)
    {
        IEnumerable<SavedTensor> weights = Model.Weights().Select(item => new SavedTensor(
            item.Name, dtype ?? item.Value.dtype, item.Value.shape, () => exact?.Invoke(item.Value) ?? item.Value));
        var config = (JsonObject)Config.DeepClone();
        head?.Configure(config);
        HubFolder.Write(path, config, SmallFiles,
            [.. weights, .. head?.Parameters.Select(item => SavedTensor.Of(item.Name, item.Value)) ?? []], maxShardBytes);
    }
}
