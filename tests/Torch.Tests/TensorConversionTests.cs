using TorchSharp;
using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorConversionTests
{
    [Fact]
    public void Types_convert_and_share_memory_where_nothing_changes()
    {
        using Tensor x = tensor((double[])[1.75, -2.5]);
        foreach ((Tensor made, ScalarType type) in new[]
        {
            (x.@int(), ScalarType.Int32), (x.@long(), ScalarType.Int64),
            (x.@short(), ScalarType.Int16), (x.@char(), ScalarType.Int8),
        })
        {
            Assert.Equal(type, made.dtype);
            Expect.Row(made, 1, -2);
        }
        foreach (Tensor made in new[]
        {
            x.@float(), x.@double(), x.half(), x.bfloat16(), x.to(float32), x.type(float16), x.to_type(bfloat16),
            x.to(CPU), x.cpu(), x.to("cpu"), x.to(DeviceType.CPU), x.to(ScalarType.Float32, CPU), x.to(zeros(1)),
            x.type_as(zeros(1)),
        })
            Expect.Row(made, 1.75, -2.5);
        Expect.Row(x.@bool(), 1, 1);
        Expect.Row(x.abs().@byte(), 1, 2);
        using Tensor same = x.to(ScalarType.Float64), copy = x.to(ScalarType.Float64, copy: true);
        x.zero_();
        Expect.Row(same.alias(), 0, 0);
        Expect.Row(copy.alias(), 1.75, -2.5);
    }

    [Fact]
    public void A_tensor_moves_to_the_gpu_where_there_is_one_and_says_so_where_there_is_none()
    {
        using Tensor x = tensor((double[])[1, 2]);
        if (cuda.is_available())
        {
            using Tensor there = x.cuda();
            Assert.Equal(DeviceType.CUDA, there.device_type);
            Assert.Equal(0, there.device_index);
            Assert.Equal(3, there.sum().item<double>());
            Assert.Throws<InvalidOperationException>(() => there.data<double>());
            cuda.synchronize();
        }
        else
        {
            var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => x.cuda());
            Assert.StartsWith("aten::to.device([2]): ", error.Message);
        }
    }

    [Fact]
    public void The_source_is_freed_on_request()
    {
        Tensor x = ones(2);
        using Tensor y = x.to(ScalarType.Int32, disposeAfter: true);
        Assert.True(x.IsInvalid);
        Assert.False(y.IsInvalid);
    }

    [Fact]
    public void One_number_comes_out_in_its_own_type_or_in_any()
    {
        Assert.Equal(2.5f, tensor(2.5f).item<float>());
        Assert.Equal(7L, tensor((long[])[7]).item<long>());
        using Tensor x = tensor((double[])[65.75]);
        Assert.Equal(65.75, (double)x);
        Assert.Equal(65.75f, (float)x);
        Assert.Equal(65, (int)x);
        Assert.Equal(65L, (long)x);
        Assert.Equal((short)65, (short)x);
        Assert.Equal((byte)65, (byte)x);
        Assert.Equal((sbyte)65, (sbyte)x);
        Assert.True((bool)x);
        Assert.Equal((Half)65.75f, x.ToHalf());
        Assert.Equal(65.75f, x.ToScalar().ToArgumentNumber());
        Assert.Equal(1L << 62, tensor((1L << 62)).ToInt64());
        Assert.True(x.is_nonzero());
        Assert.Equal(65.75, x.ReadCpuDouble(0));
        Assert.Equal(3, tensor((int[])[3]).ReadCpuInt32(0));
        Assert.Equal(4L, tensor((long[])[3, 4]).ReadCpuInt64(1));
        Assert.Equal((byte)5, tensor((byte[])[5]).ReadCpuByte(0));
        Assert.True(tensor((bool[])[true]).ReadCpuBool(0));
        Assert.Equal(0.5f, tensor((float[])[0.5f]).ReadCpuValue<float>(0));
    }

    [Fact]
    public void A_wrong_type_or_several_numbers_are_refused()
    {
        var type = Assert.Throws<ArgumentException>(() => tensor(1.0).item<float>());
        Assert.Equal("a tensor of Float64 holds no Single", type.Message);
        var several = Assert.Throws<ArgumentException>(() => zeros(2, 3).item<float>());
        Assert.Equal("a tensor of shape [2, 3] is no single number", several.Message);
        Assert.Throws<IndexOutOfRangeException>(() => zeros(2).ReadCpuSingle(2));
        Assert.Throws<InvalidOperationException>(() => zeros(2, 2).t().slice(0, 0, 1, 1).expand(3, 2).bytes.Length);
    }

    [Fact]
    public void Accessors_read_and_write_in_place_whatever_the_strides()
    {
        using Tensor m = tensor((double[])[1, 2, 3, 4, 5, 6], [2, 3]);
        using Tensor turned = m.t();
        using var numbers = turned.data<double>();
        Assert.Equal(6, numbers.Count);
        Assert.Equal([1, 4, 2, 5, 3, 6], numbers.ToArray());
        Assert.Equal(5, numbers[1, 1]);
        numbers[2, 0] = 30;
        Assert.Equal(30, m[0, 2].item<double>());
        numbers.CopyFrom([10, 40], tensorIndex: 0);
        Assert.Equal([10, 2, 30, 40, 5, 6], m.data<double>());
        var part = new double[4];
        numbers.CopyTo(part, arrayIndex: 1, tensorIndex: 3);
        Assert.Equal([0, 5, 30, 6], part);
        var grid = (double[,])turned.data<double>().ToNDArray();
        Assert.Equal((3, 2, 40.0), (grid.GetLength(0), grid.GetLength(1), grid[0, 1]));
        Assert.Throws<IndexOutOfRangeException>(() => numbers[3, 0]);
        Assert.Throws<ArgumentException>(() => numbers[1, 1, 1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => numbers.CopyTo(part, 0, tensorIndex: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => numbers.CopyFrom(part, 0, tensorIndex: 7));
        Assert.Empty(zeros(0).data<float>().ToArray());
        m.Dispose();
        turned.Dispose();
        Assert.Throws<ObjectDisposedException>(() => numbers[0, 0]);
        Assert.Throws<ObjectDisposedException>(() => numbers.ToArray());
    }

    [Fact]
    public void Bytes_are_the_memory_itself()
    {
        using Tensor x = tensor((short[])[1, 256]);
        Assert.Equal([1, 0, 0, 1], x.bytes.ToArray());
        x.bytes = new byte[] { 2, 0, 3, 0 };
        Expect.Row(x.alias(), 2, 3);
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[3]);
    }

    [Fact]
    public void A_tensor_knows_its_metadata()
    {
        using Tensor x = zeros(2, 3, ScalarType.Float64);
        Assert.Equal((2L, 2L, 2L, 6L, 6L), (x.dim(), x.ndim, x.Dimensions, x.numel(), x.NumberOfElements));
        Assert.Equal([2, 3], x.size());
        Assert.Equal((2, 3, 3), (x.size(0), x.size(1), x.size(-1)));
        Assert.Equal((8L, 8L), (x.element_size(), x.ElementSize));
        Assert.Equal(3, x[1].storage_offset());
        Assert.True(x.is_floating_point() && x.is_cpu());
        Assert.False(x.is_integral() || x.is_cuda || x.is_meta || x.is_sparse);
        Assert.True(is_floating_point(x) && is_integral(ScalarType.Bool) && is_tensor(x));
        Assert.Equal("cpu", x.device.ToString());
        Assert.True(tensor(1).is_integral());
        Assert.Equal(6, new long[] { 2, 3 }.TotalSize());
    }

    // 1 + 2^-8 lies between 1 and 1 + 2^-7: a tie, to even, so 1. 3 * 2^-8 more: the tie above, so 1 + 2^-6.
    [Fact]
    public void Brain_floats_round_as_libtorch_rounds()
    {
        Assert.Equal(1f, new BFloat16(1 + 1f / 256).ToSingle());
        Assert.Equal(1 + 1f / 64, new BFloat16(1 + 3f / 256).ToSingle());
        float[] many = [0.1f, -3.14159f, 1e-20f, 6.5e30f, float.PositiveInfinity, -0f];
        BFloat16[] theirs = tensor(many).bfloat16().data<BFloat16>().ToArray();
        Assert.Equal(many.Select(x => new BFloat16(x)), theirs);
        Assert.True(float.IsNaN(new BFloat16(float.NaN).ToSingle()));
        Assert.True(new BFloat16(1) < new BFloat16(2) && new BFloat16(1) != new BFloat16(2));
    }

    [Fact]
    public void A_tensor_prints_its_shape_and_on_request_its_numbers()
    {
        using Tensor m = tensor((float[])[1, 2.5f, -3, 4], [2, 2]);
        Assert.Equal("[2x2], type = Float32, device = cpu", m.ToString());
        Assert.Equal("[[1, 2.5],\n [-3, 4]]", m.npstr());
        Assert.Equal("[2x2], type = Float32, device = cpu, value = [[1, 2.5],\n [-3, 4]]", m.str());
        Assert.Equal("[0, 1, 2, ..., 7, 8, 9]", arange(10).npstr());
        Assert.Equal("5", tensor(5).npstr());
    }
}

internal static class ScalarNumbers
{
    /// <summary>The number a scalar hands to an operator.</summary>
    internal static double ToArgumentNumber(this Scalar scalar)
    {
        using Tensor made = full([], scalar, ScalarType.Float64);
        return made.item<double>();
    }
}
