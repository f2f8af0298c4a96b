using System.Globalization;
using Grpo.Runs;
using TorchSharp;
using Vlm;
using Vlm.Adapters;
using Vlm.LatentActions;
using Vlm.Models;

namespace Grpo;

/// <summary>What a recipe trains, whatever the folder it starts from holds: a policy, and how it is kept.</summary>
/// <remarks>
/// In a folder with latent actions the policy over codes learns, and nothing else; what is written is such a folder again.
/// In any other folder the model learns as its options say; see <see cref="TunedModel"/>.
/// </remarks>
/// <param name="Base">The model, or the base of the codes: what makes prompts.</param>
/// <param name="Policy">What acts, and learns.</param>
/// <param name="Trainable">A line for people: how many numbers learn.</param>
/// <param name="Write">Writes what a resumed run starts from into the folder it is given.</param>
/// <param name="Finish">Ends a run, whose folder it is given: writes <c>model</c>, and <c>adapter</c> where there is one.</param>
public sealed record Learner(
    VlmCheckpoint Base, IFeaturePolicy Policy, string Trainable, Action<string> Write, Action<string> Finish)
{
    /// <summary>Loads a folder for training.</summary>
    /// <param name="start">The folder that the run first starts from.</param>
    /// <param name="options">Precision, and what of the model learns.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="seed">The run's, for the start of new adapters.</param>
    /// <param name="say">Told what the user should know.</param>
    /// <param name="checkpoint">The checkpoint that a resumed run goes on from; else null.</param>
    /// <param name="codes">How a policy over codes is run; null for the defaults.</param>
    /// <exception cref="UsageException">A folder is incomplete or broken, or the options do not fit it.</exception>
    public static Learner Load(
        string start, ModelOptions options, torch.Device device, long seed, Action<string> say, string? checkpoint = null,
        LatentPolicyOptions? codes = null) =>
        LatentCheckpoint.IsAt(checkpoint ?? start)
            ? OfCodes(checkpoint ?? start, options, device, say, codes)
            : OfTokens(start, options, device, seed, say, checkpoint);

    private static Learner OfTokens(
        string start, ModelOptions options, torch.Device device, long seed, Action<string> say, string? checkpoint)
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(checkpoint ?? start, device, options.ScalarType, say: say);
        TunedModel tuned = TunedModel.Of(vlm, options, start, seed, checkpoint);
        return new(vlm, vlm.Policy(), TrainableCount.Line(vlm.Model),
            folder => tuned.Write(folder, Weights), run => tuned.Finish(run, Weights));

        void Weights(string folder) => vlm.Write(folder, dtype: null, options.MaxShardBytes);
    }

    private static Learner OfCodes(
        string folder, ModelOptions options, torch.Device device, Action<string> say, LatentPolicyOptions? codes)
    {
        options.RequireFixedBase();
        LatentProgress.CheckActs(folder);
        LatentCheckpoint latent = LatentCheckpoint.Load(folder, device, options.ScalarType, say: say);
        LatentPolicy policy = latent.Policy(codes);
        return new(latent.Base, policy, Line(latent, policy), Whole,
            run => AtomicFolder.Write(Path.Combine(run, TunedModel.ModelFolder), Whole));

        void Whole(string inner) => latent.Write(inner, options.MaxShardBytes);
    }

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
