using Microsoft.Extensions.Logging;
using Vlm;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Lora;
using Vlm.Models;

/// <summary>What reinforcement moves: a policy over tokens or codes, its base, and how both are written.</summary>
/// <remarks>
/// A base that learns with its policy over codes lies in the folder <c>open</c> within the checkpoint, whose own base is the one
/// that the codes were learned on: the world model reads that.
/// </remarks>
sealed class Learner : IDisposable
{
    private const string OpenFolder = "open";

    private readonly Action<string, FusedAdamW> _write;
    private readonly List<IDisposable> _owned;

    private Learner(IFeaturePolicy policy, VlmCheckpoint vlm, LatentCheckpoint? latent, Action<string, FusedAdamW> write, params IDisposable[] owned)
    {
        (Policy, Base, Latent, _write, _owned) = (policy, vlm, latent, write, [.. owned]);
    }

    /// <summary>What acts, and learns.</summary>
    internal IFeaturePolicy Policy { get; }

    /// <summary>The base that the policy reads.</summary>
    internal VlmCheckpoint Base { get; }

    /// <summary>The codes; null where actions are tokens.</summary>
    internal LatentCheckpoint? Latent { get; }

    /// <summary>Numbers that learn.</summary>
    internal long Trainable => Policy.Trainable.Sum(item => item.Value.numel());

    /// <summary>Adapters that are merged before the last step's checkpoint is written, so that it is a model as any other.</summary>
    internal bool HasAdapter { get; private init; }

    /// <summary>Loads what an arm trains, or what an arm has trained.</summary>
    /// <param name="start">The folder that the phase first starts from.</param>
    /// <param name="arm">What it changes.</param>
    /// <param name="preset">How a policy over codes is run.</param>
    /// <param name="run">Device and seed.</param>
    /// <param name="logger">Told what the user should know; null tells nobody.</param>
    /// <param name="checkpoint">The checkpoint in the middle of the phase that a resumed run goes on from; null for its start.</param>
    internal static Learner Load(string start, Arm arm, LatentPreset preset, Run run, ILogger? logger, string? checkpoint = null)
    {
        string folder = checkpoint ?? start;
        if (arm.Adds is not null || arm.Opens is not null || Directory.Exists(Path.Combine(folder, OpenFolder)))
            return Codes(folder, arm, preset, run, logger);
        string[] frozen = arm.LoraRank > 0 ? ["vision", "connector"] : [];
        var options = new ModelOptions { LoraRank = arm.LoraRank, Freeze = frozen };
        TrainableModel model = TrainableModel.Load(start, options, run.Device, run.Seed, logger, checkpoint, codes: preset.Policy);
        if (model.Model.Codes is null)
            arm.Trains?.Apply(model.Base.Model);
        return new(model.Policy, model.Base, model.Model.LatentActions, model.Write, model) { HasAdapter = arm.LoraRank > 0 };
    }

    /// <summary>Writes a checkpoint's weights.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="optimizer">That moved them.</param>
    /// <param name="isLast">Nothing goes on from it: adapters are merged.</param>
    internal void Write(string folder, FusedAdamW optimizer, bool isLast)
    {
        if (!HasAdapter || !isLast)
        {
            _write(folder, optimizer);
            return;
        }
        Base.Write(folder, null, Vlm.Checkpoints.HubFolder.MaxShardBytes, LoraAdapter.MergedWeights(Base.Model));
    }

    public void Dispose() => _owned.ForEach(each => each.Dispose());

    // Codes whose base learns with them, or that are added here.
    private static Learner Codes(string folder, Arm arm, LatentPreset preset, Run run, ILogger? logger)
    {
        LatentCheckpoint still = Still(folder, arm, preset, run, logger);
        string opened = Path.Combine(folder, OpenFolder);
        if (arm.Opens is null && !Directory.Exists(opened))
            return new(still.Policy(preset.Policy), still.Base, still, (to, optimizer) => Write(to, still, optimizer), still.Modules, still.Base.Model);

        VlmCheckpoint live = VlmCheckpoint.Load(Directory.Exists(opened) ? opened : folder, run.Device, logger: logger);
        foreach ((_, TorchSharp.Modules.Parameter value) in still.Base.Model.Parameters)
            value.requires_grad = false;
        OpenBase.Apply(live.Model, arm.Opens ?? Opened.Text, still.Modules.Tap);
        LatentPolicy policy = new LatentCheckpoint(live, still.Modules).Policy(preset.Policy, still.Base.Model);
        return new(policy, live, still, (to, optimizer) =>
        {
            Write(to, still, optimizer);
            live.Write(Directory.CreateDirectory(Path.Combine(to, OpenFolder)).FullName);
        }, still.Modules, still.Base.Model, live.Model);
    }

    private static LatentCheckpoint Still(string folder, Arm arm, LatentPreset preset, Run run, ILogger? logger)
    {
        if (!LatentCheckpoint.IsAt(folder))
            return LatentCheckpoint.New(VlmCheckpoint.Load(folder, run.Device, logger: logger), arm.Adds!, run.Seed, preset.InitStd);
        LatentCheckpoint found = LatentCheckpoint.Load(folder, run.Device, logger: logger);
        return arm.Adds is not { } adds || adds.Policy == found.Modules.Config.Policy ? found
            : found.WithPolicy(adds.Policy, adds.PolicyLayers, run.Seed, preset.InitStd);
    }

    private static void Write(string folder, LatentCheckpoint latent, FusedAdamW optimizer) =>
        latent.Write(folder, Vlm.Checkpoints.HubFolder.MaxShardBytes, exact: optimizer.Exact);
}
