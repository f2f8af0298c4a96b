using System.Numerics;
using TorchSharp;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Tests.Engine;

/// <summary>Against torch's product in float64. A sum of 131 products of standard normal numbers is some 11, and float32 keeps 7 digits.</summary>
public sealed unsafe class FewRowsTests : IDisposable
{
    private const double Near = 1e-4;
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<int> Rows() => [.. Enumerable.Range(1, 16)];

    // Inputs below, at, and beside every vector width (4 to 16 numbers); outputs that fours do and do not divide.
    [Theory]
    [MemberData(nameof(Rows))]
    public void It_is_the_product_at_all_sizes(int rows)
    {
        foreach (int inputs in (int[])[1, 3, 7, 8, 15, 16, 17, 32, 67, 128, 131])
            foreach (int outputs in (int[])[1, 2, 3, 4, 5, 11, 16])
            {
                (Tensor x, Tensor w) = (Random(1, rows, inputs), Random(2, outputs, inputs));
                Tensor y = full([rows, outputs], float.NaN);
                FewRows.Multiply(At(x), inputs, rows, inputs, At(w), inputs, outputs, At(y), outputs);
                Assert.InRange(Gap(y, Product(x, w)), 0, Near);

                Tensor half = w.to(ScalarType.BFloat16);
                FewRows.Multiply(At(x), inputs, rows, inputs, TensorMemory.BFloat16s(half), inputs, outputs, At(y), outputs);
                Assert.InRange(Gap(y, Product(x, half)), 0, Near);
            }
    }

    // Ties, overflow, denormals and what is no number, as libtorch has them.
    [Fact]
    public void Rounding_to_bfloat16_and_back_is_libtorchs()
    {
        Tensor numbers = cat([Random(4, 1000) * 1e3, Random(5, 1000) * 1e-40, tensor([0f, -0f, 1.00390625f, 1.01171875f,
            float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity])]);
        float[] wanted = numbers.to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray();

        Assert.Equal(wanted, numbers.data<float>().ToArray().Select(number => (float)(BFloat16)number));
        Assert.True(float.IsNaN((float)(BFloat16)float.NaN));
    }

    // Three columns beside each matrix's own, and what lies in those of y stays.
    [Fact]
    public void Rows_may_lie_apart()
    {
        (int rows, int inputs, int outputs) = (6, 21, 7);
        (Tensor x, Tensor w, Tensor y) = (Random(1, rows, inputs + 3), Random(2, outputs, inputs + 3), ones(rows, outputs + 3));
        FewRows.Multiply(At(x), inputs + 3, rows, inputs, At(w), inputs + 3, outputs, At(y), outputs + 3);

        Assert.InRange(Gap(y[.., ..outputs], Product(x[.., ..inputs], w[.., ..inputs])), 0, Near);
        Assert.Equal(1, (y[.., outputs..] == 1).to(ScalarType.Float32).mean().item<float>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_added_is_one_row_for_all_or_a_row_each(bool shared)
    {
        (int rows, int inputs, int outputs) = (5, 19, 6);
        (Tensor x, Tensor w, Tensor s) = (Random(1, rows, inputs), Random(2, outputs, inputs), Random(3, shared ? 1 : rows, outputs));
        Tensor y = empty(rows, outputs);
        FewRows.Multiply(At(x), inputs, rows, inputs, At(w), inputs, outputs, At(y), outputs, At(s), shared ? 0 : outputs);

        Assert.InRange(Gap(y, Product(x, w) + s), 0, Near);
    }

    [Fact]
    public void The_result_may_lie_where_the_summand_lay()
    {
        (Tensor x, Tensor w, Tensor y) = (Random(1, 9, 40), Random(2, 10, 40), Random(3, 9, 10));
        Tensor wanted = Product(x, w) + y;
        FewRows.Multiply(At(x), 40, 9, 40, At(w), 40, 10, At(y), 10, At(y), 10);

        Assert.InRange(Gap(y, wanted), 0, Near);
    }

    // Bit by bit: in fours or alone, with whole vectors or a rest.
    [Theory]
    [InlineData(64)]
    [InlineData(61)]
    public void A_number_does_not_depend_on_what_is_computed_beside_it(int inputs)
    {
        (Tensor x, Tensor w) = (Random(1, 7, inputs), Random(2, 9, inputs));
        Tensor whole = empty(7, 9);
        FewRows.Multiply(At(x), inputs, 7, inputs, At(w), inputs, 9, At(whole), 9);
        for (int r = 0; r < 7; r++)
            for (int o = 0; o < 9; o++)
            {
                float alone;
                FewRows.Multiply(At(x) + r * inputs, inputs, 1, inputs, At(w) + o * inputs, inputs, 1, &alone, 1);
                Assert.Equal(whole[r, o].item<float>(), alone);
            }
    }

    [Fact]
    public void This_machine_has_vectors_of_the_width_that_the_sizes_above_straddle() =>
        Assert.InRange(Vector<float>.Count, 4, 16);

    private static float* At(Tensor tensor) => TensorMemory.Floats(tensor);

    private static Tensor Product(Tensor x, Tensor w) => x.to(ScalarType.Float64).matmul(w.to(ScalarType.Float64).t());

    // NaN, which is in no range, where a number was not written.
    private static double Gap(Tensor y, Tensor wanted) => (y - wanted).abs().max().item<double>();

    private static Tensor Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return randn(shape, generator: generator);
    }
}
