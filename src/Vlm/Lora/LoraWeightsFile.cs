using System.Text.RegularExpressions;
using Vlm.Checkpoints;
using static TorchSharp.torch;

namespace Vlm.Lora;

/// <summary>adapter_model.safetensors under a model's own names.</summary>
internal sealed partial class LoraWeightsFile : IDisposable
{
    internal const string Name = "adapter_model.safetensors";

    /// <summary>What PEFT puts before a module's path: its own two wrappers.</summary>
    internal const string Prefix = "base_model.model.";

    private readonly SafetensorsFile _file;
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _modules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _whole = new(StringComparer.Ordinal);
    private readonly List<string> _strange = [];

    private LoraWeightsFile(
        SafetensorsFile file, string path, IReadOnlySet<string> weights, Func<string, string> canonical)
    {
        (_file, Path) = (file, path);
        (string Key, string Weight, string? Side)[] stored =
            [.. file.Entries.Keys.Order(StringComparer.Ordinal).Select(key => Parts(key) switch { var (weight, side) => (key, weight, side) })];
        Func<string, string> own = StoredNames.Translation([.. stored.Select(item => item.Weight)], weights, canonical);
        foreach ((string key, string weight, string? side) in stored)
            if (!weights.Contains(own(weight)))
                _strange.Add(side is null ? key : $"{Module(own(weight))}.lora_{side}.weight");
            else if (side is null)
                Add(_whole, own(weight), key);
            else
                Add(key, Module(weight), Module(own(weight)), side);
    }

    internal string Path { get; }

    /// <summary>The model's path of each module with a tensor in the file, and the file's path of it.</summary>
    internal IReadOnlyDictionary<string, string> Modules => _modules;

    /// <summary>The model's names of the file's matrices.</summary>
    internal IReadOnlyCollection<string> Names => _keys.Keys;

    /// <summary>The model's names of weights that the file has whole: embeddings, and what <c>modules_to_save</c> names.</summary>
    internal IReadOnlyCollection<string> Whole => _whole.Keys;

    /// <summary>Tensors that belong to no weight of the model.</summary>
    internal IReadOnlyList<string> Strange => _strange;

    /// <summary>Opens a folder's file.</summary>
    /// <param name="folder">As PEFT writes it.</param>
    /// <param name="model">Has the weights, with memory or without.</param>
    /// <param name="canonical">A family's translation of a name.</param>
    internal static LoraWeightsFile Open(string folder, IVisionLanguageModel model, Func<string, string> canonical)
    {
        string path = System.IO.Path.Combine(folder, Name);
        if (!File.Exists(path))
            throw new UsageException($"the adapter folder has no {Name}", path,
                File.Exists(System.IO.Path.Combine(folder, "adapter_model.bin"))
                    ? "save it again with PEFT's safe_serialization=True: a .bin file can run code and is not read"
                    : "give the folder that holds adapter_config.json and adapter_model.safetensors");

        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            HashSet<string> weights = [.. model.Weights().Select(item => item.Name), Head];
            return new LoraWeightsFile(file, path, weights, canonical);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal IReadOnlyList<long> ShapeOf(string name) => _file.Entries[KeyOf(name)].Shape;

    /// <summary>A tensor of the file, in float32.</summary>
    /// <exception cref="UsageException">It holds NaN or an infinity.</exception>
    internal Tensor Load(string name, Device device)
    {
        Tensor loaded = _file.Load(KeyOf(name), device, ScalarType.Float32);
        using Tensor finite = loaded.isfinite(), all = finite.all();
        if (all.item<bool>())
            return loaded;
        loaded.Dispose();
        throw new UsageException(
            $"the adapter holds NaN or an infinity in {KeyOf(name)}", Path, "download the adapter again, or take one of an earlier step");
    }

    public void Dispose() => _file.Dispose();

    private string KeyOf(string name) => _keys.TryGetValue(name, out string? key) ? key : _whole[name];

    private void Add(string key, string module, string own, string side)
    {
        Add(_keys, $"{own}.lora_{side}.weight", key);
        _modules[own] = module.StartsWith(Prefix, StringComparison.Ordinal) ? module[Prefix.Length..] : module;
    }

    private void Add(Dictionary<string, string> to, string name, string key)
    {
        if (!to.TryAdd(name, key))
            throw new UsageException(
                $"the adapter holds one tensor twice: {to[name]} and {key} are the same layer's", Path,
                "save the adapter again with PEFT");
    }

    // The weight that a tensor belongs to, and its side; none where it is that weight itself, whole.
    private static (string Weight, string? Side) Parts(string key) => Matrix().Match(key) is { Success: true } matrix
        ? (matrix.Groups["module"].Value + Weight, matrix.Groups["side"].Value) : (Kept().Replace(key, ""), null);

    private static string Module(string weight) => weight[..^Weight.Length];

    private const string Weight = ".weight", Head = "lm_head.weight";

    // PEFT drops the adapter's name, "default", when it saves; states taken from a running model still have it.
    [GeneratedRegex(@"^(?<module>.+)\.lora_(?<side>[AB])(\.[^.]+)?\.weight$")]
    private static partial Regex Matrix();

    // And the names of its wrappers around a layer that is kept whole, or has an adapter beside it.
    [GeneratedRegex(@"\.(modules_to_save\.default|modules_to_save|base_layer)(?=\.)")]
    private static partial Regex Kept();
}
