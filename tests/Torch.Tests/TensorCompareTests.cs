using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorCompareTests
{
    private static Tensor A => tensor((double[])[1, 2, 3, 4]);

    private static Tensor B => tensor((double[])[2, 2, 2, 5]);

    [Fact]
    public void Two_tensors_compare_place_by_place()
    {
        foreach (Tensor equal in new[] { A == B, A.eq(B), eq(A, B), A.eq_(B), A.equal(B) })
            Expect.Row(equal, 0, 1, 0, 0);
        foreach (Tensor unequal in new[] { A != B, A.ne(B), ne(A, B), A.ne_(B), A.not_equal(B) })
            Expect.Row(unequal, 1, 0, 1, 1);
        foreach (Tensor less in new[] { A < B, A.lt(B), lt(A, B), A.lt_(B), A.less(B) })
            Expect.Row(less, 1, 0, 0, 1);
        foreach (Tensor atMost in new[] { A <= B, A.le(B), le(A, B), A.le_(B), A.less_equal(B) })
            Expect.Row(atMost, 1, 1, 0, 1);
        foreach (Tensor greater in new[] { A > B, A.gt(B), gt(A, B), A.gt_(B), A.greater(B) })
            Expect.Row(greater, 0, 0, 1, 0);
        foreach (Tensor atLeast in new[] { A >= B, A.ge(B), ge(A, B), A.ge_(B), A.greater_equal(B) })
            Expect.Row(atLeast, 0, 1, 1, 0);
        Assert.Equal(ScalarType.Bool, (A == B).dtype);
        Assert.Equal(ScalarType.Float64, A.eq_(B).dtype);
    }

    [Fact]
    public void A_number_may_stand_on_either_side()
    {
        Expect.Row(A == 2, 0, 1, 0, 0);
        Expect.Row(A != 2, 1, 0, 1, 1);
        Expect.Row(A < 3, 1, 1, 0, 0);
        Expect.Row(A <= 3, 1, 1, 1, 0);
        Expect.Row(A > 3, 0, 0, 0, 1);
        Expect.Row(A >= 3, 0, 0, 1, 1);
        Expect.Row(2 == A, 0, 1, 0, 0);
        Expect.Row(2 != A, 1, 0, 1, 1);
        Expect.Row(3 < A, 0, 0, 0, 1);
        Expect.Row(3 <= A, 0, 0, 1, 1);
        Expect.Row(3 > A, 1, 1, 0, 0);
        Expect.Row(3 >= A, 1, 1, 1, 0);
        Expect.Row(A.eq_(2), 0, 1, 0, 0);
        Expect.Row(A.ne_(2), 1, 0, 1, 1);
        Expect.Row(A.lt_(3), 1, 1, 0, 0);
        Expect.Row(A.le_(3), 1, 1, 1, 0);
        Expect.Row(A.gt_(3), 0, 0, 0, 1);
        Expect.Row(A.ge_(3), 0, 0, 1, 1);
    }

    [Fact]
    public void Truth_values_combine()
    {
        static Tensor P() => tensor((bool[])[true, true, false, false]);
        static Tensor Q() => tensor((bool[])[true, false, true, false]);

        foreach (Tensor and in new[]
        {
            P() & Q(), P().logical_and(Q()), logical_and(P(), Q()), P().logical_and_(Q()), P().bitwise_and(Q()),
            P().bitwise_and_(Q()),
        })
            Expect.Row(and, 1, 0, 0, 0);
        foreach (Tensor or in new[]
        {
            P() | Q(), P().logical_or(Q()), logical_or(P(), Q()), P().logical_or_(Q()), P().bitwise_or(Q()),
            P().bitwise_or_(Q()),
        })
            Expect.Row(or, 1, 1, 1, 0);
        foreach (Tensor either in new[]
        {
            P() ^ Q(), P().logical_xor(Q()), P().logical_xor_(Q()), P().bitwise_xor(Q()), P().bitwise_xor_(Q()),
        })
            Expect.Row(either, 0, 1, 1, 0);
        foreach (Tensor not in new[]
        {
            ~P(), P().logical_not(), logical_not(P()), P().logical_not_(), P().bitwise_not(), P().bitwise_not_(),
        })
            Expect.Row(not, 0, 0, 1, 1);
    }

    // 12 = 1100, 10 = 1010
    [Fact]
    public void Bits_combine()
    {
        using Tensor twelve = tensor((int[])[12]), ten = tensor((int[])[10]), two = tensor((int[])[2]);
        Expect.Row(twelve & ten, 8);
        Expect.Row(twelve | ten, 14);
        Expect.Row(twelve ^ ten, 6);
        Expect.Row(~twelve, -13);
        Expect.Row(twelve.bitwise_left_shift(two), 48);
        Expect.Row(twelve.bitwise_right_shift(two), 3);
    }

    // |100.05 - 100| = 0.05: within 1e-3 * 100, not within 1e-4 * 100.
    [Fact]
    public void Closeness_is_relative()
    {
        using Tensor a = tensor((double[])[100.05, 5]), b = tensor((double[])[100, 5]);
        Assert.True(a.allclose(b, rtol: 1e-3));
        Assert.False(a.allclose(b, rtol: 1e-4));
        Assert.True(allclose(a, b, rtol: 1e-3));
        Expect.Row(a.isclose(b, rtol: 1e-4), 0, 1);
    }

    [Fact]
    public void Equal_tensors_are_equal_objects_and_others_are_not()
    {
        Assert.True(A.Equals(A));
        Assert.True(A.Equals((object)A));
        Assert.False(A.Equals(B));
        Assert.False(A.Equals((object)"A"));
        using Tensor one = A;
        Assert.Equal(one.GetHashCode(), one.GetHashCode());
    }

    [Fact]
    public void Membership_is_tested_place_by_place() =>
        Expect.Row(A.isin(tensor((double[])[4, 1])), 1, 0, 0, 1);

    [Fact]
    public void Where_chooses_between_two_tensors()
    {
        Expect.Row(where(A > B, A, B), 2, 2, 3, 5);
        Expect.Row(A.where(A < 3, tensor(0.0)), 1, 2, 0, 0);
        Tensor[] places = where(tensor(new[] { true, false, true }));
        Expect.Row(Assert.Single(places), 0, 2);
    }
}
