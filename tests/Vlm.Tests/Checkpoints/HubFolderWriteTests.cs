using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Testing;

namespace Vlm.Tests.Checkpoints;

/// <summary>What is written is what the hub has: one file or shards, the configuration untouched, the folder whole.</summary>
public sealed class HubFolderWriteTests : IDisposable
{
    private const string Index = "model.safetensors.index.json";

    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-write-").FullName;
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Bytes: a 12, b 8, c 40, d 4, e 8; at most 20 in a file: a b | c alone is more | d e.
    [Fact]
    public void Shards_are_filled_in_order_and_listed()
    {
        (string Name, torch.Tensor Value)[] tensors = Five();
        Write(tensors, maxShardBytes: 20);

        Assert.Equal(
            ["config.json", "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                "model-00003-of-00003.safetensors", Index], Files());
        JsonObject index = HubFolder.ReadJson(Path.Combine(_folder, Index));
        Assert.Equal(72, (long)index["metadata"]!["total_size"]!);
        Assert.Equal("a 1, b 1, c 2, d 3, e 3", string.Join(", ", index["weight_map"]!.AsObject()
            .Select(item => $"{item.Key} {((string)item.Value!)["model-0000".Length]}")));

        using HubFolder folder = HubFolder.Open(_folder);
        foreach ((string name, torch.Tensor value) in tensors)
            Assert.Equal(value.bytes.ToArray(), folder.Load(name, torch.CPU).bytes.ToArray());
        using SafetensorsFile shard = SafetensorsFile.Open(folder.FileOf("c"));
        Assert.Equal(("c", "pt"), (string.Join(' ', shard.Entries.Keys), shard.Metadata["format"]));
    }

    [Theory]
    [InlineData(72)]
    [InlineData(HubFolder.MaxShardBytes)]
    public void What_fits_is_one_file(long maxShardBytes)
    {
        Write(Five(), maxShardBytes);

        Assert.Equal(["config.json", "model.safetensors"], Files());
    }

    [Fact]
    public void What_was_saved_otherwise_before_is_not_read_afterwards()
    {
        Write([("a", torch.tensor(new[] { 1f }))], maxShardBytes: 20);
        Write([("a", torch.tensor(new[] { 2f })), ("b", torch.tensor(new[] { 3f }))], maxShardBytes: 4);
        Assert.Equal(2, Value("a"));

        Write([("a", torch.tensor(new[] { 4f }))], maxShardBytes: 4);
        Assert.Equal(4, Value("a"));

        float Value(string name)
        {
            using HubFolder folder = HubFolder.Open(_folder);
            return folder.Load(name, torch.CPU).item<float>();
        }
    }

    [Theory]
    [InlineData("""{"b": 1e-05, "dtype": "float32", "a": {"torch_dtype": "float32"}}""", """{"b": 1e-05, "dtype": "bfloat16", "a": {"torch_dtype": "bfloat16"}}""")]
    [InlineData("""{"torch_dtype": "float32", "dtype_note": "float32"}""", """{"torch_dtype": "bfloat16", "dtype_note": "float32"}""")]
    [InlineData("""{"torch_dtype": "bfloat16", "z": [1.0, 2]}""", """{"torch_dtype": "bfloat16", "z": [1.0, 2]}""")]
    [InlineData("""{"torch_dtype": null, "hidden": 3}""", """{"torch_dtype": null, "hidden": 3}""")]
    [InlineData("""{"hidden": 3}""", """{"hidden": 3}""")]
    public void The_configuration_changes_where_it_names_the_precision(string before, string after)
    {
        SavedTensor[] tensors =
            [SavedTensor.Of("w", torch.ones(8), torch.ScalarType.BFloat16), SavedTensor.Of("n", torch.ones(2))];
        var config = (JsonObject)JsonNode.Parse(before)!;

        Assert.Equal(JsonNode.Parse(after)!.ToJsonString(), HubFolder.WithType(config, tensors).ToJsonString());
        Assert.Equal(JsonNode.Parse(before)!.ToJsonString(), config.ToJsonString());
    }

    // bfloat16 has 1 and then 1 + 2^-7: 1 + 2^-9, a quarter of the way, is rounded to 1.
    [Fact]
    public void Tensors_are_converted_on_their_way_to_the_file()
    {
        HubFolder.Write(_folder, [], new Dictionary<string, byte[]>(),
            [SavedTensor.Of("w", torch.tensor(new[] { 1.001953125f, -3f }), torch.ScalarType.BFloat16)]);

        using HubFolder folder = HubFolder.Open(_folder);
        Assert.Equal("BF16", folder.EntryOf("w").Type.Name);
        Assert.Equal([1f, -3f], folder.Load("w", torch.CPU, torch.ScalarType.Float32).data<float>().ToArray());
    }

    [Fact]
    public void Values_are_asked_for_one_at_a_time_and_freed()
    {
        int alive = 0, most = 0;
        torch.Tensor? last = null;
        SavedTensor[] tensors = [.. Enumerable.Range(0, 5).Select(i => new SavedTensor($"t{i}", torch.ScalarType.Float32, [3], Make))];
        HubFolder.Write(_folder, [], new Dictionary<string, byte[]>(), tensors);

        Assert.Equal(1, most);
        Assert.True(last!.IsInvalid);

        torch.Tensor Make()
        {
            alive = last is { IsInvalid: false } ? alive + 1 : 1;
            most = Math.Max(most, alive);
            return last = torch.ones(3);
        }
    }

    [Theory]
    [InlineData("tiny_smolvlm")]
    [InlineData("tiny_idefics3_sharded")]
    [InlineData("tiny_qwen2_vl")]
    [InlineData("tiny_qwen2_5_vl")]
    [InlineData("tiny_qwen3_vl")]
    public void A_folder_of_the_reference_library_is_written_back_the_same(string name)
    {
        string original = Fixtures.PathOf(name);
        using HubFolder folder = HubFolder.Open(original);
        HubFolder.Write(_folder, folder.Config, folder.SmallFiles(),
            folder.Names.Select(tensor => (tensor, folder.Load(tensor, torch.CPU))));

        using HubFolder copy = HubFolder.Open(_folder);
        Assert.Equal(folder.Names.Order(StringComparer.Ordinal), copy.Names.Order(StringComparer.Ordinal));
        Assert.All(folder.Names, tensor => Assert.Equal(
            folder.Load(tensor, torch.CPU).bytes.ToArray(), copy.Load(tensor, torch.CPU).bytes.ToArray()));
        foreach (string file in Directory.GetFiles(original, "*.json").Where(file => Path.GetFileName(file) is not (Index or "cases.json")))
            Assert.Equal(Lines(file), Lines(Path.Combine(_folder, Path.GetFileName(file))));

        // The fixtures' own configurations are indented by one space, the hub's and ours by two.
        static IEnumerable<string> Lines(string file) => File.ReadLines(file).Select(line => line.TrimStart());
    }

    private static (string, torch.Tensor)[] Five() =>
    [
        ("a", torch.tensor(new[] { 1f, 2, 3 })), ("b", torch.tensor(new[] { 4L })), ("c", torch.arange(10).to(torch.ScalarType.Float32)),
        ("d", torch.tensor(new[] { 5f }).to(torch.ScalarType.BFloat16).repeat(2)), ("e", torch.tensor(new[] { 6f, 7 })),
    ];

    private void Write((string, torch.Tensor)[] tensors, long maxShardBytes) =>
        HubFolder.Write(_folder, [], new Dictionary<string, byte[]>(), tensors, maxShardBytes);

    private IEnumerable<string> Files() =>
        Directory.GetFiles(_folder).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal);
}
