using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;

namespace Vlm.Checkpoints;

/// <summary>A model folder in the Hugging Face layout: config.json, safetensors in one file or in shards, and small files.</summary>
/// <param name="path">The folder.</param>
public sealed partial class HubFolder(string path) : IDisposable
{
    private const string Configuration = "config.json";
    private const string Single = "model.safetensors";
    private const string Index = "model.safetensors.index.json";

    private readonly Dictionary<string, SafetensorsFile> _files = [];
    private readonly Dictionary<string, string> _fileOf = new(StringComparer.Ordinal);

    /// <summary>The folder.</summary>
    public string Path { get; } = path;

    /// <summary>config.json.</summary>
    public JsonObject Config { get; private set; } = [];

    /// <summary>Names of all tensors.</summary>
    public IReadOnlyCollection<string> Names => _fileOf.Keys;

    /// <summary>Opens a folder: reads its configuration and the headers of its weights.</summary>
    /// <exception cref="UsageException">The folder, its configuration, its weights or a shard is missing or broken.</exception>
    public static HubFolder Open(string path)
    {
        if (!File.Exists(System.IO.Path.Combine(path, Configuration)) && Inside(path) is { } inside)
            throw new UsageException($"the model folder has no {Configuration}; one below it has", path, inside);
        if (!Directory.Exists(path))
            throw new UsageException($"there is no folder \"{path}\"", path,
                "give the folder that holds config.json and model.safetensors");

        var folder = new HubFolder(path);
        try
        {
            folder.Config = ReadJson(System.IO.Path.Combine(path, Configuration));
            folder.OpenWeights();
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    // Of the hub's cache, models--NAME/snapshots/COMMIT; of a run or an unpacked archive, the folder in it.
    private static string? Inside(string path) => !Directory.Exists(path) ? null : Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal)
        .SelectMany(folder => System.IO.Path.GetFileName(folder) == "snapshots" ? Directory.EnumerateDirectories(folder) : [folder])
        .FirstOrDefault(folder => File.Exists(System.IO.Path.Combine(folder, Configuration)));

    /// <summary>Opens one file of weights that lies in a model's folder beside the model's own.</summary>
    /// <exception cref="UsageException">The file is missing or broken.</exception>
    internal static HubFolder OfFile(string path, string name)
    {
        var folder = new HubFolder(path);
        foreach (string tensor in folder.OpenFile(name).Entries.Keys)
            folder._fileOf[tensor] = name;
        return folder;
    }

    /// <summary>The tensor's type, shape and place in its file.</summary>
    public SafetensorsEntry EntryOf(string name) => _files[_fileOf[name]].Entries[name];

    /// <summary>The type that most of the bytes are stored in; null in a folder without tensors of the engine's types.</summary>
    public torch.ScalarType? StoredType => Names.Select(EntryOf).Where(entry => entry.Type.Torch is not null)
        .GroupBy(entry => entry.Type.Torch).MaxBy(group => group.Sum(entry => entry.Length))?.Key;

    /// <summary>True where the folder has the tensor.</summary>
    public bool Contains(string name) => _fileOf.ContainsKey(name);

    /// <summary>The folder's names for a model's weights, whatever wrapper or generation wrote them.</summary>
    /// <param name="weights">The model's names.</param>
    /// <param name="canonical">A family's translation of one name; null where the file's are the model's.</param>
    /// <returns>By the model's name; without those that the folder has nothing of.</returns>
    public IReadOnlyDictionary<string, string> NamesOf(
        IEnumerable<string> weights, Func<string, string>? canonical = null)
    {
        HashSet<string> wanted = [.. weights];
        return Names.GroupBy(StoredNames.Translation(Names, wanted, canonical ?? (name => name)))
            .Where(same => wanted.Contains(same.Key)).ToDictionary(same => same.Key, same => same.First(), StringComparer.Ordinal);
    }

    /// <summary>The file that holds the tensor, for messages.</summary>
    public string FileOf(string name) => System.IO.Path.Combine(Path, _fileOf[name]);

    /// <summary>Reads a tensor, converted where a type is given.</summary>
    public torch.Tensor Load(string name, torch.Device device, torch.ScalarType? dtype = null) =>
        _files[_fileOf[name]].Load(name, device, dtype);

    /// <summary>Reads a tensor into memory that is there already, converted to that memory's type.</summary>
    public void ReadInto(string name, torch.Tensor target) => _files[_fileOf[name]].ReadInto(name, target);

    /// <summary>
    /// The model's small files (tokenizer, templates, processor settings), name and content: those that public folders have, and
    /// of them no content from outside of the folder.
    /// </summary>
    /// <exception cref="UsageException">One that the model is read by is a link to outside, or no regular file.</exception>
    public IReadOnlyDictionary<string, byte[]> SmallFiles() => Checkpoints.SmallFiles.Of(Path);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (SafetensorsFile file in _files.Values)
            file.Dispose();
        _files.Clear();
    }

