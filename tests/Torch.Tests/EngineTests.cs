using System.Runtime.InteropServices;
using TorchSharp;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Torch.Tests;

public class EngineTests
{
    [Fact]
    public void An_operator_is_called_by_name_with_its_defaults()
    {
        using Tensor ones = new Operator("aten::ones").Call((long[])[2, 3]);
        using Tensor sum = ones + ones;

        Assert.Equal([2, 3], sum.shape);
        Assert.Equal(12, new Operator("aten::item").CallNumber(new Operator("aten::sum").Call(sum)));
    }

    [Fact]
    public void An_error_names_the_operator_and_the_shapes()
    {
        using Tensor a = ones(2, 3), b = ones(4);

        var error = Assert.Throws<ExternalException>(() => a + b);
        Assert.StartsWith("aten::add.Tensor([2, 3], [4]): The size of tensor a (3) must match", error.Message);

        error = Assert.Throws<ExternalException>(() => cat([a, b]));
        Assert.StartsWith("aten::cat([2, 3], [4]): ", error.Message);

        error = Assert.Throws<ExternalException>(() => a.matmul(a));
        Assert.StartsWith("aten::matmul([2, 3], [2, 3]): ", error.Message);
    }

    [Fact]
    public void A_disposed_tensor_says_so()
    {
        Tensor gone = ones(2);
        gone.Dispose();
        gone.Dispose();

        Assert.True(gone.IsInvalid);
        Assert.Throws<ObjectDisposedException>(() => gone.shape);
        Assert.Throws<ObjectDisposedException>(() => gone + 1);
        Assert.Throws<ObjectDisposedException>(() => ones(2) + gone);
        Assert.Throws<ObjectDisposedException>(() => cat([ones(2), gone]));
        Assert.Throws<ObjectDisposedException>(() => gone.backward());
        Assert.Throws<ObjectDisposedException>(() => gone.item<float>());
        Assert.Equal("disposed tensor", gone.ToString());
    }

    [Fact]
    public void A_missing_operator_is_named()
    {
        var missing = new Operator("aten::no_such_thing", "Tensor");

        Assert.False(missing.Exists);
        var error = Assert.Throws<MissingMethodException>(() => missing.Call(ones(1)));
        Assert.Equal("this libtorch has no operator aten::no_such_thing.Tensor", error.Message);
    }

    [Fact]
    public void Many_arguments_go_through_the_heap()
    {
        Tensor[] many = [.. Enumerable.Range(0, 1000).Select(i => full([1], i))];   // more words than fit the stack
        Expect.Number(999 * 1000 / 2, cat(many).sum());
    }

    [Fact]
    public void The_engine_describes_itself()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+", EngineInfo.Version);
        Assert.Equal(EngineInfo.Version, __version__);
        Assert.Contains(EngineInfo.Version, EngineInfo.Describe(), StringComparison.Ordinal);
        Assert.NotEmpty(EngineInfo.Blas);
        Assert.True(get_num_interop_threads() > 0);
    }

    [Fact]
    public void The_number_of_threads_can_be_set()
    {
        int before = get_num_threads();
        try
        {
            set_num_threads(1);
            Assert.Equal((1, 1), (get_num_threads(), EngineInfo.Threads));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void Matrix_precision_lasts_as_long_as_its_scope()
    {
        Assert.Equal(Float32MatmulPrecision.highest, get_float32_matmul_precision());
        using (set_float32_matmul_precision(Float32MatmulPrecision.high))
            Assert.Equal(Float32MatmulPrecision.high, get_float32_matmul_precision());
        Assert.Equal(Float32MatmulPrecision.highest, get_float32_matmul_precision());
    }

    [Fact]
    public void Devices_have_the_names_of_pytorch()
    {
        Assert.Equal("cpu", CPU.ToString());
        Assert.Equal("cuda:1", device("cuda:1").ToString());
        Assert.Equal((DeviceType.CUDA, 2), (device("cuda", 2).type, device("cuda", 2).index));
        Assert.Equal("cuda:3", device(3).ToString());
        Assert.Equal("cuda", CUDA.ToString());
        Assert.Equal(DeviceType.META, device(DeviceType.META).type);
        Assert.Throws<ArgumentException>(() => device("toaster"));
        Assert.Equal(cuda.device_count() > 0, cuda.is_available());
        Assert.True(zeros(2, device: META).is_meta);
    }

    // p = 3, 5; q = 2, 4; r = 10, 20
    [Fact]
    public void Lists_of_tensors_change_in_one_call()
    {
        static Tensor[] List(params double[] numbers) => [.. numbers.Select(number => tensor((double[])[number]))];
        static void After(Action<Tensor[]> change, params double[] expected)
        {
            Tensor[] p = List(3, 5);
            change(p);
            Assert.Equal(expected, p.Select(one => one.item<double>()));
        }

        After(p => Foreach.Add(p, 2), 5, 7);
        After(p => Foreach.Add(p, List(2, 4), 10), 23, 45);
        After(p => Foreach.Multiply(p, 2), 6, 10);
        After(p => Foreach.Multiply(p, List(2, 4)), 6, 20);
        After(p => Foreach.Divide(p, 2), 1.5, 2.5);
        After(p => Foreach.Divide(p, List(2, 4)), 1.5, 1.25);
        After(p => Foreach.AddProduct(p, List(2, 4), List(10, 20), 0.5), 13, 45);
        After(p => Foreach.AddQuotient(p, List(2, 4), List(10, 20), 5), 4, 6);
        Assert.Equal([2, 3], Foreach.Sqrt(List(4, 9)).Select(one => one.item<double>()));
        Assert.Equal([5], Foreach.Norm([tensor((double[])[3, -4])]).Select(one => one.item<double>()));
        Assert.Empty(Foreach.Norm([]));
        Foreach.Add([], 1);
    }
}
