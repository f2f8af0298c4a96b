using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TorchSharp;

namespace Vlm.Checkpoints;

public sealed partial class HubFolder
{
    /// <summary>The hub's own limit: no file of weights is larger, unless one tensor is.</summary>
    public const long MaxShardBytes = 5_000_000_000;

    // The hub's files hold letters of all languages as they are, and are read by no browser.
    private static readonly JsonSerializerOptions s_indented =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a folder's files into <paramref name="path"/>, which the caller makes whole or absent.</summary>
    /// <param name="path">An existing folder.</param>
    /// <param name="config">config.json; written as it is but for the name of the precision, where that changed.</param>
    /// <param name="smallFiles">Other files, name and content.</param>
    /// <param name="tensors">Weights under their hub names.</param>
    /// <param name="maxShardBytes">The most bytes of tensors in one file.</param>
    public static void Write(
        string path, JsonObject config, IReadOnlyDictionary<string, byte[]> smallFiles,
        IEnumerable<(string Name, torch.Tensor Value)> tensors, long maxShardBytes = MaxShardBytes) =>
        Write(path, config, smallFiles, [.. tensors.Select(item => SavedTensor.Of(item.Name, item.Value))], maxShardBytes);

    /// <summary>The same for tensors that are made, or converted, when their turn comes.</summary>
    /// <param name="path">An existing folder.</param>
    /// <param name="config">config.json; written as it is but for the name of the precision, where that changed.</param>
    /// <param name="smallFiles">Other files, name and content.</param>
    /// <param name="tensors">Weights under their hub names, in the order of the shards.</param>
    /// <param name="maxShardBytes">The most bytes of tensors in one file; a tensor that is larger has a file of its own.</param>
    public static void Write(
        string path, JsonObject config, IReadOnlyDictionary<string, byte[]> smallFiles,
        IReadOnlyList<SavedTensor> tensors, long maxShardBytes = MaxShardBytes)
    {
        foreach ((string name, byte[] content) in smallFiles)
            File.WriteAllBytes(System.IO.Path.Combine(path, name), content);
        WriteWeights(path, tensors, maxShardBytes);
        WriteJson(System.IO.Path.Combine(path, "config.json"), WithType(config, tensors));
    }

    /// <summary>Makes a folder that is complete or absent, whatever happens meanwhile.</summary>
    /// <param name="path">Absent or empty.</param>
    /// <param name="fill">Writes the files into the folder it is given.</param>
    /// <exception cref="UsageException">There are files at the path.</exception>
    public static void Save(string path, Action<string> fill)
    {
        string target = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw new UsageException($"there is something at \"{path}\" already", $"Out = {path}", $"Out = {path}-2");

        string parent = System.IO.Path.GetDirectoryName(target)!;
        string partial = System.IO.Path.Combine(parent, $".{System.IO.Path.GetFileName(target)}.partial");
        DeleteFolder(partial);
        try
        {
            Directory.CreateDirectory(partial);
            fill(partial);
            DeleteFolder(target);
            Directory.Move(partial, target);
        }
        catch
        {
            DeleteFolder(partial);
            throw;
        }
    }

    /// <summary>The configuration with the precision of the tensors, wherever it names one; else as it is.</summary>
    /// <param name="config">Stays as it is.</param>
    /// <param name="tensors">The type of most of their bytes is the precision.</param>
    public static JsonObject WithType(JsonObject config, IEnumerable<SavedTensor> tensors)
    {
        var changed = (JsonObject)config.DeepClone();
        string? type = tensors.GroupBy(item => item.Type).MaxBy(group => group.Sum(item => item.Bytes))?.Key switch
        {
            torch.ScalarType.BFloat16 => "bfloat16",
            torch.ScalarType.Float16 => "float16",
            torch.ScalarType.Float32 => "float32",
            _ => null,
        };
        if (type is not null)
            foreach (JsonObject part in changed.Select(item => item.Value).OfType<JsonObject>().Prepend(changed).ToArray())
                foreach (string key in new[] { "torch_dtype", "dtype" })
                    if (part[key] is JsonValue named && named.TryGetValue(out string? before) && before != type)
                        part[key] = type;
        return changed;
    }

    private static void WriteWeights(string path, IReadOnlyList<SavedTensor> tensors, long maxShardBytes)
    {
        List<List<SavedTensor>> shards = Shards(tensors, maxShardBytes);
        string single = System.IO.Path.Combine(path, Single), index = System.IO.Path.Combine(path, Index);
        if (shards.Count <= 1)
        {
            SafetensorsWriter.Write(single, tensors);
            File.Delete(index);
            return;
        }

        var map = new JsonObject();
        foreach ((int i, List<SavedTensor> shard) in shards.Index())
        {
            string file = string.Create(CultureInfo.InvariantCulture,
                $"model-{i + 1:00000}-of-{shards.Count:00000}.safetensors");
            SafetensorsWriter.Write(System.IO.Path.Combine(path, file), shard);
            foreach (SavedTensor tensor in shard)
                map.Add(tensor.Name, file);
        }
        var metadata = new JsonObject { ["total_size"] = tensors.Sum(tensor => tensor.Bytes) };
        WriteJson(index, new JsonObject { ["metadata"] = metadata, ["weight_map"] = map });
        File.Delete(single);
    }

    private static List<List<SavedTensor>> Shards(IReadOnlyList<SavedTensor> tensors, long maxShardBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxShardBytes, 1);
        List<List<SavedTensor>> shards = [];
        long bytes = 0;
        foreach (SavedTensor tensor in tensors)
        {
            if (shards.Count == 0 || (bytes + tensor.Bytes > maxShardBytes && shards[^1].Count > 0))
            {
                shards.Add([]);
                bytes = 0;
            }
            shards[^1].Add(tensor);
            bytes += tensor.Bytes;
        }
        return shards;
    }

    /// <summary>Writes a small file as the hub's are: indented, letters of all languages as they are.</summary>
    internal static void WriteJson(string file, JsonObject json) =>
        File.WriteAllText(file, json.ToJsonString(s_indented) + "\n");

    private static void DeleteFolder(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }
}
