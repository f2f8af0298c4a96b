using TorchSharp;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorFactoryTests
{
    [Fact]
    public void Constant_tensors_have_the_asked_shape_value_and_type()
    {
        foreach (Tensor t in new[] { zeros(2, 3), zeros(2L, 3L), zeros([2, 3]), zeros((ReadOnlySpan<long>)[2, 3]) })
            Expect.Numbers(t, [2, 3], new double[6]);
        Expect.Numbers(ones(2), [2], [1, 1]);
        Expect.Numbers(ones(1, 2, 1, 1), [1, 2, 1, 1], [1, 1]);
        Expect.Numbers(ones(1L, 2L, 1L), [1, 2, 1], [1, 1]);
        Expect.Numbers(full(2, 1, 7), [2, 1], [7, 7]);
        Expect.Numbers(full([3], 0.5, ScalarType.Float64), [3], [0.5, 0.5, 0.5]);
        Assert.Equal([4, 5], empty(4, 5).shape);
        Assert.Equal(ScalarType.Float32, zeros(1).dtype);
        Assert.Equal(ScalarType.Int16, zeros(1, ScalarType.Int16).dtype);
        Assert.True(zeros(1, requires_grad: true).requires_grad);
        Expect.Numbers(eye(2), [2, 2], [1, 0, 0, 1]);
        Expect.Numbers(eye(2, 3), [2, 3], [1, 0, 0, 0, 1, 0]);
    }

    [Fact]
    public void Runs_of_numbers_have_the_type_of_their_ends()
    {
        Expect.Row(arange(3), 0, 1, 2);
        Expect.Row(arange(2, 5), 2, 3, 4);
        Expect.Row(arange(1, 2, 0.25), 1, 1.25, 1.5, 1.75);
        Assert.Equal(ScalarType.Int64, arange(3).dtype);
        Assert.Equal(ScalarType.Float32, arange(3.0).dtype);
        Assert.Equal(ScalarType.Float64, arange(3, ScalarType.Float64).dtype);
        Expect.Row(linspace(0, 1, 5), 0, 0.25, 0.5, 0.75, 1);
        Expect.Row(logspace(0, 2, 3), 1, 10, 100);
    }

    [Fact]
    public void Likes_take_shape_and_type_from_another()
    {
        using Tensor model = tensor((int[])[1, 2, 3, 4], [2, 2]);
        Expect.Numbers(model.zeros_like(), [2, 2], [0, 0, 0, 0]);
        Expect.Numbers(zeros_like(model), [2, 2], [0, 0, 0, 0]);
        Expect.Numbers(model.ones_like(), [2, 2], [1, 1, 1, 1]);
        Expect.Numbers(ones_like(model, ScalarType.Float64), [2, 2], [1, 1, 1, 1]);
        Expect.Numbers(model.full_like(6), [2, 2], [6, 6, 6, 6]);
        Expect.Numbers(full_like(model, 6), [2, 2], [6, 6, 6, 6]);
        Assert.Equal(ScalarType.Int32, model.empty_like().dtype);
        Assert.Equal(ScalarType.Float64, empty_like(model, ScalarType.Float64).dtype);
        Assert.Equal([2, 2], model.rand_like(ScalarType.Float32).shape);
        Assert.Equal([2, 2], model.randn_like(ScalarType.Float32).shape);
        Assert.True(model.randint_like(3, 4).eq(3).all().ToBoolean());
        Expect.Numbers(model.new_zeros(1, 2), [1, 2], [0, 0]);
        Expect.Numbers(model.new_ones(2), [2], [1, 1]);
        Expect.Numbers(model.new_full([2], 5), [2], [5, 5]);
        Assert.Equal(ScalarType.Int32, model.new_empty(3).dtype);
    }

    [Fact]
    public void Every_element_type_makes_the_round_trip()
    {
        Assert.Equal([true, false], tensor(new[] { true, false }).data<bool>().ToArray());
        Assert.Equal([1, 255], tensor(new byte[] { 1, 255 }).data<byte>().ToArray());
        Assert.Equal([-1, 127], tensor(new sbyte[] { -1, 127 }).data<sbyte>().ToArray());
        Assert.Equal([-300, 300], tensor(new short[] { -300, 300 }).data<short>().ToArray());
        Assert.Equal([-70000, 7], tensor(new[] { -70000, 7 }).data<int>().ToArray());
        Assert.Equal([1L << 40, -7], tensor(new[] { 1L << 40, -7 }).data<long>().ToArray());
        Assert.Equal([0.1f, -2], tensor(new[] { 0.1f, -2 }).data<float>().ToArray());
        Assert.Equal([0.1, -2], tensor(new[] { 0.1, -2 }).data<double>().ToArray());
        Assert.Equal([(Half)0.1f, (Half)(-2)], tensor(new[] { (Half)0.1f, (Half)(-2) }).data<Half>().ToArray());
        BFloat16[] brains = [new(0.1f), new(-2)];
        Assert.Equal(brains, tensor(brains).data<BFloat16>().ToArray());
    }

    [Fact]
    public void Single_numbers_have_no_dimensions()
    {
        Assert.Equal((ScalarType.Float32, 0), (tensor(1.5f).dtype, tensor(1.5f).dim()));
        Assert.Equal(ScalarType.Float64, tensor(1.5).dtype);
        Assert.Equal(ScalarType.Int32, tensor(3).dtype);
        Assert.Equal(ScalarType.Int64, tensor(3L).dtype);
        Assert.Equal(ScalarType.Bool, tensor(true).dtype);
        Assert.Equal(ScalarType.Float16, tensor(1.5, ScalarType.Float16).dtype);
        Tensor implied = 4f;
        Expect.Number(4, implied);
        Scalar scalar = 2.5;
        Expect.Number(2.5, scalar);
        Tensor row = new long[] { 1, 2 };
        Expect.Row(row, 1, 2);
        Expect.Number(6, 6.ToTensor());
        Expect.Numbers(new[] { 1f, 2 }.ToTensor([2, 1]), [2, 1], [1, 2]);
    }

    [Fact]
    public void Arrays_and_lists_keep_or_are_given_their_shape()
    {
        Expect.Numbers(from_array(new[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } }), [3, 2], [1, 2, 3, 4, 5, 6]);
        Expect.Numbers(as_tensor(new[, ,] { { { 1f, 2 } } }), [1, 1, 2], [1, 2]);
        Assert.Equal(ScalarType.Float64, from_array(new[] { 1, 2 }, ScalarType.Float64).dtype);
        Expect.Numbers(tensor(new[] { 1, 2, 3, 4 }, [2, 2]), [2, 2], [1, 2, 3, 4]);
        Expect.Numbers(tensor(new List<int> { 1, 2, 3, 4 }, 2, 2), [2, 2], [1, 2, 3, 4]);
        Expect.Numbers(tensor(new List<double> { 1, 2 }, 1, 2, 1), [1, 2, 1], [1, 2]);
        Expect.Numbers(tensor(new List<float> { 1, 2 }), [2], [1, 2]);
        Expect.Numbers(tensor(new[] { 1f, 2, 3 }.AsMemory(1), [1, 2]), [1, 2], [2, 3]);
        Expect.Numbers(as_tensor(new List<long> { 5 }), [1], [5]);
        Expect.Numbers(frombuffer(new byte[] { 9, 1, 0, 2, 0 }, ScalarType.Int16, offset: 1), [2], [1, 2]);
        var error = Assert.Throws<ArgumentException>(() => tensor(new[] { 1, 2, 3 }, [2, 2]));
        Assert.Equal("3 elements do not fill the shape [2, 2]", error.Message);
    }

    [Fact]
    public void A_tensor_of_an_array_does_not_share_its_memory_and_a_blob_does()
    {
        float[] numbers = [1, 2, 3];
        using Tensor copy = tensor(numbers), blob = Memory.FromBlob<float>(numbers, 3);
        numbers[1] = 9;
        blob[0] = 7;
        Expect.Row(copy.alias(), 1, 2, 3);
        Expect.Row(blob.alias(), 7, 9, 3);
        Assert.Equal(7, numbers[0]);
    }

    [Fact]
    public unsafe void Native_memory_becomes_a_tensor_too()
    {
        long* numbers = stackalloc long[] { 4, 5, 6 };
        using Tensor blob = Memory.FromBlob(numbers, [3], ScalarType.Int64);
        Expect.Number(15, blob.sum());
    }

    [Fact]
    public void Named_dimensions_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => zeros(2, names: ["rows"]));
        Assert.StartsWith("dimensions cannot be named", error.Message);
    }

    [Fact]
    public void The_default_type_can_be_changed()
    {
        try
        {
            set_default_dtype(ScalarType.Float64);
            Assert.Equal(ScalarType.Float64, get_default_dtype());
            Assert.Equal(ScalarType.Float64, zeros(1).dtype);
        }
        finally
        {
            set_default_dtype(ScalarType.Float32);
        }
        Assert.Equal(ScalarType.Float32, ones(1).dtype);
        Assert.Equal(DeviceType.CPU, get_default_device().type);
    }
}
