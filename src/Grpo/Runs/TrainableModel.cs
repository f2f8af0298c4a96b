using System.Globalization;
using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.LatentActions;
using Vlm.Lora;
using Vlm.Models;

namespace Vlm.Grpo;

/// <summary>A model made ready for training: adapters on it, parts of it frozen, and how it is kept.</summary>
/// <remarks>
/// In a folder with latent actions the policy over codes learns, and nothing else; what is written is such a folder again.
/// In any other folder the model learns as its options say. A checkpoint then holds the model's own weights as a hub folder, and
/// in the folder <c>adapter</c> within it the adapter as PEFT writes it: within, because beside config.json an adapter would
/// change what others load from the folder.
/// </remarks>
public sealed class TrainableModel : IDisposable
{
    private const string ModelFolder = "model", AdapterFolder = "adapter";

    private readonly ModelOptions _options;
    private readonly LoraConfig? _adapter;      // null where there is none

    private TrainableModel(VisionLanguageModel model, ModelOptions options, LoraConfig? adapter)
    {
        (Model, _options, _adapter) = (model, options, adapter);
        Policy = model.Policy();
    }

    /// <summary>The model.</summary>
    public VisionLanguageModel Model { get; }

    /// <summary>Its weights and files, or those of the base of the codes.</summary>
    public VlmCheckpoint Base => Model.Checkpoint!;

    /// <summary>What acts, and learns.</summary>
    public IFeaturePolicy Policy { get; }

    /// <summary>A head on the model's states that learns and is saved with it, such as the score of a reward model; null for none.</summary>
    public ModelHead? Head { get; set; }

    /// <summary>A line for people: how many numbers learn.</summary>
    public string Trainable => Model.LatentActions is { } latent ? Line(latent) : TrainableCount.Line(Base.Model);

