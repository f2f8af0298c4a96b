using System.Buffers.Binary;
using System.Text;
using TorchSharp;
using Vlm.Checkpoints;
using Vlm.Testing;

namespace Vlm.Tests.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-safetensors-");
    private readonly DisposeScope _scope = torch.NewDisposeScope();

    private string At(string name) => Path.Combine(_folder.FullName, name);

    // F32 [2, 2] = 1 2 3 4, then the I64 scalar 7: little-endian, written here byte by byte.
    [Fact]
    public void A_file_written_byte_by_byte_reads_as_its_numbers()
    {
        const string header = """{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}"""
            + ""","b":{"dtype":"I64","shape":[],"data_offsets":[16,24]}}""";
        byte[] data = [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64, 7, 0, 0, 0, 0, 0, 0, 0];
        using SafetensorsFile file = SafetensorsFile.Open(Raw(header, data));

        SafetensorsEntry a = file.Entries["a"];
        Assert.Equal(["a", "b"], file.Entries.Keys.Order());
        Assert.Equal(("F32", 16, 8 + header.Length), (a.Type.Name, a.Length, a.Offset));
        Assert.Equal([2, 2], file.Load("a", torch.CPU).shape);
        Assert.Equal([1f, 2f, 3f, 4f], file.Load("a", torch.CPU).data<float>().ToArray());
        Assert.Equal([], file.Load("b", torch.CPU).shape);
        Assert.Equal(7, file.Load("b", torch.CPU).item<long>());
        Assert.Equal([1.0, 2, 3, 4], file.Load("a", torch.CPU, torch.ScalarType.Float64).data<double>().ToArray());
    }

    [Fact]
    public void Every_type_survives_a_round_trip_bit_by_bit()
    {
        torch.Tensor values = torch.tensor(new float[] { 0, 1, -2, 3, 100, -0.5f }).reshape(2, 3);
        torch.ScalarType[] types = [.. SafetensorsType.All.Select(type => type.Torch).OfType<torch.ScalarType>()];
        (string, torch.Tensor)[] tensors = [.. types.Select(type => (type.ToString(), values.to(type)))];
        SafetensorsWriter.Write(At("all"), tensors);

        using SafetensorsFile file = SafetensorsFile.Open(At("all"));
        Assert.Equal(10, file.Entries.Count);
        foreach ((string name, torch.Tensor expected) in tensors)
        {
            torch.Tensor loaded = file.Load(name, torch.CPU);
            Assert.Equal((expected.dtype, "2 3"), (loaded.dtype, string.Join(' ', loaded.shape)));
            Assert.Equal(expected.bytes.ToArray(), loaded.bytes.ToArray());
        }
    }

    // Widest first, then by name; the header is padded with spaces to a multiple of 8; format is always pt.
    [Fact]
    public void The_bytes_of_a_file_are_those_of_the_format()
    {
        SafetensorsWriter.Write(
            At("order"),
            [
                ("z", torch.tensor(new byte[] { 9 })), ("b", torch.tensor(new[] { 2f })),
                ("a", torch.tensor(new[] { 1f })), ("wide", torch.tensor(new[] { 5L })),
            ],
            new Dictionary<string, string> { ["made_by"] = "a test", ["format"] = "mine" });

        byte[] bytes = File.ReadAllBytes(At("order"));
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        Assert.Equal(
            """{"__metadata__":{"format":"pt","made_by":"a test"}"""
            + ""","wide":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}"""
            + ""","a":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}"""
            + ""","b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}"""
            + ""","z":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}}""",
            Encoding.UTF8.GetString(bytes, 8, length).TrimEnd(' '));
        Assert.Equal([5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 63, 0, 0, 0, 64, 9], bytes[(8 + length)..]);
        using SafetensorsFile file = SafetensorsFile.Open(At("order"));
        Assert.Equal("pt", file.Metadata["format"]);
    }

    [Fact]
    public void Transposed_empty_and_scalar_tensors_survive()
    {
        torch.Tensor wide = torch.tensor(new float[] { 0, 1, 2, 3, 4, 5 }).reshape(2, 3);
        SafetensorsWriter.Write(
            At("odd"), [("t", wide.transpose(0, 1)), ("none", torch.zeros(0, 4)), ("one", torch.tensor(1.5))]);

        using SafetensorsFile file = SafetensorsFile.Open(At("odd"));
        Assert.Equal([0f, 3, 1, 4, 2, 5], file.Load("t", torch.CPU).data<float>().ToArray());
        Assert.Equal([0, 4], file.Load("none", torch.CPU).shape);
        Assert.Equal(1.5, file.Load("one", torch.CPU).item<double>());
    }

    [Fact]
    public void A_loaded_tensor_outlives_its_file()
    {
        SafetensorsWriter.Write(At("short"), [("a", torch.tensor(new[] { 1f, 2f }))]);
        torch.Tensor loaded;
        using (SafetensorsFile file = SafetensorsFile.Open(At("short")))
            loaded = file.Load("a", torch.CPU);

        Assert.Equal([1f, 2f], loaded.data<float>().ToArray());
    }

    [Fact]
    public void A_tensor_belongs_to_the_scope_of_the_caller()
    {
        SafetensorsWriter.Write(At("short"), [("a", torch.tensor(new[] { 1f, 2f }))]);
        using SafetensorsFile file = SafetensorsFile.Open(At("short"));
        torch.Tensor loaded;
        using (DisposeScope inner = torch.NewDisposeScope())
        {
            loaded = file.Load("a", torch.CPU, torch.ScalarType.Float64);
            Assert.Equal(1, inner.DisposablesCount);
        }

        Assert.True(loaded.IsInvalid);
    }

    // Each row breaks one rule of the format; the data has 24 bytes.
    // Headers of 109 and 110 bytes: data from byte 117, 118.
    [Theory]
    [InlineData("[]", "its header is not a JSON object")]
    [InlineData("""{"a":""", "its header is not JSON (line 1, byte 5)")]
    [InlineData(
        """{"a":{"dtype":"F31","shape":[6],"data_offsets":[0,24]}}""",
        "tensor 'a' has the unknown dtype 'F31'")]
    [InlineData("""{"a":{"shape":[6],"data_offsets":[0,24]}}""", "tensor 'a' has no dtype")]
    [InlineData("""{"a":{"dtype":"F32","data_offsets":[0,24]}}""", "tensor 'a' has no shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[6]}}""", "tensor 'a' has no data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-6],"data_offsets":[0,24]}}""", "tensor 'a' has -6 in its shape")]
    [InlineData("""{"a":{"dtype":"F32","shape":[6.5],"data_offsets":[0,24]}}""", "tensor 'a' has 6.5 in its shape")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,25]}}""",
        "tensor 'a' lies at [0, 25] of 24 bytes of data")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[6],"data_offsets":[24,0]}}""",
        "tensor 'a' lies at [24, 0] of 24 bytes of data")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[6],"data_offsets":[24]}}""", "tensor 'a' lies at [24] of 24 bytes of data")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,24]}}""",
        "tensor 'a' of F32 [5] needs 20 bytes and has 24")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[4611686018427387904,4,6],"data_offsets":[0,24]}}""",
        "tensor 'a' of F32 [4611686018427387904, 4, 6] needs 9223372036854775807 bytes and has 24")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}"""
        + ""","b":{"dtype":"F32","shape":[3],"data_offsets":[8,20]}}""",
        "tensor 'b' begins at byte 125, inside the tensor before it")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}"""
        + ""","b":{"dtype":"F32","shape":[2],"data_offsets":[16,24]}}""",
        "tensor 'b' begins at byte 134, leaving a hole after byte 130")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}}""", "4 bytes at its end belong to no tensor")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}"""
        + ""","a":{"dtype":"F32","shape":[6],"data_offsets":[0,24]}}""",
        "tensor 'a' is in its header twice")]
    [InlineData("""{"__metadata__":{"a":1}}""", "its metadata is not a map of strings")]
    public void A_broken_header_is_refused_with_the_rule_it_breaks(string header, string rule)
    {
        var error = Assert.Throws<UsageException>(() => SafetensorsFile.Open(Raw(header, new byte[24])));

        Assert.Equal($"model.safetensors is not a whole safetensors file: {rule}", error.Message);
        Assert.Equal(At("model.safetensors"), error.Where);
    }

    [Theory]
    [InlineData("0102", "it has 2 bytes, fewer than the 8 of the header's length")]
    [InlineData("0300000000000000" + "7B7D", "its header claims 3 bytes in a file of 10")]
    [InlineData("FFFFFFFFFFFFFFFF" + "7B7D", "its header claims 18446744073709551615 bytes in a file of 10")]
    public void A_length_that_cannot_be_is_refused_before_anything_is_allocated(string hex, string rule)
    {
        File.WriteAllBytes(At("model.safetensors"), Convert.FromHexString(hex));

        var error = Assert.Throws<UsageException>(() => SafetensorsFile.Open(At("model.safetensors")));
        Assert.Equal($"model.safetensors is not a whole safetensors file: {rule}", error.Message);
    }

    [Fact]
    public void A_cut_file_is_refused_wherever_it_is_cut()
    {
        SafetensorsWriter.Write(
            At("whole"), [("a", torch.tensor(new[] { 1f, 2f })), ("b", torch.tensor(new[] { 3L }))]);
        byte[] whole = File.ReadAllBytes(At("whole"));

        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(At("cut"), whole[..length]);
            Assert.Throws<UsageException>(() => SafetensorsFile.Open(At("cut")).Dispose());
        }
    }

    [Fact]
    public void An_absent_tensor_is_named_with_the_nearest_that_are_there()
    {
        string[] names = ["layers.0.q.weight", "layers.1.q.weight", "lm_head.weight", "layers.1.k.weight", "zzz"];
        SafetensorsWriter.Write(At("model.safetensors"), names.Select(name => (name, torch.tensor(1f))));
        using SafetensorsFile file = SafetensorsFile.Open(At("model.safetensors"));

        var error = Assert.Throws<UsageException>(() => file.Load("layers.2.q.weight", torch.CPU));
        Assert.Equal(
            "error: model.safetensors has no tensor 'layers.2.q.weight'\n"
            + $"   at: {At("model.safetensors")}\n"
            + "  try: its nearest names are layers.0.q.weight, layers.1.q.weight, layers.1.k.weight",
            error.Render());
    }

    [Fact]
    public void Eight_bit_floats_are_listed_and_refused_when_loaded()
    {
        using SafetensorsFile file = SafetensorsFile.Open(
            Raw("""{"w":{"dtype":"F8_E4M3","shape":[24],"data_offsets":[0,24]}}""", new byte[24]));

        var error = Assert.Throws<UsageException>(() => file.Load("w", torch.CPU));
        Assert.Equal("tensor 'w' is stored as F8_E4M3, which this engine cannot compute with", error.Message);
    }

    [Fact]
    public void A_missing_file_is_a_mistake_the_user_can_fix() =>
        Assert.Equal(At("absent"), Assert.Throws<UsageException>(() => SafetensorsFile.Open(At("absent"))).Where);

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_half_written()
    {
        SafetensorsWriter.Write(At("kept"), [("a", torch.tensor(1f))]);
        torch.Tensor gone = torch.tensor(2f);

        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.Write(At("kept"), Failing()));
        using SafetensorsFile file = SafetensorsFile.Open(At("kept"));
        Assert.Equal(1f, file.Load("a", torch.CPU).item<float>());
        Assert.Equal(["kept"], _folder.GetFiles().Select(found => found.Name));

        IEnumerable<(string, torch.Tensor)> Failing()
        {
            yield return ("a", torch.tensor(3f));
            yield return ("b", gone);
            gone.Dispose();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("__metadata__")]
    public void A_name_that_cannot_be_written_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(
            At("bad"), [("a", torch.tensor(1f)), (name, torch.tensor(2f))]));

    [Fact]
    public void Every_file_of_the_reference_library_is_read_whole()
    {
        string[] paths = Directory.GetFiles(
            Fixtures.PathOf(), "*.safetensors", SearchOption.AllDirectories);
        int tensors = 0;
        foreach (string path in paths)
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            foreach (string name in file.Entries.Keys)
                using (torch.Tensor tensor = file.Load(name, torch.CPU))
                    tensors += tensor.isfinite().all().item<bool>() ? 1 : 0;
        }

        Assert.Equal((36, 1072), (paths.Length, tensors));
    }

    [Fact]
    public void A_file_of_the_reference_library_is_written_back_byte_by_byte()
    {
        string path = Fixtures.PathOf("tiny_smolvlm", "model.safetensors");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        SafetensorsWriter.Write(
            At("again"), file.Entries.Keys.Reverse().Select(name => (name, file.Load(name, torch.CPU))), file.Metadata);

        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(At("again")));
    }

    public void Dispose()
    {
        _scope.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Raw(string header, byte[] data)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, Encoding.UTF8.GetByteCount(header));
        File.WriteAllBytes(At("model.safetensors"), [.. length, .. Encoding.UTF8.GetBytes(header), .. data]);
        return At("model.safetensors");
    }
}
