using TorchSharp;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Tests.Layers;

/// <summary>The fused kernel, from 256 rows on, and the three operators below it are one function with one gradient.</summary>
public sealed class FullAttentionTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(255, false)]
    [InlineData(255, true)]
    [InlineData(256, false)]
    [InlineData(256, true)]
    [InlineData(300, false)]
    public void Results_and_gradients_are_those_of_the_formula_in_float64(long n, bool hidden)
    {
        Tensor[] ours = [.. Enumerable.Range(1, 3).Select(seed => Random(seed, 2, 3, n, 8).requires_grad_())];
        Tensor[] exact = [.. ours.Select(x => x.detach().to(ScalarType.Float64).requires_grad_())];
        Tensor? bias = hidden ? Masks.LeftPadding([200, (int)n], (int)n, CPU)!.view(2, 1, 1, n) : null;
        Tensor weights = Random(4, 2, 3, n, 8);

        Tensor mixed = FullAttention.Mix(ours[0], ours[1], ours[2], bias), wanted = Formula(exact, bias);
        (mixed * weights).sum().backward();
        (wanted * weights).sum().backward();

        Assert.InRange(Gap(mixed, wanted), 0, 1e-5);
        Assert.All(ours.Zip(exact), pair => Assert.InRange(Gap(pair.First.grad!, pair.Second.grad!), 0, 1e-4));
        Assert.All(exact, x => Assert.InRange(x.grad!.abs().max().item<double>(), 0.1, 100));
    }

    // A prompt's 200 rows are the last; what lies before them changes nothing.
    [Theory]
    [InlineData(255)]
    [InlineData(300)]
    public void Hidden_rows_count_for_nothing(long n)
    {
        (Tensor q, Tensor k, Tensor v) = (Random(1, 1, 2, n, 8), Random(2, 1, 2, n, 8), Random(3, 1, 2, n, 8));
        Tensor bias = Masks.LeftPadding([200], (int)n, CPU)!.view(1, 1, 1, n);
        Tensor first = FullAttention.Mix(q, k, v, bias);
        Tensor other = FullAttention.Mix(q, Stirred(k, n), Stirred(v, n), bias);

        Assert.Equal(0, Gap(first, other));
        Assert.InRange(Gap(first, FullAttention.Mix(q, k, v)), 1e-3, 10);
    }

    private static Tensor Stirred(Tensor x, long n) => cat([x.narrow(2, 0, n - 200) * 2 + 1, x.narrow(2, n - 200, 200)], 2);

    private static Tensor Formula(Tensor[] x, Tensor? bias)
    {
        Tensor scores = x[0].matmul(x[1].transpose(2, 3)) / Math.Sqrt(8);
        return (bias is null ? scores : scores + bias).softmax(-1).matmul(x[2]);
    }

    private static double Gap(Tensor a, Tensor b) => (a - b).abs().max().to(ScalarType.Float64).item<double>();

    private static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, generator: generator);
    }
}
