using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorShapeTests
{
    // 0 1 2
    // 3 4 5
    private static Tensor M => arange(6).reshape(2, 3);

    [Fact]
    public void The_same_numbers_take_other_shapes()
    {
        Expect.Numbers(M.reshape(3, -1), [3, 2], [0, 1, 2, 3, 4, 5]);
        Expect.Numbers(reshape(M, 6), [6], [0, 1, 2, 3, 4, 5]);
        Expect.Numbers(M.view(3, 2), [3, 2], [0, 1, 2, 3, 4, 5]);
        Expect.Numbers(M.view_as(zeros(1, 6)), [1, 6], [0, 1, 2, 3, 4, 5]);
        Assert.Equal([6], M.flatten().shape);
        Assert.Equal([2, 3], M.unsqueeze(0).flatten(0, 1).shape);
        Assert.Equal([2, 3], flatten(M.unsqueeze(2), 1).shape);
        Assert.Equal([6], M.ravel().shape);
        Assert.Equal([2, 3, 1], M.unflatten(1, 3, 1).shape);
        Assert.Equal([2, 1, 3], M.unsqueeze(1).shape);
        Assert.Equal([2, 3, 1], unsqueeze(M, -1).shape);
        Assert.Equal([1, 2, 3], M.unsqueeze_(0).shape);
        Assert.Equal([2, 3], M.unsqueeze(0).squeeze().shape);
        Assert.Equal([2, 3, 1], M.unsqueeze(0).unsqueeze(3).squeeze(0).shape);
        Assert.Equal([2, 3], squeeze(M.unsqueeze(0), 0).shape);
        Assert.Equal([2, 3], M.unsqueeze(0).squeeze_(0).shape);
        Assert.Equal([2, 3], M.unsqueeze(0).squeeze_().shape);
    }

    [Fact]
    public void Dimensions_change_places()
    {
        double[] turned = [0, 3, 1, 4, 2, 5];
        foreach (Tensor t in new[]
        {
            M.t(), t(M), M.transpose(0, 1), transpose(M, 0, 1), M.permute(1, 0), permute(M, 1, 0), M.swapaxes(0, 1),
            M.swapdims(0, 1), M.movedim([0], [1]), movedim(M, 0, 1), M.moveaxis([0], [1]), M.transpose_(0, 1),
            M.adjoint(),
        })
            Expect.Numbers(t, [3, 2], turned);
        Assert.False(M.t().is_contiguous());
        Assert.True(M.t().contiguous().is_contiguous());
        Assert.Equal([1, 3], M.t().stride());
        Assert.Equal(3, M.t().stride(1));
    }

    [Fact]
    public void Small_dimensions_stretch_without_a_copy()
    {
        using Tensor column = tensor((double[])[7, 8]).unsqueeze(1);
        foreach (Tensor wide in new[]
        {
            column.expand(2, 3), column.expand((long[])[2, -1], false).expand(2, 3), column.expand_as(M),
            column.broadcast_to(2, 3),
        })
        {
            Assert.Equal(0, wide.stride(1));
            Expect.Numbers(wide, [2, 3], [7, 7, 7, 8, 8, 8]);
        }
    }

    [Fact]
    public void Numbers_repeat()
    {
        using Tensor row = tensor((long[])[1, 2]);
        Expect.Row(row.repeat(2), 1, 2, 1, 2);
        Expect.Numbers(row.repeat(2, 1), [2, 2], [1, 2, 1, 2]);
        Expect.Row(row.tile([2]), 1, 2, 1, 2);
        Expect.Row(row.repeat_interleave(2), 1, 1, 2, 2);
        Expect.Row(repeat_interleave(row, 2), 1, 1, 2, 2);
        Expect.Row(row.repeat_interleave(tensor((long[])[1, 3])), 1, 2, 2, 2);
        Expect.Numbers(M.repeat_interleave(2, dim: 0), [4, 3], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]);
    }

    [Fact]
    public void Numbers_turn_and_mirror()
    {
        Expect.Numbers(M.flip(1), [2, 3], [2, 1, 0, 5, 4, 3]);
        Expect.Numbers(flip(M, 0, 1), [2, 3], [5, 4, 3, 2, 1, 0]);
        Expect.Numbers(M.fliplr(), [2, 3], [2, 1, 0, 5, 4, 3]);
        Expect.Numbers(M.flipud(), [2, 3], [3, 4, 5, 0, 1, 2]);
        Expect.Numbers(M.roll(1, 1), [2, 3], [2, 0, 1, 5, 3, 4]);
        Expect.Numbers(roll(M, 2), [2, 3], [4, 5, 0, 1, 2, 3]);
        Expect.Numbers(M.roll([1, 1], [0, 1]), [2, 3], [5, 3, 4, 2, 0, 1]);
    }

    [Fact]
    public void Triangles_and_diagonals_are_cut_out()
    {
        Expect.Numbers(M.tril(), [2, 3], [0, 0, 0, 3, 4, 0]);
        Expect.Numbers(M.triu(), [2, 3], [0, 1, 2, 0, 4, 5]);
        Expect.Numbers(triu(M, 1), [2, 3], [0, 1, 2, 0, 0, 5]);
        Expect.Numbers(tril(M, 1), [2, 3], [0, 1, 0, 3, 4, 5]);
        Expect.Numbers(M.tril_(), [2, 3], [0, 0, 0, 3, 4, 0]);
        Expect.Numbers(M.triu_(), [2, 3], [0, 1, 2, 0, 4, 5]);
        Expect.Row(M.diag(), 0, 4);
        Expect.Numbers(diag(tensor((long[])[2, 3])), [2, 2], [2, 0, 0, 3]);
        Expect.Row(M.diagonal(1), 1, 5);
        Expect.Numbers(tensor((long[])[2, 3]).diag_embed(), [2, 2], [2, 0, 0, 3]);
        Expect.Numbers(tril_indices(2, 2), [2, 3], [0, 1, 1, 0, 0, 1]);
        Expect.Numbers(triu_indices(2, 2), [2, 3], [0, 0, 1, 0, 1, 1]);
    }

    [Fact]
    public void Windows_overlap()
    {
        Expect.Numbers(arange(5).unfold(0, 3, 2), [2, 3], [0, 1, 2, 2, 3, 4]);
        Expect.Numbers(arange(5).as_strided([2, 2], [2, 1], 1), [2, 2], [1, 2, 3, 4]);
    }

    [Fact]
    public void One_tensor_becomes_several()
    {
        static void Parts(Tensor[] parts, params double[][] expected)
        {
            Assert.Equal(expected.Length, parts.Length);
            foreach ((Tensor part, double[] numbers) in parts.Zip(expected))
                Expect.Row(part, numbers);
        }

        Parts(arange(5).chunk(2), [0, 1, 2], [3, 4]);
        Parts(chunk(arange(5), 2), [0, 1, 2], [3, 4]);
        Parts(arange(5).split(2, 0), [0, 1], [2, 3], [4]);
        Parts(arange(5).split([1, 4], 0), [0], [1, 2, 3, 4]);
        Parts(arange(5).tensor_split(2, 0), [0, 1, 2], [3, 4]);
        Parts(arange(5).tensor_split([1, 3], 0), [0], [1, 2], [3, 4]);
        Parts(M.unbind(), [0, 1, 2], [3, 4, 5]);
        Parts(M.unbind(1), [0, 3], [1, 4], [2, 5]);
    }

    [Fact]
    public void Several_tensors_become_one()
    {
        using Tensor a = tensor((long[])[1, 2]), b = tensor((long[])[3, 4]);
        foreach (Tensor row in new[]
        {
            cat([a, b]), cat((IList<Tensor>)[a, b]), cat((ReadOnlySpan<Tensor>)[a, b]), concat([a, b]),
            concat((IList<Tensor>)[a, b]), concat((ReadOnlySpan<Tensor>)[a, b]), hstack(a, b),
            hstack((IList<Tensor>)[a, b]),
        })
            Expect.Row(row, 1, 2, 3, 4);
        foreach (Tensor rows in new[] { stack([a, b]), vstack([a, b]), vstack((IList<Tensor>)[a, b]) })
            Expect.Numbers(rows, [2, 2], [1, 2, 3, 4]);
        Expect.Numbers(stack([a, b], 1), [2, 2], [1, 3, 2, 4]);
        Expect.Numbers(column_stack(a, b), [2, 2], [1, 3, 2, 4]);
        Expect.Numbers(dstack(a, b), [1, 2, 2], [1, 3, 2, 4]);
        Expect.Numbers(cat([a.unsqueeze(0), b.unsqueeze(0)], 1), [1, 4], [1, 2, 3, 4]);
        Expect.Numbers(block_diag(a, b), [2, 4], [1, 2, 0, 0, 0, 0, 3, 4]);
        Expect.Numbers(cartesian_prod(a, b), [4, 2], [1, 3, 1, 4, 2, 3, 2, 4]);
        Tensor[] grid = meshgrid([a, b]);
        Expect.Numbers(grid[0], [2, 2], [1, 1, 2, 2]);
        Expect.Numbers(grid[1], [2, 2], [3, 4, 3, 4]);
        IList<Tensor> wide = broadcast_tensors(a.unsqueeze(1), b);
        Expect.Numbers(wide[0], [2, 2], [1, 1, 2, 2]);
        Expect.Numbers(wide[1], [2, 2], [3, 4, 3, 4]);
    }

    [Fact]
    public void Views_share_memory_and_clones_do_not()
    {
        using Tensor m = M;
        using Tensor copy = m.clone(), view = m[1], same = m.detach();
        view.fill_(9);
        Expect.Numbers(m.alias(), [2, 3], [0, 1, 2, 9, 9, 9]);
        Expect.Numbers(copy.alias(), [2, 3], [0, 1, 2, 3, 4, 5]);
        Expect.Numbers(same.alias(), [2, 3], [0, 1, 2, 9, 9, 9]);
        same.zero_();
        Expect.Number(0, m.sum());
        m.set_(copy);
        Expect.Numbers(m.alias(), [2, 3], [0, 1, 2, 3, 4, 5]);
        m.copy_(ones(2, 3));
        Expect.Number(6, copy.sum());
    }
}
