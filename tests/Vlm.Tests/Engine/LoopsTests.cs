using TorchSharp;
using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Tests.Engine;

/// <summary>Rows that vectors of 4 to 16 numbers do and do not divide, against torch's operators.</summary>
public sealed unsafe class LoopsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<int> Counts() => [1, 3, 8, 15, 16, 17, 33, 64, 70];

    // An epsilon that counts.
    [Theory]
    [MemberData(nameof(Counts))]
    public void A_norm_is_that_of_the_layer(int count)
    {
        (Tensor x, Tensor w) = (Random(1, count), Random(2, count));
        Tensor y = full(count, float.NaN), wanted = w * x / (x.square().mean() + 0.5).sqrt();
        Loops.RootNorm(At(x), At(w), At(y), count, 0.5);
        Near(wanted, y);
        Loops.RootNorm(At(x), At(w), At(x), count, 0.5);
        Near(y, x, within: 0);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(6)]
    [InlineData(64)]
    public void A_turn_is_that_of_Rope(int d)
    {
        Tensor x = Random(1, d);
        var rope = Rope.At(full([1, 1], 5), d, theta: 100);
        Tensor wanted = rope.Rotate(x.view(1, 1, 1, d)).view(d) * 0.25;
        Loops.Rotate(At(x), At(rope.Cos), At(rope.Sin), d, 0.25f);

        Near(wanted, x);
    }

    // Up to e^200, which float32 does not hold.
    [Theory]
    [MemberData(nameof(Counts))]
    public void Softmax_is_torchs_and_does_not_overflow(int count)
    {
        Tensor x = Random(1, count) * 3 + 200;
        Tensor wanted = x.softmax(0);
        Loops.Softmax(At(x), count);

        Near(wanted, x);
    }

    [Theory]
    [MemberData(nameof(Counts))]
    public void The_gate_is_silu_times_what_it_lets_through(int count)
    {
        (Tensor gate, Tensor up) = (Random(1, count) * 3, Random(2, count));
        Tensor wanted = nn.functional.silu(gate) * up;
        Loops.Gated(At(gate), At(up), count);

        Near(wanted, gate);
    }

    private static float* At(Tensor tensor) => TensorMemory.Floats(tensor);

    private static void Near(Tensor wanted, Tensor got, double within = 2e-6) =>
        Assert.Equal(wanted.data<float>().ToArray(), got.data<float>().ToArray(), (a, b) => Math.Abs(a - b) <= within * (1 + Math.Abs(a)));

    private static Tensor Random(int seed, int count)
    {
        using var generator = new Generator((ulong)seed);
        return randn(count, generator: generator);
    }
}