    /// <summary>Loads a folder for training.</summary>
    /// <param name="start">The folder that the run first starts from.</param>
    /// <param name="options">Precision, and what of the model learns.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="seed">The run's, for the start of new adapters.</param>
    /// <param name="logger">Told what the user should know; null tells nobody.</param>
    /// <param name="checkpoint">The checkpoint that a resumed run goes on from; else null.</param>
    /// <param name="codes">How a policy over codes is run; null for the defaults.</param>
    /// <exception cref="UsageException">A folder is incomplete or broken, or the options do not fit it.</exception>
    public static TrainableModel Load(
        string start, ModelOptions options, torch.Device device, long seed, ILogger? logger, string? checkpoint = null,
        LatentPolicyOptions? codes = null)
    {
        string folder = checkpoint ?? start;
        if (LatentCheckpoint.IsAt(folder))
        {
            options.RequireFixedBase();
            LatentProgress.CheckActs(folder);
        }
        var load = new LoadOptions
        {
            Device = device.ToString(),
            Precision = options.Dtype,
            Codes = codes ?? new(),
            RoomFor = checkpoint is null ? options.Adapter : null,
        };
        var model = VisionLanguageModel.Load(folder, load, logger);
        try
        {
            return Of(model, options, seed, start, checkpoint);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Puts adapters on a loaded model, and freezes what shall not move.</summary>
    /// <param name="model">As it was loaded; it belongs to the result.</param>
    /// <param name="options">What to train.</param>
    /// <param name="seed">For the start of new adapters.</param>
    /// <param name="name">The folder or hub name of the model that training started from; null for the folder it was loaded from.</param>
    /// <param name="checkpoint">The checkpoint that the model was loaded from in a resumed run, else null.</param>
    /// <exception cref="UsageException">
    /// The adapter does not fit, no layer is meant, nothing is to train, or exported graphs were loaded.
    /// </exception>
    public static TrainableModel Of(
        VisionLanguageModel model, ModelOptions options, long seed, string? name = null, string? checkpoint = null)
    {
        _ = model.Policy();
        if (model.LatentActions is not null)
        {
            options.RequireFixedBase();
            return new(model, options, null);
        }
        (VlmCheckpoint vlm, name) = (model.Checkpoint!, name ?? model.Folder);
        LoraConfig? adapter = checkpoint is null
            ? First(vlm, options, name, seed) : Saved(vlm.Model, Path.Combine(checkpoint, AdapterFolder), name);
        FrozenParts.Freeze(vlm.Model, options.Frozen);
        vlm.Model.GradientCheckpointing = options.GradientCheckpointing;
        return TrainableCount.Of(vlm.Model).Any(count => count.Trainable > 0)
            ? new(model, options, adapter) : throw options.NothingToTrain();
    }

    /// <summary>
    /// AdamW over the policy. Weights of half precision start from what they were rounded from: in the folder, or by the
    /// optimizer that moved them before.
    /// </summary>
    /// <param name="options">Rate and moments.</param>
    /// <param name="before">An optimizer whose work goes on; null for the first.</param>
    /// <exception cref="UsageException">Weights of float16 would be trained.</exception>
    public FusedAdamW Optimizer(UpdateOptions options, FusedAdamW? before = null)
    {
        FusedAdamW optimizer = OptimizerStep.Create(Policy, options);
        if (before is null)
            Masters.Read(Model.Folder, Policy.Trainable, optimizer, Base.Canonical);
        else
            foreach ((_, Parameter value) in Policy.Trainable)
                optimizer[value].Refine(before.Exact(value));
        return optimizer;
    }

    /// <summary>The same over this model's policy and a critic on its features, which has a rate of its own.</summary>
    /// <param name="options">Rate and moments.</param>
    /// <param name="critic">This model's policy with a value head.</param>
    /// <param name="ppo">The critic's rate.</param>
    /// <exception cref="UsageException">Weights of float16 would be trained.</exception>
    public FusedAdamW Optimizer(UpdateOptions options, IActorCritic critic, PpoOptions ppo)
    {
        FusedAdamW optimizer = PpoUpdate.Optimizer(critic, options, ppo);
        Masters.Read(Model.Folder, Policy.Trainable, optimizer, Base.Canonical);
        return optimizer;
    }

    /// <summary>The same over this model's weights and its <see cref="Head"/>, which has a rate of its own.</summary>
    /// <param name="options">Rate and moments.</param>
    /// <param name="headRate">The head's peak rate.</param>
    /// <exception cref="UsageException">Weights of float16 would be trained.</exception>
    /// <exception cref="InvalidOperationException">There is no head.</exception>
    public FusedAdamW Optimizer(UpdateOptions options, double headRate)
    {
        ModelHead head = Head ?? throw new InvalidOperationException("the model has no head");
        var optimizer = new FusedAdamW(
            [OptimizerStep.Group(Policy.Trainable, options.LearningRate, options), OptimizerStep.Group(head.Parameters, headRate, options)]);
        Masters.Read(Model.Folder, Policy.Trainable, optimizer, Base.Canonical);
        return optimizer;
    }

    /// <summary>
    /// The policy as the run first started, for the divergence: it costs the memory of the weights that learn, not of a second
    /// model. A resumed run loads its start once more to copy them from, and lets it go.
    /// </summary>
    /// <param name="start">Loads what the run first started from.</param>
    /// <param name="resumed">This model goes on from a checkpoint.</param>
    public ReferencePolicy Reference(Func<TrainableModel> start, bool resumed)
    {
        if (!resumed)
            return new ReferencePolicy(Policy);
        using TrainableModel first = start();
        return new ReferencePolicy(Policy, first.Policy);
    }

    /// <summary>Writes what a resumed run starts from into a checkpoint's folder, weights as the optimizer has them.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="optimizer">That moved the weights.</param>
    public void Write(string folder, FusedAdamW optimizer)
    {
        WriteModel(folder, Exact(optimizer), optimizer.Exact);
        if (_adapter is not null)
            LoraAdapter.Write(
                Directory.CreateDirectory(Path.Combine(folder, AdapterFolder)).FullName, Base.Model, _adapter);
    }

    /// <summary>
    /// Ends a run: writes the adapter into <c>adapter</c> and the sum into <c>model</c>, and merges the adapter for good.
    /// </summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="optimizer">That moved the weights.</param>
    public void Finish(string run, FusedAdamW optimizer)
    {
        if (_adapter is not null)
            CompleteFolder.Write(Path.Combine(run, AdapterFolder), folder => LoraAdapter.Write(folder, Base.Model, _adapter));
        Func<Parameter, torch.Tensor> weights = _adapter is null ? optimizer.Exact : LoraAdapter.MergedWeights(Base.Model);
        torch.ScalarType? type = Model.LatentActions is not null && _options.SaveDtype is null
            ? Exact(optimizer) : _options.FinalType;
        CompleteFolder.Write(Path.Combine(run, ModelFolder), folder => WriteModel(folder, type, weights));
        LoraAdapter.Merge(Base.Model);
    }

    /// <summary>Frees the model.</summary>
    public void Dispose() => Model.Dispose();

    private void WriteModel(string folder, torch.ScalarType? type, Func<Parameter, torch.Tensor> weights)
    {
        if (Model.LatentActions is { } latent)
            latent.Write(folder, _options.MaxShardBytes, type, weights);
        else
            Base.Write(folder, type, _options.MaxShardBytes, weights, Head);
    }

    // What a file holds from which training goes on bit by bit; null for the weights' own.
    private static torch.ScalarType? Exact(FusedAdamW optimizer) =>
        optimizer.HasMasters ? torch.ScalarType.Float32 : null;

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

    private string Line(LatentCheckpoint latent)
    {
        long over = latent.Modules.Policy.parameters().Sum(value => value.numel());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"trainable: base {Policy.Trainable.Sum(item => item.Value.numel()) - over:N0} of "
            + $"{latent.Base.Model.Parameters.Sum(item => item.Value.numel()):N0}, policy over "
            + $"{latent.Modules.Config.Codes} codes {over:N0} of "
            + $"{latent.Modules.parameters().Sum(value => value.numel()):N0} of the latent actions");
    }
}
