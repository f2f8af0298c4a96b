using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;

namespace Vlm.Tests.Checkpoints;

/// <summary>Two parameters, a [2, 3] and b [4], and folders that hold them in one way or another.</summary>
public sealed class WeightLoaderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-weights-").FullName;
    private readonly DisposeScope _scope = torch.NewDisposeScope();
    private readonly torch.Tensor _a = torch.tensor(new float[] { 1, -2, 3, 0.5f, 100, -0.25f }).reshape(2, 3);
    private readonly torch.Tensor _b = torch.tensor(new float[] { 7, 8, 9, 10 });

    public void Dispose()
    {
        _scope.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // All six numbers of a are exact in each of the types, so no conversion may change one.
    [Theory]
    [InlineData(torch.ScalarType.Float32, torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.Float32, torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.BFloat16, torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.BFloat16, torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.BFloat16, torch.ScalarType.Float16)]
    [InlineData(torch.ScalarType.Float16, torch.ScalarType.BFloat16)]
    [InlineData(torch.ScalarType.Float64, torch.ScalarType.Float16)]
    public void Any_stored_type_loads_as_any_wanted_type(torch.ScalarType stored, torch.ScalarType wanted)
    {
        using HubFolder folder = Folder(("a", _a.to(stored)), ("b", _b.to(stored)));
        (string, Parameter)[] parameters = Wanted(wanted);
        WeightLoader.Load(parameters, folder, Nothing);

        Assert.All(parameters, item => Assert.Equal((wanted, DeviceType.CPU, true),
            (item.Item2.dtype, item.Item2.device_type, item.Item2.requires_grad)));
        Assert.True(parameters[0].Item2.to(torch.ScalarType.Float32).allclose(_a, rtol: 0, atol: 0));
        Assert.True(parameters[1].Item2.to(torch.ScalarType.Float32).allclose(_b, rtol: 0, atol: 0));
        Assert.Equal(stored, folder.StoredType);
    }

    // 3 chunks of 4 MB and 5 numbers: n = 3 * 2^20 + 5 float32; the bfloat16 file is read in chunks of 2^21.
    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.BFloat16)]
    public void A_tensor_of_many_chunks_is_whole(torch.ScalarType stored)
    {
        torch.Tensor large = torch.arange((3 << 20) + 5).remainder(251).to(stored);
        using HubFolder folder = Folder(("a", large));
        (string, Parameter)[] parameters = [("a", Unfilled(torch.ScalarType.Float32, large.shape))];
        WeightLoader.Load(parameters, folder, Nothing);

        Assert.True(parameters[0].Item2.allclose(large.to(torch.ScalarType.Float32), rtol: 0, atol: 0));

    }

    [Fact]
    public void A_parameter_that_fits_keeps_its_memory()
    {
        using HubFolder folder = Folder(("a", _a), ("b", _b));
        (string, Parameter)[] parameters = [("a", new Parameter(torch.zeros(2, 3))), ("b", new Parameter(torch.zeros(4)))];
        torch.Tensor same = parameters[0].Item2.detach();
        WeightLoader.Load(parameters, folder, Nothing);

        Assert.Equal([1f, -2, 3, 0.5f, 100, -0.25f], same.data<float>().ToArray());
    }

    [Fact]
    public void Names_of_older_files_are_understood()
    {
        using HubFolder folder = Folder(("old.a", _a), ("b", _b), ("old.c", _b), ("inv_freq", _b));
        (string, Parameter)[] parameters = Wanted();
        WeightLoader.Load(parameters, folder, name => name is "c" or "inv_freq", Canonical);

        Assert.True(parameters[0].Item2.allclose(_a, rtol: 0, atol: 0));
    }

    [Fact]
    public void A_tensor_under_two_names_is_refused()
    {
        using HubFolder folder = Folder(("old.a", _a), ("a", _a), ("b", _b));

        Assert.Equal("the weights hold one tensor twice: a and old.a are both a", Refused(folder, Canonical).Message);
    }

    // "d" is missing from the model and "b" from the file; "old.d" is how the file spells it.
    [Fact]
    public void A_message_names_tensors_as_the_file_does()
    {
        using HubFolder folder = Folder(("old.a", _a), ("old.d", _b));

        Assert.Equal(
            "the weights do not fit the model: they lack 1 of its 2 tensors: b [4] (nearest: d); "
            + "they hold 1 that it has no place for: old.d [4] (nearest: b)", Refused(folder, Canonical).Message);
    }

    // 2^50 numbers on META: any allocation would fail before the message could be written.
    [Fact]
    public void Nothing_has_memory_before_everything_was_checked()
    {
        using HubFolder folder = Folder(("a", _a), ("b", _b));
        (string, Parameter)[] parameters =
            [("a", Shape(2, 3)), ("b", Shape(1L << 50))];

        var error = Assert.Throws<UsageException>(() => WeightLoader.Load(parameters, folder, Nothing));
        Assert.Equal("b is [4] in the weights, the configuration asks for [1125899906842624]", error.Message);
        Assert.All(parameters, item => Assert.True(item.Item2.is_meta));
    }

    [Fact]
    public void A_file_that_is_cut_short_after_it_was_opened_is_said_to_be()
    {
        using HubFolder folder = Folder(("a", _a), ("b", _b));
        string file = Path.Combine(_folder, "model.safetensors");
        using (var truncate = Process.Start("truncate", ["-s", "-1", file]))     // .NET would respect its own lock
            truncate.WaitForExit();

        Assert.Equal(("the file became shorter while it was read", file),
            (Refused(folder, null).Message, Refused(folder, null).Where));
    }

    private static UsageException Refused(HubFolder folder, Func<string, string>? canonical) =>
        Assert.Throws<UsageException>(() => WeightLoader.Load(Wanted(), folder, Nothing, canonical));

    private static bool Nothing(string name) => false;

    private static string Canonical(string name) => name.StartsWith("old.", StringComparison.Ordinal) ? name[4..] : name;

    private static (string, Parameter)[] Wanted(torch.ScalarType type = torch.ScalarType.Float32) =>
        [("a", Unfilled(type, 2, 3)), ("b", Unfilled(type, 4))];

    private static Parameter Unfilled(torch.ScalarType type, params long[] shape) =>
        Weights.Unfilled(() => Weights.Ones(shape), type, torch.CPU);

    private static Parameter Shape(params long[] shape) => Weights.Meta(() => Weights.Ones(shape));

    private HubFolder Folder(params (string, torch.Tensor)[] tensors)
    {
        HubFolder.Write(_folder, [], new Dictionary<string, byte[]>(), tensors);
        return HubFolder.Open(_folder);
    }
}
