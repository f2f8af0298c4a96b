using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Lora;

/// <summary>Adapters of a model: made, loaded, written and merged, all in PEFT's form.</summary>
/// <remarks>Hu et al. 2021, https://arxiv.org/abs/2106.09685. The folder is read and written by PEFT as it is.</remarks>
public static class LoraAdapter
{
    /// <summary>Gives the chosen layers adapters, which change nothing yet, and freezes the model's own weights.</summary>
    /// <param name="model">Without adapters.</param>
    /// <param name="config">Which layers, of what rank and strength.</param>
    /// <param name="seed">Names the start: A is uniform in +-1/sqrt(inputs), as PEFT's, and B zero.</param>
    /// <param name="freeze">False leaves the model's own weights as trainable as they are.</param>
    /// <param name="except">Parts whose layers get no adapter; null for none.</param>
    /// <returns>The same; or, where PEFT would find more modules by it, one that names these alone.</returns>
    /// <exception cref="UsageException">No layer is meant, or an ending names none.</exception>
    public static LoraConfig Attach(
        IVisionLanguageModel model, LoraConfig config, long seed, bool freeze = true,
        IReadOnlyCollection<ModelPart>? except = null)
    {
        CheckEndings(model, config);
        (string Name, LoraLinear Layer)[] meant = [.. model.Projections.Where(item => config.Has(item.Name))];
        (string Name, LoraLinear Layer)[] chosen =
            [.. meant.Where(item => except?.Contains(model.PartOf(item.Name)) != true)];
        if (chosen.Length == 0)
            throw new UsageException(meant.Length == 0 ? "no linear layer of the model is meant to have an adapter"
                : "every layer that is meant to have an adapter is frozen", config.Source,
                $"targets {ModulePattern.Every.Word}");

        Adapt(model, chosen, config, freeze);
        using var off = no_grad();
        foreach ((string name, Parameter value) in AdaptersOf(model).Where(item => IsDown(item.Name)))
            Fill(value, seed, name);
        return ModuleSuffixes.Exactly(config, model, [.. chosen.Select(item => item.Name)]);
    }

    /// <summary>
    /// Loads a folder that PEFT or <see cref="Write"/> made, and freezes the model's own weights. Layers that the adapter holds
    /// whole, as embeddings or <c>modules_to_save</c>, are put in the place of the model's.
    /// </summary>
    /// <remarks>Where these are longer than the model's, load the model with <see cref="LoadOptions.RoomFor"/>.</remarks>
    /// <param name="model">Without adapters.</param>
    /// <param name="folder">With adapter_config.json and adapter_model.safetensors.</param>
    /// <param name="canonical">An older name of a weight to the model's; null where there are none.</param>
    /// <param name="modelName">What the model is called, for messages.</param>
    /// <param name="freeze">False leaves the model's own weights as trainable as they are.</param>
    /// <returns>What was loaded, under the model's names.</returns>
    /// <exception cref="UsageException">The folder is incomplete or broken, or the adapter is another model's.</exception>
    public static LoraConfig Load(
        IVisionLanguageModel model, string folder, Func<string, string>? canonical = null, string modelName = "the model",
        bool freeze = true)
    {
        LoraConfig config = LoraConfigJson.Read(folder);
        using LoraWeightsFile file = LoraWeightsFile.Open(folder, model, canonical ?? (name => name));
        LoraCompatibility.Validate(model, config, file, modelName);

        var known = file.Modules;
        (string Name, LoraLinear Layer)[] chosen = [.. model.Projections.Where(item => known.ContainsKey(item.Name))];
        config = config.Renamed([.. chosen.Select(item => (item.Name, known[item.Name]))]);
        config = ModuleSuffixes.Exactly(config, model, [.. chosen.Select(item => item.Name)]);
        Adapt(model, chosen, config, freeze);
        using var off = no_grad();
        (string Name, Parameter Value)[] whole = WholeLayers.Places(model, file);
        foreach ((string name, Parameter value) in AdaptersOf(model).Concat(whole))
        {
            using Tensor stored = file.Load(name, value.device);
            value.copy_(stored);
        }

        return config with { Whole = [.. whole.Select(item => item.Name)] };
    }

    /// <summary>Writes adapter_config.json and adapter_model.safetensors into an existing folder.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="model">With adapters.</param>
    /// <param name="config">That they were made or loaded with.</param>
    /// <exception cref="InvalidOperationException">The model has no adapter.</exception>
    public static void Write(string folder, IVisionLanguageModel model, LoraConfig config)
    {
        if (!AdaptersOf(model).Any())
            throw new InvalidOperationException("the model has no adapter");

        SafetensorsWriter.Write(Path.Combine(folder, LoraWeightsFile.Name),
            AdaptersOf(model).Concat(model.Weights().Where(item => config.Whole.Contains(item.Name))).Select(item => (LoraWeightsFile.Prefix + item.Name, (Tensor)item.Value)));
        LoraConfigJson.Write(folder, config);
    }

    /// <summary>Weights with what their adapters add, in float32 where they have one, without a change of the model.</summary>
    /// <returns>Of a parameter of the model, the sum.</returns>
    public static Func<Parameter, Tensor> MergedWeights(IVisionLanguageModel model)
    {
        Dictionary<nint, LoraLinear> adapted = model.Projections.Select(item => item.Layer)
            .Where(layer => layer.HasAdapter).ToDictionary(layer => layer.Weight.Handle);
        return weight => adapted.TryGetValue(weight.Handle, out LoraLinear? layer) ? layer.Effective : weight;
    }

    /// <summary>Adds every adapter to the weights it belongs to, for good.</summary>
    /// <remarks>In float32 the model then computes the same up to rounding; half precision rounds once more.</remarks>
    public static void Merge(IVisionLanguageModel model)
    {
        foreach ((_, LoraLinear layer) in model.Projections)
            layer.Merge();
    }

    /// <summary>The adapters' matrices under PEFT's names, without its prefix.</summary>
    internal static IEnumerable<(string Name, Parameter Value)> AdaptersOf(IVisionLanguageModel model) =>
        model.Parameters.Where(item => ModelParameters.IsAdapter(item.Name));

    private static bool IsDown(string name) => name.EndsWith(".lora_A.weight", StringComparison.Ordinal);

    private static void Adapt(
        IVisionLanguageModel model, (string Name, LoraLinear Layer)[] chosen, LoraConfig config, bool freeze)
    {
        if (freeze)
            foreach ((_, Parameter value) in model.Weights())
                value.requires_grad = false;
        foreach ((string name, LoraLinear layer) in chosen)
            layer.Adapt(config.RankOf(name), config.ScaleOf(name));
    }

    // Each matrix has a stream of its own, so that the start depends on no order.
    private static void Fill(Parameter value, long seed, string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(new RandomStream(seed, "adapter " + name).NextBits());
        double bound = 1 / Math.Sqrt(value.shape[1]);
        value.copy_((rand(value.shape, generator: generator) * 2 - 1) * bound);
    }

    private static void CheckEndings(IVisionLanguageModel model, LoraConfig config)
    {
        string[] paths = [.. model.Projections.Select(item => item.Name)];
        IEnumerable<string> last = paths.Select(path => path.Split('.')[^1]).Distinct().Order(StringComparer.Ordinal);
        if (config.Targets is ModulePattern.Names { Endings: var endings }
            && endings.FirstOrDefault(end => !paths.Any(path => ModulePattern.Names.Ends(path, end))) is { } wrong)
            throw new UsageException(
                $"no linear layer of the model is called \"{wrong}\"", config.Source,
                $"one of {string.Join(", ", last)}");
    }
}
