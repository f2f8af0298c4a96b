using TorchSharp.Modules;
using Vlm.Lora;
using Vlm.Engine;
using Vlm.Models;
using static TorchSharp.torch;

namespace Vlm.Grpo;

/// <summary>A model made ready for training as its options say: adapters on it, parts of it frozen.</summary>
/// <remarks>
/// A checkpoint holds the model's own weights as a hub folder, and in the folder <c>adapter</c> within it the adapter as
/// PEFT writes it: within, because beside config.json an adapter would change what others load from the folder.
/// </remarks>
/// <param name="Model">The model.</param>
/// <param name="Adapter">What its adapters are; null where it has none.</param>
public sealed record TunedModel(IVisionLanguageModel Model, LoraConfig? Adapter)
{
    internal const string ModelFolder = "model";
    private const string AdapterFolder = "adapter";

    /// <summary>Puts adapters on a model, and freezes what shall not move.</summary>
    /// <param name="vlm">As it was loaded.</param>
    /// <param name="options">What to train.</param>
    /// <param name="name">The folder or hub name of the model that the run started from.</param>
    /// <param name="seed">The run's, for the start of new adapters.</param>
    /// <param name="checkpoint">The checkpoint that the model was loaded from in a resumed run, else null.</param>
    /// <exception cref="UsageException">The adapter does not fit, no layer is meant, or nothing is to train.</exception>
    public static TunedModel Of(
        VlmCheckpoint vlm, ModelOptions options, string name, long seed, string? checkpoint = null)
    {
        LoraConfig? adapter = checkpoint is null
            ? First(vlm, options, name, seed) : Saved(vlm.Model, Path.Combine(checkpoint, AdapterFolder), name);
        FrozenParts.Freeze(vlm.Model, options.Frozen);
        return TrainableCount.Of(vlm.Model).Any(count => count.Trainable > 0)
            ? new(vlm.Model, adapter) : throw options.NothingToTrain();
    }

    /// <summary>Writes what a resumed run starts from into a checkpoint's folder.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="write">Writes the model's own weights and files into the folder it is given.</param>
    public void Write(string folder, Action<string> write)
    {
        write(folder);
        if (Adapter is not null)
            LoraAdapter.Write(
                Directory.CreateDirectory(Path.Combine(folder, AdapterFolder)).FullName, Model, Adapter);
    }

    /// <summary>
    /// Ends a run: writes the adapter into <c>adapter</c> and the sum into <c>model</c>, and merges the adapter for good.
    /// </summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="write">Writes the model's files, with the weights it is given, into the folder it is given.</param>
    /// <param name="exact">Weights as the optimizer knows them, <see cref="FusedAdamW.Exact"/>; those of adapters are sums.</param>
    public void Finish(string run, Action<string, Func<Parameter, Tensor>> write, Func<Parameter, Tensor> exact)
    {
        if (Adapter is not null)
            CompleteFolder.Write(Path.Combine(run, AdapterFolder), folder => LoraAdapter.Write(folder, Model, Adapter));
        Func<Parameter, Tensor> weights = Adapter is null ? exact : LoraAdapter.MergedWeights(Model);
        CompleteFolder.Write(Path.Combine(run, ModelFolder), folder => write(folder, weights));
        LoraAdapter.Merge(Model);
    }

    private static LoraConfig? First(VlmCheckpoint vlm, ModelOptions options, string name, long seed)
    {
        if (options.Adapter is { } folder)
        {
            LoraConfig given = LoraAdapter.Load(vlm.Model, folder, vlm.Canonical, name, freeze: !options.MergeAdapter);
            if (!options.MergeAdapter)
                return given;
            LoraAdapter.Merge(vlm.Model);
        }

        return options.LoraRank > 0
            ? LoraAdapter.Attach(vlm.Model, options.Lora(name), seed, except: options.Frozen) : null;
    }

    private static LoraConfig? Saved(IVisionLanguageModel model, string folder, string name) =>
        Directory.Exists(folder) ? LoraAdapter.Load(model, folder, modelName: name) : null;
}
