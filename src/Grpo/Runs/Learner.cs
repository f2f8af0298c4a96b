using System.Globalization;
using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Adapters;
using Vlm.Engine;
using Vlm.LatentActions;
using Vlm.Models;

namespace Vlm.Grpo;

/// <summary>What a recipe trains, whatever the folder it starts from holds: a policy, and how it is kept.</summary>
/// <remarks>
/// In a folder with latent actions the policy over codes learns, and nothing else; what is written is such a folder again.
/// In any other folder the model learns as its options say; see <see cref="TunedModel"/>.
/// </remarks>
/// <param name="Base">The model, or the base of the codes: what makes prompts.</param>
/// <param name="Policy">What acts, and learns.</param>
/// <param name="Trainable">A line for people: how many numbers learn.</param>
/// <param name="Folder">It was loaded from there.</param>
/// <param name="Write">Writes what a resumed run starts from into the folder it is given, weights as the optimizer has them.</param>
/// <param name="Finish">Ends a run, whose folder it is given: writes <c>model</c>, and <c>adapter</c> where there is one.</param>
public sealed record Learner(
    VlmCheckpoint Base, IFeaturePolicy Policy, string Trainable, string Folder, Action<string, FusedAdamW> Write,
    Action<string, FusedAdamW> Finish)
{
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
            Masters.Read(Folder, Policy.Trainable, optimizer, Base.Canonical);
        else
            foreach ((_, Parameter value) in Policy.Trainable)
                optimizer[value].Refine(before.Exact(value));
        return optimizer;
    }

    /// <summary>Loads a folder for training.</summary>
    /// <param name="start">The folder that the run first starts from.</param>
    /// <param name="options">Precision, and what of the model learns.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="seed">The run's, for the start of new adapters.</param>
    /// <param name="logger">Told what the user should know.</param>
    /// <param name="checkpoint">The checkpoint that a resumed run goes on from; else null.</param>
    /// <param name="codes">How a policy over codes is run; null for the defaults.</param>
    /// <exception cref="UsageException">A folder is incomplete or broken, or the options do not fit it.</exception>
    public static Learner Load(
        string start, ModelOptions options, torch.Device device, long seed, ILogger? logger, string? checkpoint = null,
        LatentPolicyOptions? codes = null) =>
        LatentCheckpoint.IsAt(checkpoint ?? start)
            ? OfCodes(checkpoint ?? start, options, device, logger, codes)
            : OfTokens(start, options, device, seed, logger, checkpoint);

    private static Learner OfTokens(
        string start, ModelOptions options, torch.Device device, long seed, ILogger? logger, string? checkpoint)
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(checkpoint ?? start, device, options.ScalarType, logger: logger);
        TunedModel tuned = TunedModel.Of(vlm, options, start, seed, checkpoint);
        return new(vlm, vlm.Policy(), TrainableCount.Line(vlm.Model), checkpoint ?? start,
            (folder, optimizer) => tuned.Write(
                folder, inner => vlm.Write(inner, Kept(optimizer), options.MaxShardBytes, optimizer.Exact)),
            (run, optimizer) => tuned.Finish(
                run, (inner, exact) => vlm.Write(inner, options.FinalType, options.MaxShardBytes, exact), optimizer.Exact));
    }

    private static Learner OfCodes(
        string folder, ModelOptions options, torch.Device device, ILogger? logger, LatentPolicyOptions? codes)
    {
        options.RequireFixedBase();
        LatentProgress.CheckActs(folder);
        LatentCheckpoint latent = LatentCheckpoint.Load(folder, device, options.ScalarType, logger: logger);
        LatentPolicy policy = latent.Policy(codes);
        return new(latent.Base, policy, Line(latent, policy), folder,
            (inner, optimizer) => latent.Write(inner, options.MaxShardBytes, Kept(optimizer), optimizer.Exact),
            (run, optimizer) => AtomicFolder.Write(Path.Combine(run, TunedModel.ModelFolder), inner => latent.Write(
                inner, options.MaxShardBytes, options.SaveDtype is null ? Kept(optimizer) : options.FinalType, optimizer.Exact)));
    }

    // What a file holds from which training goes on bit by bit; null for the weights' own.
    private static torch.ScalarType? Kept(FusedAdamW optimizer) =>
        optimizer.HasMasters ? torch.ScalarType.Float32 : null;

    private static string Line(LatentCheckpoint latent, LatentPolicy policy)
    {
        long over = latent.Modules.Policy.parameters().Sum(value => value.numel());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"trainable: base {policy.Trainable.Sum(item => item.Value.numel()) - over:N0} of "
            + $"{latent.Base.Model.Parameters.Sum(item => item.Value.numel()):N0}, policy over "
            + $"{latent.Modules.Config.Codes} codes {over:N0} of "
            + $"{latent.Modules.parameters().Sum(value => value.numel()):N0} of the latent actions");
    }
}
