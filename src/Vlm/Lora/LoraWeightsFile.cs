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
    private readonly List<string> _strange = [];

    private LoraWeightsFile(SafetensorsFile file, string path, Func<string, string> canonical)
    {
        (_file, Path) = (file, path);
        foreach (string key in file.Entries.Keys.Order(StringComparer.Ordinal))
            if (Key().Match(key) is { Success: true } match)
                Add(key, match.Groups["module"].Value, match.Groups["side"].Value, canonical);
            else
                _strange.Add(key);
    }

    internal string Path { get; }

    /// <summary>The model's path of each module with a tensor in the file, and the file's path of it.</summary>
    internal IReadOnlyDictionary<string, string> Modules => _modules;

    /// <summary>The model's names of the file's matrices.</summary>
    internal IReadOnlyCollection<string> Names => _keys.Keys;

    /// <summary>Tensors that are no adapter's matrices.</summary>
    internal IReadOnlyList<string> Strange => _strange;

    internal static LoraWeightsFile Open(string folder, Func<string, string> canonical)
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
            return new LoraWeightsFile(file, path, canonical);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    internal IReadOnlyList<long> ShapeOf(string name) => _file.Entries[_keys[name]].Shape;

    internal Tensor Load(string name, Device device) => _file.Load(_keys[name], device, ScalarType.Float32);

    public void Dispose() => _file.Dispose();

    // Renaming knows weights, so the path is renamed as one.
    private void Add(string key, string module, string side, Func<string, string> canonical)
    {
        const string Weight = ".weight";
        string renamed = canonical(module + Weight);
        string own = renamed.EndsWith(Weight, StringComparison.Ordinal) ? renamed[..^Weight.Length] : module;
        if (!_keys.TryAdd($"{own}.lora_{side}.weight", key))
            throw new UsageException(
                $"the adapter holds one tensor twice: {_keys[$"{own}.lora_{side}.weight"]} and {key} are the same layer's", Path,
                "save the adapter again with PEFT");
        _modules[own] = module;
    }

    // PEFT drops the adapter's name, "default", when it saves; states taken from a running model still have it.
    [GeneratedRegex(@"^base_model\.model\.(?<module>.+)\.lora_(?<side>[AB])(\.default)?\.weight$")]
    private static partial Regex Key();
}