    /// <summary>Reads a JSON object.</summary>
    /// <exception cref="UsageException">The file is missing or is no JSON object.</exception>
    public static JsonObject ReadJson(string file)
    {
        if (!File.Exists(file))
            throw new UsageException($"the model folder has no {System.IO.Path.GetFileName(file)}", file,
                "give the folder that holds config.json and model.safetensors");

        try
        {
            if (JsonNode.Parse(HubFile.ReadText(file), documentOptions: s_strict) is not JsonObject json)
                throw new UsageException("the file is not a JSON object", file, "download the file again");
            ReadTexts(json);
            return json;
        }
        catch (JsonException error)
        {
            throw new UsageException($"the file is not JSON: {error.Message}", file, "download the file again");
        }
        catch (InvalidOperationException)       // what JSON's reader throws at escapes that are no text
        {
            throw new UsageException("the file holds text that is not Unicode", file, "download the file again");
        }
    }

    // Names and texts are decoded when they are first looked at: here, where a bad one can be told from a defect.
    private static void ReadTexts(JsonNode? node)
    {
        if (node is JsonObject inner)
            foreach ((_, JsonNode? value) in inner)
                ReadTexts(value);
        else if (node is JsonArray list)
            foreach (JsonNode? item in list)
                ReadTexts(item);
        else if (node is JsonValue single)
            _ = single.TryGetValue(out string? _);
    }

    // A name given twice would else be found out by whoever first looks for it.
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    // Where both are, the one file wins, as in the reference implementation.
    private void OpenWeights()
    {
        string index = System.IO.Path.Combine(Path, Index);
        if (File.Exists(System.IO.Path.Combine(Path, Single)))
            foreach (string name in OpenFile(Single).Entries.Keys)
                _fileOf[name] = Single;
        else if (File.Exists(index))
            OpenShards(ReadJson(index), index);
        else
            throw NoWeights();
    }

    private UsageException NoWeights()
    {
        string[] files = [.. Directory.EnumerateFiles(Path).Select(file => System.IO.Path.GetFileName(file)).Order(StringComparer.Ordinal)];
        string? Ending(string end) => files.FirstOrDefault(name => name.EndsWith(end, StringComparison.Ordinal));
        const string convert = "in Python, AutoModelForImageTextToText.from_pretrained(FOLDER).save_pretrained(OTHER)";
        if (files.Contains("adapter_model.safetensors"))
            return new("the folder holds an adapter, and no model", Path, "the folder of its base model as the model, and this one as its adapter");
        (string beside, string fix) = Ending(".safetensors") is { } other ? ($", only {other}", $"download {Index}, or {convert}")
            : (Ending(".bin") ?? Ending(".pth") ?? Ending(".pt")) is { } bin ? ($", only {bin}, which can run code and is not read", convert)
            : Ending(".gguf") is { } gguf ? ($", only {gguf}, which is quantized", "the folder that it was made from")
            : ("", "give the folder that holds model.safetensors");
        return new($"the model folder has no weights: neither {Single} nor {Index}{beside}", Path, fix);
    }

    private void OpenShards(JsonObject json, string index)
    {
        if (json["weight_map"] is not JsonObject map)
            throw new UsageException("the index has no weight_map from tensors to files", index,
                "download the index again");

        foreach ((string name, JsonNode? node) in map)
        {
            if (node is not JsonValue value || !value.TryGetValue(out string? file))
                throw new UsageException($"the index names no file for {name}", index, "download the index again");
            if (file.Length == 0 || System.IO.Path.GetFileName(file) != file)
                throw new UsageException($"the index names \"{file}\", which is outside the folder", index,
                    "download the index again");
            if (!OpenFile(file).Entries.ContainsKey(name))
                throw new UsageException($"the index places {name} in {file}, which has no such tensor", index,
                    "download the shard again");
            _fileOf[name] = file;
        }
    }

    private SafetensorsFile OpenFile(string name)
    {
        if (_files.TryGetValue(name, out SafetensorsFile? open))
            return open;

        string file = System.IO.Path.Combine(Path, name);
        if (!File.Exists(file))
            throw new UsageException($"the shard {name} is missing", file, "download the shard");
        return _files[name] = SafetensorsFile.Open(file);
    }
}
