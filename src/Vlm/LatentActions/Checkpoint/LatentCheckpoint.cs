using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Models;

namespace Vlm.LatentActions;

/// <summary>A base model with latent actions: a Hugging Face folder and two more files.</summary>
/// <remarks>
/// Readers of Hugging Face folders load the base and ignore the rest. The latent modules belong to the base's stored weights,
/// bit by bit: they read its states, and other weights have other states.
/// </remarks>
/// <param name="Base">The base.</param>
/// <param name="Modules">What latent actions add to it.</param>
public sealed record LatentCheckpoint(VlmCheckpoint Base, LatentModules Modules)
{
    /// <summary>The stages they have completed, in order.</summary>
    public IReadOnlyList<LatentStage> Stages { get; init; } = [];

    /// <summary>Of the two files beside the model's own, without their endings.</summary>
    internal const string Name = "latent_actions";

    /// <summary>The sizes, the checksum of the base, and the stages.</summary>
    public const string ConfigFile = Name + ".json";

    /// <summary>The weights of <see cref="LatentModules"/>.</summary>
    public const string WeightsFile = Name + ".safetensors";

    /// <summary>True where a folder holds latent actions, whole or in part.</summary>
    public static bool IsAt(string folder) =>
        File.Exists(Path.Combine(folder, ConfigFile)) || File.Exists(Path.Combine(folder, WeightsFile));

    /// <summary>Adds latent actions, in float32: randomly initialised, and a branch with the weights of the base's last layers.</summary>
    /// <param name="vlm">The base.</param>
    /// <param name="config">Sizes.</param>
    /// <param name="seed">Of the random weights.</param>
    /// <param name="initStd">See <see cref="LatentModules.Initialise"/>.</param>
    /// <param name="classes">The class of each token, where codes are classes of tokens; null takes <see cref="TokenClasses.Hashed"/>.</param>
    /// <exception cref="UsageException">A branch has more layers than the base, or codes that are tokens are not as many as those.</exception>
    public static LatentCheckpoint New(
        VlmCheckpoint vlm, LatentConfig config, long seed, double? initStd = 0.02, IReadOnlyList<int>? classes = null)
    {
        LatentCompatibility.CheckFit(vlm.Model.Sizes, config, "the latent actions' sizes");
        var modules = new LatentModules(vlm.Model.Sizes, config);
        modules.Initialise(seed, initStd);
        modules.Classes?.Set(classes ?? TokenClasses.Hashed(vlm.Model.VocabSize, config.Codes, seed));
        if (vlm.Model.Device.type != DeviceType.CPU)
            modules = Moved(modules, vlm.Model);
        if (config.Policy == PolicyForm.Branch)
            modules.BranchFrom(vlm.Model);
        return new LatentCheckpoint(vlm, modules);
    }

    /// <summary>The same codes under a new policy: its form, its layers and where it starts; all else is shared with this.</summary>
    /// <param name="form">What the policy is built of.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="seed">Of its random weights.</param>
    /// <param name="initStd">See <see cref="LatentModules.Initialise"/>.</param>
    /// <exception cref="UsageException">A branch has more layers than the base.</exception>
    public LatentCheckpoint WithPolicy(PolicyForm form, int layers, long seed, double? initStd = 0.02)
    {
        LatentCheckpoint other = New(Base, Modules.Config with { Policy = form, PolicyLayers = layers }, seed, initStd);
        using IDisposable off = torch.no_grad();
        var own = ModelParameters.ParametersOf(Modules).ToDictionary(item => item.Name, item => item.Value);
        foreach ((string name, Parameter value) in ModelParameters.ParametersOf(other.Modules))
            if (!name.StartsWith("policy.", StringComparison.Ordinal))
                value.copy_(own[name]);
        return other with { Stages = [.. Stages.Where(stage => stage != LatentStage.Cloning)] };
    }

    /// <summary>Loads a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="device">Where the weights go, and all that is computed with them.</param>
    /// <param name="dtype">
    /// The precision of the base. The latent modules stay in float32, as adapters do: their updates are too small for half
    /// precision.
    /// </param>
    /// <param name="logger">Told what the user should know, if there is something.</param>
    /// <exception cref="UsageException">The folder is incomplete or broken, or the latent actions belong to another base.</exception>
    public static LatentCheckpoint Load(
        string path, torch.Device device, torch.ScalarType dtype = torch.ScalarType.Float32, ILogger? logger = null)
    {
        LatentConfig config = LatentCompatibility.Check(path);
        IReadOnlyList<LatentStage> stages = LatentProgress.Of(path);
        VlmCheckpoint vlm = VlmCheckpoint.Load(path, device, dtype, logger);
        LatentModules modules = Unfilled(vlm.Model, config);
        using HubFolder weights = HubFolder.OfFile(path, WeightsFile);
        WeightLoader.Load(ModelParameters.ParametersOf(modules), weights, _ => false);
        return new LatentCheckpoint(vlm, modules) { Stages = stages };
    }

    /// <summary>The policy over codes; it never samples image placeholders or ids without a token.</summary>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="still">The base as it was, where it learns with the policy; see <see cref="LatentPolicy"/>.</param>
    public LatentPolicy Policy(LatentPolicyOptions? options = null, IVisionLanguageModel? still = null) => new(
        Base.Model, Modules, Base.Decode, Base.EndTokens,
        vocabulary: Math.Min(Base.Model.VocabSize, Base.Processor.Tokenizer.VocabularySize), options: options, still: still);

    /// <summary>Writes the base's files and those of the latent actions into an existing folder.</summary>
    /// <param name="path">The folder.</param>
    public void Write(string path) => Write(path, HubFolder.MaxShardBytes);

    /// <summary>The same with the base's weights in files of a size.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="maxShardBytes">Most bytes of the base's weights in one file.</param>
    /// <param name="dtype">The precision of the base as stored; null keeps that computed in.</param>
    /// <param name="exact">Weights of the base more precisely than they are computed with; null for as they are.</param>
    public void Write(
        string path, long maxShardBytes, torch.ScalarType? dtype = null, Func<Parameter, torch.Tensor>? exact = null)
    {
        Base.Write(path, dtype, maxShardBytes, exact);
        SafetensorsWriter.Write(Path.Combine(path, WeightsFile),
            ModelParameters.ParametersOf(Modules).Select(item => (item.Name, (torch.Tensor)item.Value)));
        JsonObject json = Modules.Config.Json();
        json[LatentProgress.Field] = LatentProgress.Json(Stages);
        using (HubFolder folder = HubFolder.Open(path))
            json[LatentCompatibility.BaseField] = WeightChecksum.Of(folder);
        HubFolder.WriteJson(Path.Combine(path, ConfigFile), json);
    }

    private static LatentModules Unfilled(IVisionLanguageModel model, LatentConfig config) =>
        Weights.Unfilled(() => new LatentModules(model.Sizes, config), torch.ScalarType.Float32, model.Device);

    // Random numbers are drawn on the processor, alike everywhere.
    private static LatentModules Moved(LatentModules modules, IVisionLanguageModel model)
    {
        LatentModules there = Unfilled(model, modules.Config);
        using IDisposable off = torch.no_grad();
        foreach ((torch.Tensor to, torch.Tensor from) in there.parameters().Zip(modules.parameters()))
            to.copy_(from);
        modules.Dispose();
        return there;
    }
}
