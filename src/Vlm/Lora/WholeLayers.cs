using System.Text.Json.Nodes;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Models;
using static TorchSharp.torch;

namespace Vlm.Lora;

/// <summary>
/// Layers that an adapter's file holds whole, beside its matrices: those of <c>modules_to_save</c>, and embeddings, which PEFT
/// stores by itself where the vocabulary was resized.
/// </summary>
internal static class WholeLayers
{
    private const string Head = "lm_head.weight", Table = "embed_tokens.weight", Tied = "tie_word_embeddings", Rows = "vocab_size";

    /// <summary>The model's weights whose values the file has whole. A head that is the embedding is the embedding.</summary>
    internal static (string Name, Parameter Value)[] Places(IVisionLanguageModel model, LoraWeightsFile file) =>
        [.. model.Weights().Where(item => file.Whole.Contains(item.Name))];

    /// <summary>Modules that the configuration says are whole, and the file has nothing of.</summary>
    internal static IEnumerable<string> Missing(IVisionLanguageModel model, LoraConfig config, LoraWeightsFile file) =>
        config.ModulesToSave.Where(module => !file.Whole.Any(name => Ends(name, module)));

    /// <summary>
    /// The base as the adapter was trained on it: with as many rows as the adapter's embedding, and with an output layer of its
    /// own where that was trained apart.
    /// </summary>
    /// <param name="config">The base's.</param>
    /// <param name="shapes">The base without memory.</param>
    /// <param name="adapter">A folder as PEFT writes it.</param>
    /// <returns>The same where the adapter changes neither.</returns>
    /// <exception cref="UsageException">The adapter's folder is incomplete or broken.</exception>
    internal static ModelConfig Adapted(ModelConfig config, IVisionLanguageModel shapes, string adapter)
    {
        LoraConfig asked = LoraConfigJson.Read(adapter);
        using LoraWeightsFile file = LoraWeightsFile.Open(adapter, shapes, config.CanonicalName);
        int? rows = file.Whole.Where(name => name == Head || Ends(name, "embed_tokens"))
            .Select(name => (int?)file.ShapeOf(name)[0]).FirstOrDefault();
        bool unties = shapes.Weights().All(item => item.Name != Head) && Unties(asked, file);
        if ((rows is null || rows == shapes.VocabSize) && !unties)
            return config;

        var json = (JsonObject)config.Json.DeepClone();
        foreach (JsonObject part in ((JsonNode?[])[json, json["text_config"]]).OfType<JsonObject>())
        {
            if (rows is not null && part.ContainsKey(Rows))
                part[Rows] = rows;
            if (unties && (part.ContainsKey(Tied) || part == json))
                part[Tied] = false;
        }
        return config with { Json = json };
    }

    /// <summary>Fills weights whose rows an adapter changed: with the base's first rows, and zeros beyond them.</summary>
    /// <param name="folder">The base's weights.</param>
    /// <param name="stored">The file's name for each of the base's.</param>
    /// <param name="name">The weight.</param>
    /// <param name="value">Its place.</param>
    internal static void Fill(HubFolder folder, IReadOnlyDictionary<string, string> stored, string name, Parameter value)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        string file = stored.TryGetValue(name, out string? own) ? own
            : stored.First(item => item.Key.EndsWith(Table, StringComparison.Ordinal)).Value;     // a head that was tied
        Tensor given = folder.Load(file, value.device, value.dtype);
        long rows = Math.Min(given.shape[0], value.shape[0]);
        value.zero_();
        value.narrow(0, 0, rows).copy_(given.narrow(0, 0, rows));
    }

    // Of a base whose output layer is its embedding. PEFT copies each module that is kept whole, so what is named there is
    // trained apart; what is stored by itself stays the one matrix.
    private static bool Unties(LoraConfig asked, LoraWeightsFile file)
    {
        string? table = file.Whole.FirstOrDefault(name => name.EndsWith(Table, StringComparison.Ordinal));
        if (!file.Whole.Contains(Head))
            return table is not null && asked.ModulesToSave.Any(module => Ends(table, module));
        if (table is null)
            return true;
        using var scope = NewDisposeScope();
        (Tensor head, Tensor rows) = (file.Load(Head, CPU), file.Load(table, CPU));
        return !head.shape.SequenceEqual(rows.shape) || head.ne(rows).any().item<bool>();
    }

    private static bool Ends(string weight, string module) =>
        ModulePattern.Names.Ends(weight[..weight.LastIndexOf('.')], module);
}
