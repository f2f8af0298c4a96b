using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorSelectTests
{
    // 10 11 12
    // 20 21 22
    private static Tensor M => tensor((double[])[10, 11, 12, 20, 21, 22], [2, 3]);

    private static Tensor Places(params long[] places) => tensor(places);

    [Fact]
    public void Parts_of_a_dimension_are_views()
    {
        Expect.Numbers(M.narrow(1, 1, 2), [2, 2], [11, 12, 21, 22]);
        Expect.Numbers(narrow(M, 0, 1, 1), [1, 3], [20, 21, 22]);
        Expect.Row(M.select(1, 2), 12, 22);
        Expect.Row(select(M, 0, 1), 20, 21, 22);
        Expect.Numbers(M.slice(1, 0, 3, 2), [2, 2], [10, 12, 20, 22]);
    }

    [Fact]
    public void Numbers_are_gathered_and_scattered_along_a_dimension()
    {
        using Tensor index = Places(2, 0).unsqueeze(1);
        Expect.Numbers(M.gather(1, index), [2, 1], [12, 20]);
        Expect.Numbers(gather(M, 1, index), [2, 1], [12, 20]);
        Expect.Numbers(M.take_along_dim(index, 1), [2, 1], [12, 20]);
        Expect.Row(M.take_along_dim(Places(5, 1)), 22, 11);
        Expect.Row(M.take(Places(5, 1)), 22, 11);
        using Tensor source = tensor((double[])[1, 2], [2, 1]);
        foreach (Tensor placed in new[]
        {
            M.scatter(1, index, source), M.scatter_(1, index, source), scatter(M, 1, index, source),
        })
            Expect.Numbers(placed, [2, 3], [10, 11, 1, 2, 21, 22]);
        foreach (Tensor added in new[]
        {
            M.scatter_add(1, index, source), M.scatter_add_(1, index, source), scatter_add(M, 1, index, source),
        })
            Expect.Numbers(added, [2, 3], [10, 11, 13, 22, 21, 22]);
    }

    // Row 0 twice: with alpha 2, 10 + 2 * (1 + 3) and so on.
    [Fact]
    public void Whole_slices_are_read_and_written_by_index()
    {
        Expect.Numbers(M.index_select(1, Places(2, 0)), [2, 2], [12, 10, 22, 20]);
        Expect.Numbers(index_select(M, 0, Places(1)), [1, 3], [20, 21, 22]);
        using Tensor twice = tensor((double[])[1, 1, 1, 3, 3, 3], [2, 3]);
        foreach (Tensor added in new[]
        {
            M.index_add(0, Places(0, 0), twice, 2), M.index_add_(0, Places(0, 0), twice, 2),
            index_add(M, 0, Places(0, 0), twice, 2),
        })
            Expect.Numbers(added, [2, 3], [18, 19, 20, 20, 21, 22]);
        foreach (Tensor copied in new[] { M.index_copy(0, Places(1, 0), twice), M.index_copy_(0, Places(1, 0), twice) })
            Expect.Numbers(copied, [2, 3], [3, 3, 3, 1, 1, 1]);
        foreach (Tensor filled in new[] { M.index_fill(1, Places(1), 5), M.index_fill_(1, Places(1), 5) })
            Expect.Numbers(filled, [2, 3], [10, 5, 12, 20, 5, 22]);
    }

    [Fact]
    public void Masks_choose_numbers()
    {
        using Tensor mask = M > 11.5;
        Expect.Row(M.masked_select(mask), 12, 20, 21, 22);
        foreach (Tensor filled in new[] { M.masked_fill(mask, 0), M.masked_fill_(mask, 0) })
            Expect.Numbers(filled, [2, 3], [10, 11, 0, 0, 0, 0]);
        using Tensor values = tensor((double[])[1, 2, 3, 4]);
        foreach (Tensor filled in new[] { M.masked_scatter(mask, values), M.masked_scatter_(mask, values) })
            Expect.Numbers(filled, [2, 3], [10, 11, 1, 2, 3, 4]);
        Expect.Numbers(mask.nonzero(), [4, 2], [0, 2, 1, 0, 1, 1, 1, 2]);
        Expect.Numbers(nonzero(mask), [4, 2], [0, 2, 1, 0, 1, 1, 1, 2]);
        Expect.Numbers(mask.argwhere(), [4, 2], [0, 2, 1, 0, 1, 1, 1, 2]);
    }
}
