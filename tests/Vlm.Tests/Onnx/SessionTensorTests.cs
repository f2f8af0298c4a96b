using Microsoft.ML.OnnxRuntime;
using Vlm.Onnx.Graph;
using Vlm.Onnx.Runtime;
using static TorchSharp.torch;

namespace Vlm.Tests.Onnx;

/// <summary>Tensors between the engine and ONNX Runtime: types, shapes, and whose memory it is.</summary>
public class SessionTensorTests
{
    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Every_type_goes_to_the_runtime_and_back(ScalarType type)
    {
        using Tensor given = tensor(new float[] { 1.5f, 0, 0.25f, 100, 7, 1 }).reshape(2, 3).to(type);
        using OrtValue there = OnnxTensors.From(given);
        using Tensor back = there.ToTorch();

        Assert.Equal((int)OnnxTypes.Of(type), (int)there.GetTensorTypeAndShape().ElementDataType);
        Assert.Equal(type, back.dtype);
        Assert.Equal([2, 3], back.shape);
        Assert.True(given.eq(back).all().item<bool>());
        Assert.Equal(6 * OnnxTypes.Of(type).Size(), there.GetTensorMutableRawData().Length);
    }

    // 1.5, -2 and 0.25 have no rounding in either.
    [Fact]
    public void Halves_are_the_packages_own()
    {
        using Tensor floats = tensor(new float[] { 1.5f, -2, 0.25f });
        using OrtValue half = OnnxTensors.From(floats.to(ScalarType.Float16)), brain = OnnxTensors.From(floats.to(ScalarType.BFloat16));

        Assert.Equal([(Float16)1.5f, (Float16)(-2f), (Float16)0.25f], half.GetTensorDataAsSpan<Float16>().ToArray());
        Assert.Equal([(BFloat16)1.5f, (BFloat16)(-2f), (BFloat16)0.25f], brain.GetTensorDataAsSpan<BFloat16>().ToArray());
    }

    // A contiguous tensor is shared: a change shows. One with gaps, the second column here, is copied.
    [Fact]
    public void The_engines_memory_is_shared_where_it_has_no_gaps()
    {
        using Tensor all = tensor(new float[] { 1, 2, 3, 4 }).reshape(2, 2);
        using Tensor column = all.narrow(1, 1, 1);
        using OrtValue shared = OnnxTensors.From(all), copied = OnnxTensors.From(column);

        using (all.add_(10))
        {
            Assert.Equal([11f, 12, 13, 14], shared.GetTensorDataAsSpan<float>().ToArray());
            Assert.Equal([2f, 4], copied.GetTensorDataAsSpan<float>().ToArray());
        }
    }

    [Fact]
    public void The_engines_tensor_may_be_disposed_first_with_its_scope()
    {
        OrtValue made;
        using (NewDisposeScope())
            made = OnnxTensors.From(arange(4096, ScalarType.Float32) * 2);
        using Tensor others = full([4096], -1f);

        Assert.Equal(8190f, made.GetTensorDataAsSpan<float>()[4095]);
        made.Dispose();
    }

    // 2,000 tensors of 1 MB: were one kept each time, 2 GB.
    [Fact]
    public void The_engines_memory_is_let_go_with_the_tensor_over_it()
    {
        long before = TorchSharp.torch.Tensor.TotalCount;
        for (int i = 0; i < 2000; i++)
        {
            using Tensor given = zeros(1 << 18);
            using OrtValue over = OnnxTensors.From(given);
            over.Dispose();
        }

        Assert.Equal(before, TorchSharp.torch.Tensor.TotalCount);
    }

    [Fact]
    public void Scalars_and_empty_tensors_have_their_shapes()
    {
        using OrtValue one = OnnxTensors.From(tensor(9L)), none = OnnxTensors.Empty(OnnxType.Float, 1, 2, 0, 16),
            of = OnnxTensors.From(zeros(1, 2, 0, 16));

        Assert.Equal([], one.GetTensorTypeAndShape().Shape);
        Assert.Equal([9L], one.GetTensorDataAsSpan<long>().ToArray());
        Assert.Equal([1, 2, 0, 16], none.GetTensorTypeAndShape().Shape);
        Assert.Equal([1, 2, 0, 16], of.GetTensorTypeAndShape().Shape);
        Assert.Equal(0, of.ToTorch().numel());
        Assert.Equal([], one.ToTorch().shape);
    }

    [Fact]
    public void A_type_that_graphs_lack_is_refused() =>
        Assert.Throws<ArgumentException>(() => OnnxTensors.From(zeros(2, dtype: ScalarType.ComplexFloat32)));
}
