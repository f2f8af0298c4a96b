using System.Text.Json.Nodes;
using Vlm.Checkpoints;
using Vlm.Engine;
using Vlm.Layers;
using Vlm.Models;

namespace Vlm.LatentActions;

/// <summary>Checks that a folder's latent actions belong to its base, before anything slow is loaded.</summary>
internal static class LatentCompatibility
{
    internal const string BaseField = "base_sha256";
    internal const string Fix = $"use the {LatentCheckpoint.ConfigFile} and weights of one folder, unchanged";

    private const string Whole = "use the model folder that the latent actions were written into, whole";
    private const string Codebook = "codebook.weight";
    private const int Shown = 12;       // letters of a checksum in a message

    /// <summary>Reads the sizes, and compares them and the base's checksum with the folder.</summary>
    /// <exception cref="UsageException">A file is missing or broken, or something does not fit.</exception>
    internal static LatentConfig Check(string path)
    {
        using HubFolder folder = HubFolder.Open(path);
        CheckBoth(path);
        string file = Path.Combine(path, LatentCheckpoint.ConfigFile);
        JsonObject json = HubFolder.ReadJson(file);
        LatentConfig config = LatentConfig.Read(json, file);
        using (HubFolder weights = HubFolder.OfFile(path, LatentCheckpoint.WeightsFile))
            CheckSizes(weights, folder, config, file);
        CheckBase(json, folder, file);
        return config;
    }

    internal static void CheckBoth(string path)
    {
        foreach (string file in (string[])[LatentCheckpoint.ConfigFile, LatentCheckpoint.WeightsFile])
            if (!File.Exists(Path.Combine(path, file)))
                throw new UsageException(
                    $"latent actions are two files, and {file} is missing", Path.Combine(path, file), Whole);
    }

    /// <summary>Throws where latent actions of these sizes cannot be added to a base.</summary>
    /// <param name="sizes">The base's.</param>
    /// <param name="config">Theirs.</param>
    /// <param name="where">The file or option, for messages.</param>
    /// <exception cref="UsageException">They do not fit.</exception>
    internal static void CheckFit(DecoderConfig sizes, LatentConfig config, string where)
    {
        if (LatentFit.Mistake(sizes, config) is { } mistake)
            throw new UsageException(mistake, where, config.Policy == PolicyForm.Branch && config.PolicyLayers > 1
                ? $"a branch of {Math.Max(1, sizes.Layers - sizes.DeepLayers)} layers or fewer" : $"{sizes.VocabSize} codes");
    }

    private static void CheckSizes(HubFolder weights, HubFolder folder, LatentConfig config, string file)
    {
        using IVisionLanguageModel model = ModelConfig.Of(folder.Config, folder.Path).MetaModel();
        CheckFit(model.Sizes, config, file);
        if (!config.HasFixedCodes)
            CheckCodebook(weights, model, config);
        CheckWeights(weights, model, config);
    }

    private static void CheckCodebook(HubFolder weights, IVisionLanguageModel model, LatentConfig config)
    {
        if (!weights.Contains(Codebook) || weights.EntryOf(Codebook).Shape is not [var width, var stored])
            throw new UsageException($"there is no codebook [H, K] under the name {Codebook}", weights.Path, Fix);
        if (stored != config.Codes)
            throw new UsageException(
                $"the codebook has {stored} codes, {LatentCheckpoint.ConfigFile} says {config.Codes}",
                weights.FileOf(Codebook), Fix);

        if (width != model.Sizes.Attention.HiddenSize)
            throw new UsageException(
                $"the codes are {width} numbers wide, the states of the base {model.Sizes.Attention.HiddenSize}",
                weights.FileOf(Codebook), Whole);
    }

    private static void CheckWeights(HubFolder weights, IVisionLanguageModel model, LatentConfig config)
    {
        using LatentModules modules = Weights.Meta(() => new LatentModules(model.Sizes, config));
        try
        {
            WeightCompatibility.Validate([.. ModelParameters.ParametersOf(modules).Select(item => (item.Name, item.Value.shape))],
                weights, _ => false, name => name);
        }
        catch (UsageException mistake)
        {
            throw new UsageException(mistake.Message, mistake.Where, Fix);
        }
    }

    private static void CheckBase(JsonObject json, HubFolder folder, string file)
    {
        if (json[BaseField] is not JsonValue value || !value.TryGetValue(out string? wanted))
            throw new UsageException($"\"{BaseField}\" must name the base that the codes were learned on", file, Fix);
        if (WeightChecksum.Of(folder) is var found && found != wanted)
            throw new UsageException(
                "the latent actions were learned on another base: on weights of the checksum "
                + $"{wanted[..Math.Min(Shown, wanted.Length)]}, and these have {found[..Shown]}", file, Whole);
    }
}
