using Vlm.Onnx.Runtime;
using static TorchSharp.torch;

namespace Vlm.Tests.Onnx;

public class SessionTensorTests
{
    [Fact]
    public void A_tensor_over_an_array_is_the_arrays_memory()
    {
        float[] numbers = [1, 2, 3, 4, 5, 6];
        using OnnxTensor made = OnnxTensor.From<float>(numbers, 3, 2);

        numbers[4] = 50;

        Assert.Equal([1f, 2, 3, 4, 50, 6], made.Span<float>().ToArray());
        Assert.Equal([3, 2], made.Shape);
        Assert.Equal(OnnxElement.Float32, made.Element);
        Assert.True(made.OnCpu);
    }

    [Fact]
    public void Every_type_of_the_layout_goes_to_the_engine_and_back()
    {
        using Tensor floats = tensor(new float[] { 1.5f, -2, 0.25f }).reshape(1, 3);
        using Tensor halves = floats.to(ScalarType.Float16);
        using Tensor integers = tensor(new long[] { 7, -8, 1L << 40 });
        using Tensor flags = tensor(new bool[] { true, false, true });

        foreach ((Tensor given, OnnxElement element) in (ReadOnlySpan<(Tensor, OnnxElement)>)
            [(floats, OnnxElement.Float32), (halves, OnnxElement.Float16), (integers, OnnxElement.Int64), (flags, OnnxElement.Bool)])
        {
            using OnnxTensor there = OnnxTensor.From(given);
            using Tensor back = there.ToTorch();

            Assert.Equal(element, there.Element);
            Assert.Equal(given.dtype, back.dtype);
            Assert.Equal(given.shape, back.shape);
            Assert.True(given.Equals(back) || given.eq(back).all().item<bool>());
        }

        using OnnxTensor half = OnnxTensor.From(halves);
        Assert.Equal([(Half)1.5f, (Half)(-2), (Half)0.25f], half.Span<Half>().ToArray());
    }

    // A contiguous tensor is shared: a change shows. One with gaps, the second column here, is copied.
    [Fact]
    public void The_engines_memory_is_shared_where_it_has_no_gaps()
    {
        using Tensor all = tensor(new float[] { 1, 2, 3, 4 }).reshape(2, 2);
        using Tensor column = all.narrow(1, 1, 1);
        using OnnxTensor shared = OnnxTensor.From(all), copied = OnnxTensor.From(column);

        using (all.add_(10))
        {
            Assert.Equal([11f, 12, 13, 14], shared.Span<float>().ToArray());
            Assert.Equal([2f, 4], copied.Span<float>().ToArray());
        }
    }

    [Fact]
    public void The_engines_tensor_may_be_disposed_first_with_its_scope()
    {
        OnnxTensor made;
        using (NewDisposeScope())
            made = OnnxTensor.From(arange(4096, ScalarType.Float32) * 2);
        using Tensor others = full([4096], -1f);

        Assert.Equal(8190f, made.Span<float>()[4095]);
        made.Dispose();
    }

    [Fact]
    public void Scalars_and_empty_tensors_have_their_shapes()
    {
        using OnnxTensor one = OnnxTensor.From<long>(new long[] { 9 });
        using OnnxTensor none = OnnxTensor.Zeros(OnnxElement.Float32, 1, 2, 0, 16);
        using OnnxTensor of = OnnxTensor.From(zeros(1, 2, 0, 16));
        using OnnxTensor few = OnnxTensor.Zeros(OnnxElement.Int64, 3);

        Assert.Equal([], one.Shape);
        Assert.Equal([9L], one.Span<long>().ToArray());
        Assert.Equal([1, 2, 0, 16], none.Shape);
        Assert.Equal([1, 2, 0, 16], of.Shape);
        Assert.Equal(0, of.ToTorch().numel());
        Assert.Equal([0L, 0, 0], few.Span<long>().ToArray());
    }

    [Fact]
    public void Wrong_types_and_shapes_are_refused()
    {
        using OnnxTensor made = OnnxTensor.From<float>(new float[2], 2);

        Assert.Equal("2 elements do not fill the shape [3]",
            Assert.Throws<ArgumentException>(() => OnnxTensor.From<float>(new float[2], 3)).Message);
        Assert.Equal("the tensor holds float32, not Int64",
            Assert.Throws<InvalidOperationException>(() => made.Span<long>().Length).Message);
        Assert.Throws<ArgumentException>(() => OnnxTensor.From(zeros(2, dtype: ScalarType.ComplexFloat32)));
    }

    [Fact]
    public void A_disposed_tensor_is_not_read()
    {
        OnnxTensor made = OnnxTensor.Zeros(OnnxElement.Float32, 2);
        made.Dispose();
        made.Dispose();

        Assert.Throws<ObjectDisposedException>(() => made.Span<float>().Length);
    }
}
