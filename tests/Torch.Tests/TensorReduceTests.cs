using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorReduceTests
{
    // 1 5 2
    // 4 3 6
    private static Tensor M => from_array(new double[,] { { 1, 5, 2 }, { 4, 3, 6 } });

    [Fact]
    public void Sums_run_over_all_or_over_chosen_dimensions()
    {
        Expect.Number(21, M.sum());
        Expect.Number(21, sum(M));
        Expect.Row(M.sum(dim: 0), 5, 8, 8);
        Expect.Row(sum(M, dim: 0), 5, 8, 8);
        Expect.Numbers(M.sum(1, keepdim: true), [2, 1], [8, 13]);
        Expect.Number(21, M.sum(0, 1));
        Expect.Number(21, M.unsqueeze(0).sum(0, 1, 2));
        Expect.Row(M.sum((long[])[1]), 8, 13);
        Expect.Row(M.sum((ReadOnlySpan<long>)[1]), 8, 13);
        Assert.Equal(ScalarType.Float32, M.sum(ScalarType.Float32).dtype);
        Assert.Throws<ArgumentException>(() => M.sum(0));    // C# reads ScalarType.Byte, number 0
        Assert.Throws<ArgumentException>(() => M.prod(0));
        Assert.Equal(ScalarType.Float32, M.sum(0, type: ScalarType.Float32).dtype);
    }

    [Fact]
    public void Means_and_products_run_over_all_or_over_chosen_dimensions()
    {
        Expect.Number(3.5, M.mean());
        Expect.Number(3.5, mean(M));
        Expect.Row(M.mean([0]), 2.5, 4, 4);
        Expect.Numbers(M.mean([1], keepdim: true), [2, 1], [8.0 / 3, 13.0 / 3], 1e-15);
        Expect.Number(3.5, M.@int().mean([0, 1], type: ScalarType.Float64));
        Expect.Number(720, M.prod());
        Expect.Row(M.prod(1), 10, 72);
        Expect.Row(prod(M, dim: 0), 4, 15, 12);
    }

    [Fact]
    public void Extremes_come_with_their_places()
    {
        Expect.Number(6, M.max());
        Expect.Number(6, max(M));
        Expect.Number(1, M.min());
        Expect.Number(1, min(M));
        (Tensor values, Tensor places) = M.max(1);
        Expect.Row(values, 5, 6);
        Expect.Row(places, 1, 2);
        (values, places) = M.min(0);
        Expect.Row(values, 1, 3, 2);
        Expect.Row(places, 0, 1, 0);
        (values, places) = max(M, 0, keepdim: true);
        Expect.Numbers(values, [1, 3], [4, 5, 6]);
        Expect.Numbers(places, [1, 3], [1, 0, 1]);
        Expect.Row(M.amax(1), 5, 6);
        Expect.Row(M.amin(0), 1, 3, 2);
        Expect.Numbers(M.amax((long[])[1], true), [2, 1], [5, 6]);
        Expect.Numbers(M.amin((long[])[1], true), [2, 1], [1, 3]);
        using Tensor given = empty(2, ScalarType.Float64);
        Assert.Same(given, M.amax((long[])[1], false, given));
        Expect.Row(given.alias(), 5, 6);
        Assert.Same(given, M.amin((long[])[1], false, given));
        Expect.Row(given.alias(), 1, 3);
        (Tensor low, Tensor high) = M.aminmax(1);
        Expect.Row(low, 1, 3);
        Expect.Row(high, 5, 6);
        Expect.Number(5, M.argmax());
        Expect.Row(M.argmax(0), 1, 0, 1);
        Expect.Row(argmax(M, 1), 1, 2);
        Expect.Number(0, M.argmin());
        Expect.Row(M.argmin(1), 0, 1);
    }

    // Deviations of 1 5 2 from 8/3: squares sum to 78/9; of all six numbers from 3.5: 17.5.
    [Fact]
    public void Variance_divides_by_one_less_than_the_count_unless_told_otherwise()
    {
        Expect.Number(17.5 / 5, M.var(), 1e-15);
        Expect.Number(17.5 / 6, M.var(unbiased: false), 1e-15);
        Expect.Number(17.5 / 5, var(M), 1e-15);
        Expect.Numbers(M.var(1), [2], [78.0 / 9 / 2, 42.0 / 9 / 2], 1e-15);
        Expect.Numbers(M.var([1], unbiased: false, keepdim: true), [2, 1], [78.0 / 27, 42.0 / 27], 1e-15);
        Expect.Number(Math.Sqrt(17.5 / 5), M.std(), 1e-15);
        Expect.Number(Math.Sqrt(17.5 / 6), std(M, unbiased: false), 1e-15);
        Expect.Numbers(M.std(1), [2], [Math.Sqrt(39.0 / 9), Math.Sqrt(21.0 / 9)], 1e-15);
        Expect.Numbers(M.std([1]), [2], [Math.Sqrt(39.0 / 9), Math.Sqrt(21.0 / 9)], 1e-15);
        (Tensor spread, Tensor centre) = M.std_mean(1);
        Expect.Numbers(spread, [2], [Math.Sqrt(39.0 / 9), Math.Sqrt(21.0 / 9)], 1e-15);
        Expect.Numbers(centre, [2], [8.0 / 3, 13.0 / 3], 1e-15);
        (spread, centre) = M.var_mean(0);
        Expect.Row(spread, 4.5, 2, 8);
        Expect.Row(centre, 2.5, 4, 4);
    }

    // 1 + 25 + 4 = 30, 16 + 9 + 36 = 61
    [Fact]
    public void Norms_are_of_the_asked_order()
    {
        Expect.Number(Math.Sqrt(91), M.norm(), 1e-15);
        Expect.Number(Math.Sqrt(91), norm(M), 1e-15);
        Expect.Number(21, M.norm(1f));
        Expect.Numbers(M.norm(1, false, 2), [2], [Math.Sqrt(30), Math.Sqrt(61)], 1e-15);
        Expect.Numbers(linalg.vector_norm(M, 2, [1]), [2], [Math.Sqrt(30), Math.Sqrt(61)], 1e-15);
        Expect.Number(6, linalg.vector_norm(M, double.PositiveInfinity));
        Expect.Number(Math.Sqrt(91), linalg.norm(M), 1e-15);
        Expect.Row(linalg.norm(M, 1.0, [1]), 8, 13);
        Expect.Number(5, tensor((double[])[1, 5]).dist(tensor((double[])[4, 1])));
    }

    [Fact]
    public void Truth_values_are_summed_up()
    {
        using Tensor m = from_array(new[,] { { true, false }, { true, true } });
        Expect.Number(1, m.any());
        Expect.Number(0, m.all());
        Expect.Row(m.any(1), 1, 1);
        Expect.Row(m.all(0), 1, 0);
        Expect.Row(all(m, 1), 0, 1);
        Expect.Number(3, m.count_nonzero());
        Expect.Row(m.count_nonzero([0]), 2, 1);
    }

    [Fact]
    public void Soft_maxima_agree_with_exponentials_summed_by_hand()
    {
        double[] e = [Math.Exp(1), Math.Exp(5), Math.Exp(2)];
        double total = e.Sum();
        Expect.Numbers(M[0].softmax(0), [3], [.. e.Select(x => x / total)], 1e-14);
        Expect.Numbers(softmax(M, 1)[0], [3], [.. e.Select(x => x / total)], 1e-14);
        Expect.Numbers(M[0].log_softmax(0), [3], [.. e.Select(x => Math.Log(x / total))], 1e-14);
        Expect.Numbers(M.logsumexp(1)[0], [], [Math.Log(total)], 1e-14);
        Expect.Numbers(M[0].logcumsumexp(0), [3], [1, Math.Log(e[0] + e[1]), Math.Log(total)], 1e-14);
        Assert.Equal(ScalarType.Float64, M.@float().softmax(1, ScalarType.Float64).dtype);
    }

    [Fact]
    public void Medians_quantiles_and_modes_are_right()
    {
        Expect.Number(3, M.median());   // the lower of the two in the middle
        Expect.Row(M.quantile(tensor(0.5), 1), 2, 4);
        (Tensor values, _) = tensor((double[])[3, 1, 3, 2]).mode();
        Expect.Number(3, values);
        using Tensor holes = tensor((double[])[double.NaN, 4, 1, 7]);
        Expect.Number(12, holes.nansum());
        Expect.Number(4, holes.nanmedian());
        Expect.Number(4, M.index_select(1, tensor((long[])[0, 1])).trace());   // 1 + 3
    }

    [Fact]
    public void Running_totals_are_right()
    {
        Expect.Row(M[0].cumsum(0), 1, 6, 8);
        Expect.Numbers(cumsum(M, 0), [2, 3], [1, 5, 2, 5, 8, 8]);
        Expect.Row(M[1].cumprod(0), 4, 12, 72);
        (Tensor values, Tensor places) = M[0].cummax(0);
        Expect.Row(values, 1, 5, 5);
        Expect.Row(places, 0, 1, 1);
        (values, places) = M[1].cummin(0);
        Expect.Row(values, 4, 3, 3);
        Expect.Row(places, 0, 1, 1);
        Expect.Row(M[0].diff(), 4, -3);
    }

    [Fact]
    public void Order_is_found_and_kept()
    {
        using Tensor row = tensor((double[])[3, 1, 2, 1]);
        (Tensor values, Tensor places) = row.sort(stable: true);
        Expect.Row(values, 1, 1, 2, 3);
        Expect.Row(places, 1, 3, 2, 0);
        (values, places) = sort(row, 0, descending: true, stable: true);
        Expect.Row(values, 3, 2, 1, 1);
        Expect.Row(places, 0, 2, 1, 3);
        Expect.Row(tensor((double[])[3, 1, 2]).argsort(), 1, 2, 0);
        Expect.Row(tensor((double[])[3, 1, 2]).argsort(0, true), 0, 2, 1);
        Expect.Row(row.msort(), 1, 1, 2, 3);
        (values, places) = row.topk(2);
        Expect.Row(values, 3, 2);
        Expect.Row(places, 0, 2);
        (values, _) = topk(row, 2, 0, largest: false);
        Expect.Row(values, 1, 1);
    }

    [Fact]
    public void Occurrences_are_counted()
    {
        using Tensor row = tensor((long[])[3, 1, 3, 0, 3]);
        Expect.Row(row.bincount(null), 1, 1, 0, 3);
        Expect.Row(row.bincount(tensor((double[])[1, 2, 4, 8, 16]), 5), 8, 2, 0, 21, 0);
        Expect.Row(bincount(row), 1, 1, 0, 3);
        (Tensor distinct, Tensor? inverse, Tensor? counts) = row.unique(return_inverse: true, return_counts: true);
        Expect.Row(distinct, 0, 1, 3);
        Expect.Row(inverse!, 2, 1, 2, 0, 2);
        Expect.Row(counts!, 1, 1, 3);
        (distinct, inverse, counts) = unique(row);
        Expect.Row(distinct, 0, 1, 3);
        Assert.Null(inverse);
        Assert.Null(counts);
        (distinct, _, _) = from_array(new long[,] { { 2, 1 }, { 1, 5 }, { 2, 1 } }).unique(dim: 0);
        Expect.Numbers(distinct, [2, 2], [1, 5, 2, 1]);
        (distinct, _, counts) = tensor((long[])[4, 4, 2, 4]).unique_consecutive(return_counts: true);
        Expect.Row(distinct, 4, 2, 4);
        Expect.Row(counts, 2, 1, 1);
        Expect.Row(tensor((double[])[0.1, 0.2, 0.9]).histc(2, 0, 1), 2, 1);
        using Tensor bounds = tensor((double[])[1, 3, 5]);
        Expect.Row(tensor((double[])[0, 3, 9]).bucketize(bounds), 0, 1, 3);
        Expect.Row(searchsorted(bounds, tensor((double[])[0, 3, 9]), right: true), 0, 2, 3);
    }
}
