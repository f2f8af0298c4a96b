using TorchSharp;
using TorchSharp.Modules;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Tests.Layers;

public sealed class ComputeTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // Bit by bit, and for rows that lie across memory too: there libtorch takes one kernel where the weights need a gradient
    // and another where they do not.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(40)]
    public void A_frozen_layer_computes_what_a_learning_one_does(long rows)
    {
        Tensor x = Random(1, rows, 2, 70).transpose(0, 1);
        Parameter learning = new(Random(2, 50, 70)), bias = new(Random(3, 50));
        Tensor learned = Compute.Linear(x, learning, bias);
        Tensor frozen = Compute.Linear(x, learning.detach(), bias.detach());

        Assert.True(learned.requires_grad);
        Assert.False(frozen.requires_grad);
        Assert.Equal(0, Gap(learned, frozen));
    }

    // 16 rows are the most that are multiplied here; 600 x 500 weights are shared among threads. Padding of a row of x stays out.
    [Theory]
    [InlineData(1, 70, 50)]
    [InlineData(16, 70, 50)]
    [InlineData(17, 70, 50)]
    [InlineData(5, 600, 501)]
    public void Without_gradients_few_rows_are_the_same_product(long rows, long inputs, long outputs)
    {
        using IDisposable off = no_grad();
        Tensor x = Random(1, 1, rows, 2 * inputs)[.., .., ..(int)inputs];
        (Tensor w, Tensor b) = (Random(2, outputs, inputs), Random(3, outputs));
        Tensor exact = nn.functional.linear(x.to(ScalarType.Float64), w.to(ScalarType.Float64), b.to(ScalarType.Float64));

        Assert.Equal([1, rows, outputs], Compute.Linear(x, w, b).shape);
        Assert.InRange(Gap(Compute.Linear(x, w, b), exact), 0, 2e-4);
        Assert.InRange(Gap(Compute.Linear(x, w, null), exact - b), 0, 2e-4);
    }

    // 8 bits: of results up to 40 a tenth, and of those up to 100 a fifth.
    [Theory]
    [InlineData(1, 70)]
    [InlineData(2, 70)]
    [InlineData(16, 70)]
    [InlineData(17, 70)]
    [InlineData(3, 6000)]
    public void Weights_of_half_precision_are_multiplied_as_they_are(long rows, long inputs)
    {
        using IDisposable off = no_grad();
        (Tensor x, Tensor w, Tensor b) = (Half(1, 1, rows, 2 * inputs)[.., .., ..(int)inputs], Half(2, 50, inputs), Half(3, 50));
        Tensor y = Compute.Linear(x, w, b);
        Tensor wide = nn.functional.linear(x.to(ScalarType.Float64), w.to(ScalarType.Float64), b.to(ScalarType.Float64));

        Assert.Equal(ScalarType.BFloat16, y.dtype);
        Assert.Equal(wide.shape, y.shape);
        Assert.InRange(Gap(y, wide), 0, inputs > 1000 ? 1 : 0.2);
        Assert.InRange(Gap(Compute.Linear(x.to(ScalarType.Float32), w, b), wide), 0, 1e-3);
    }

    private static double Gap(Tensor a, Tensor b) => (a - b).abs().max().to(ScalarType.Float64).item<double>();

    private static Tensor Half(int seed, params long[] shape) => Random(seed, shape).to(ScalarType.BFloat16);

    private static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, generator: generator);
    }
}
