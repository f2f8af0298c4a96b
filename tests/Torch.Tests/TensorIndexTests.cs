using TorchSharp;
using static TorchSharp.torch;

namespace Torch.Tests;

/// <summary>Reading and writing with brackets. The cube, 2 by 3 by 4, holds 100 i + 10 j + k at [i, j, k].</summary>
public class TensorIndexTests
{
    private static Tensor Cube
    {
        get
        {
            var numbers = new double[24];
            for (int i = 0; i < 24; i++)
                numbers[i] = 100 * (i / 12) + 10 * (i / 4 % 3) + i % 4;
            return tensor(numbers, [2, 3, 4]);
        }
    }

    [Fact]
    public void Numbers_take_a_dimension_away()
    {
        Expect.Row(Cube[1][2], 120, 121, 122, 123);
        Expect.Row(Cube[1, 2], 120, 121, 122, 123);
        Expect.Number(123, Cube[1, 2, 3]);
        Expect.Number(123, Cube[-1, -1, -1]);
        Expect.Number(123, Cube.unsqueeze(0)[0, 1, 2, 3]);
        Expect.Number(123, Cube[(long[])[1, 2, 3]]);
        Expect.Row(Cube[^1][^1], 120, 121, 122, 123);
        Expect.Row(Cube.index(TensorIndex.Single(1), TensorIndex.Single(2)), 120, 121, 122, 123);
    }

    [Fact]
    public void Ranges_keep_a_dimension()
    {
        Expect.Numbers(Cube[1, 1.., 2..], [2, 2], [112, 113, 122, 123]);
        Expect.Numbers(Cube[0, ..^1, 0..1], [2, 1], [0, 10]);
        Expect.Numbers(Cube[1, 0, ^2..], [2], [102, 103]);
        Expect.Numbers(Cube[.., 0, 0], [2], [0, 100]);
        Expect.Numbers(Cube[TensorIndex.Colon, 0, TensorIndex.Slice(0, null, 3)], [2, 2], [0, 3, 100, 103]);
        Expect.Numbers(Cube[1, 0, TensorIndex.Slice(1, 3)], [2], [101, 102]);
        Expect.Numbers(Cube[1, 0, (1, 3)], [2], [101, 102]);
        Expect.Numbers(Cube[1, 0, ^0..], [0], []);
    }

    [Fact]
    public void The_rest_and_new_dimensions_fill_in()
    {
        Expect.Numbers(Cube[TensorIndex.Ellipsis, 3], [2, 3], [3, 13, 23, 103, 113, 123]);
        Expect.Numbers(Cube[1, TensorIndex.Ellipsis, 3], [3], [103, 113, 123]);
        Expect.Numbers(Cube[TensorIndex.None, 1, TensorIndex.Null, 0], [1, 1, 4], [100, 101, 102, 103]);
        Assert.Equal([1, 2, 3, 4], Cube[TensorIndex.Bool(true)].shape);
        Assert.Equal([0, 2, 3, 4], Cube[TensorIndex.Bool(false)].shape);
    }

    [Fact]
    public void Tensors_choose_places_or_mask_them()
    {
        using Tensor rows = tensor((long[])[2, 0]), columns = tensor((long[])[3, 1]);
        Expect.Numbers(Cube[1][rows], [2, 4], [120, 121, 122, 123, 100, 101, 102, 103]);
        Expect.Row(Cube[1][rows, columns], 123, 101);
        Expect.Row(Cube[1].index(rows, columns), 123, 101);
        Expect.Numbers(
            Cube[TensorIndex.Colon, TensorIndex.Tensor(rows), 0], [2, 2], [20, 0, 120, 100]);
        Expect.Row(Cube[TensorIndex.Single(1), TensorIndex.Tensor(rows), TensorIndex.Tensor(columns)], 123, 101);
        using Tensor mask = Cube > 121;
        Expect.Row(Cube[mask], 122, 123);
        Expect.Row(Cube[1][TensorIndex.Tensor(mask[1])], 122, 123);
        Expect.Row(Cube[TensorIndex.Ellipsis, TensorIndex.Tensor(columns)][0, 0], 3, 1);
    }

    [Fact]
    public void Brackets_write_where_they_read()
    {
        using Tensor cube = zeros(2, 3, 4, ScalarType.Float64);
        cube[1, 2, 3] = 5;
        cube[0, TensorIndex.Slice(1, 3), 0] = tensor((double[])[6, 7]);
        cube[0][0] = tensor((double[])[1, 2, 3, 4], [1, 4]);          // a leading 1 is dropped
        cube[TensorIndex.Single(1), TensorIndex.Tensor(tensor((long[])[0, 1])), TensorIndex.Single(0)] = 8;
        Expect.Numbers(
            cube.alias(), [2, 3, 4],
            [1, 2, 3, 4, 6, 0, 0, 0, 7, 0, 0, 0, 8, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 5]);
        cube[cube > 4] = -1;
        Expect.Numbers(cube.sum(), [], [10 - 5]);                     // 1 + 2 + 3 + 4 and five times -1
        cube[(long[])[0, 0]] = 0;
        cube[0] = 2;
        cube[0, 1] = 3;
        Expect.Numbers(cube[0].sum(), [], [8 + 12 + 8]);
        cube.unsqueeze(0)[0, 0, 0, 0] = 4;
        Expect.Number(4, cube[0, 0, 0]);
    }

    [Fact]
    public void Repeated_places_add_up_when_asked_to()
    {
        using Tensor row = zeros(3), places = tensor((long[])[1, 1, 2]), ones = torch.ones(3);
        Expect.Row(row.index_put_(ones, [places], accumulate: true).alias(), 0, 2, 1);
        Expect.Row(row.index_put_(ones, [TensorIndex.Tensor(places)], accumulate: true).alias(), 0, 4, 2);
        Expect.Row(row.index_put_(ones, places).alias(), 0, 1, 1);
        Expect.Row(row.index_put_(7, TensorIndex.Single(0)).alias(), 7, 1, 1);
        Expect.Row(row.index_put_(9, places).alias(), 7, 9, 9);
        Expect.Row(row.index_put_(ones, [TensorIndex.Colon], accumulate: true).alias(), 8, 10, 10);
    }

    [Fact]
    public void A_view_read_with_brackets_carries_gradients_and_leaves_nothing_behind()
    {
        using Tensor x = tensor((double[])[1, 2, 3], requires_grad: true);
        using (Tensor square = x[1..] * x[..^1])                        // x1 x0, x2 x1
            square.sum().backward();
        Expect.Row(x.grad!, 2, 1 + 3, 2);
    }

    [Fact]
    public void An_index_beyond_the_end_is_refused() =>
        Assert.ThrowsAny<System.Runtime.InteropServices.ExternalException>(() => Cube[0, 3]);
}
