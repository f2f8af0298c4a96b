using TorchSharp;
using static TorchSharp.torch;

namespace Torch.Tests;

public class TensorArithmeticTests
{
    private static Tensor A => tensor((double[])[7, -3, 0.5]);

    private static Tensor B => tensor((double[])[2, 4, -8]);

    [Fact]
    public void Two_tensors_are_added_subtracted_multiplied_and_divided()
    {
        foreach (Tensor sum in new[] { A + B, A.add(B), add(A, B), A.add_(B), add_(A, B) })
            Expect.Row(sum, 9, 1, -7.5);
        foreach (Tensor difference in new[]
        {
            A - B, A.sub(B), sub(A, B), A.sub_(B), A.subtract(B), subtract(A, B), sub_(A, B),
        })
            Expect.Row(difference, 5, -7, 8.5);
        foreach (Tensor product in new[]
        {
            A * B, A.mul(B), mul(A, B), A.mul_(B), A.multiply(B), multiply(A, B), mul_(A, B),
        })
            Expect.Row(product, 14, -12, -4);
        foreach (Tensor quotient in new[]
        {
            A / B, A.div(B), div(A, B), A.div_(B), A.divide(B), divide(A, B), A.true_divide(B),
        })
            Expect.Row(quotient, 3.5, -0.75, -0.0625);
    }

    // 7 mod 2, -3 mod 4, 0.5 mod -8: remainder has the divisor's sign, fmod the dividend's.
    [Fact]
    public void Remainders_take_the_sign_of_the_divisor_and_fmod_that_of_the_dividend()
    {
        foreach (Tensor rest in new[] { A % B, A.remainder(B), remainder(A, B), A.remainder_(B) })
            Expect.Row(rest, 1, 1, -7.5);
        Expect.Row(A.fmod(B), 1, -3, 0.5);
        Expect.Row(fmod(A, B), 1, -3, 0.5);
        Expect.Row(A.remainder(2), 1, 1, 0.5);
        Expect.Row(A.remainder_(2), 1, 1, 0.5);
        Expect.Row(A.fmod(2), 1, -1, 0.5);
    }

    [Fact]
    public void A_number_may_stand_on_either_side()
    {
        Scalar two = 2;
        foreach (Tensor sum in new[]
        {
            A + 2, A + 2L, A + 2f, A + 2.0, A + two, 2 + A, 2L + A, 2f + A, 2.0 + A, two + A, A.add(2), A.add_(2),
            add(A, 2),
        })
            Expect.Row(sum, 9, -1, 2.5);
        foreach (Tensor difference in new[]
        {
            A - 2, A - 2L, A - 2f, A - 2.0, A - two, A.sub(2), A.sub_(2), A.subtract(2),
        })
            Expect.Row(difference, 5, -5, -1.5);
        foreach (Tensor difference in new[] { 2 - A, 2L - A, 2f - A, 2.0 - A, two - A })
            Expect.Row(difference, -5, 5, 1.5);
        foreach (Tensor product in new[]
        {
            A * 2, A * 2L, A * 2f, A * 2.0, A * two, 2 * A, 2L * A, 2f * A, 2.0 * A, two * A, A.mul(2), A.mul_(2),
            A.multiply(2),
        })
            Expect.Row(product, 14, -6, 1);
        foreach (Tensor quotient in new[] { A / 2, A / 2L, A / 2f, A / 2.0, A / two, A.div(2), A.div_(2), A.divide(2) })
            Expect.Row(quotient, 3.5, -1.5, 0.25);
        foreach (Tensor quotient in new[] { 2 / B, 2L / B, 2f / B, 2.0 / B, two / B })
            Expect.Row(quotient, 1, 0.5, -0.25);
        foreach (Tensor rest in new[] { A % 2, A % 2L, A % 2f, A % 2.0, A % two })
            Expect.Row(rest, 1, 1, 0.5);
    }

    // 7 + 3 * 2, -3 + 3 * 4, 0.5 - 3 * 8
    [Fact]
    public void Alpha_scales_what_is_added()
    {
        foreach (Tensor sum in new[] { A.add(B, 3), A.add_(B, 3), add(A, B, 3), add_(A, B, 3) })
            Expect.Row(sum, 13, 9, -23.5);
        foreach (Tensor sum in new[] { A.add(2, 3), A.add_(2, 3), add(A, 2, 3) })
            Expect.Row(sum, 13, 3, 6.5);
    }

    // 7 / 2 = 3.5, -3 / 4 = -0.75
    [Fact]
    public void A_quotient_is_cut_or_floored_on_request()
    {
        Expect.Row(A.div(B, RoundingMode.trunc), 3, -0.0, -0.0);
        Expect.Row(A.div(B, RoundingMode.floor), 3, -1, -1);
        Expect.Row(A.div(2, RoundingMode.floor), 3, -2, 0);
        Expect.Row(A.div_(B, RoundingMode.floor), 3, -1, -1);
        Expect.Row(A.div_(2, RoundingMode.trunc), 3, -1, 0);
        Expect.Row(A.divide(B, RoundingMode.floor), 3, -1, -1);
        Expect.Row(tensor((long[])[7, -7]).floor_divide(tensor((long[])[2, 2])), 3, -4);
        Expect.Row(tensor((long[])[7, 9]).floor_divide(2), 3, 4);
    }

    // 7 + 2 * (2 * 3), -3 + 2 * (4 * 5), 0.5 + 2 * (-8 * 1); and with quotients 2/3, 4/5, -8/1.
    [Fact]
    public void Products_and_quotients_are_added_in_one_step()
    {
        using Tensor c = tensor((double[])[3, 5, 1]);
        foreach (Tensor sum in new[]
        {
            A.addcmul(B, c, 2), A.addcmul_(B, c, 2), addcmul(A, B, c, 2), addcmul_(A, B, c, 2),
        })
            Expect.Row(sum, 19, 37, -15.5);
        double[] expected = [7 + 2 * 2.0 / 3, -3 + 2 * 4.0 / 5, -15.5];
        foreach (Tensor sum in new[]
        {
            A.addcdiv(B, c, 2), A.addcdiv_(B, c, 2), addcdiv(A, B, c, 2), addcdiv_(A, B, c, 2),
        })
            Expect.Numbers(sum, [3], expected, 1e-15);
        Expect.Numbers(A.addcdiv(B, c), [3], [7 + 2.0 / 3, -3 + 4.0 / 5, -7.5], 1e-15);
        Expect.Numbers(A.addcdiv_(B, c), [3], [7 + 2.0 / 3, -3 + 4.0 / 5, -7.5], 1e-15);
    }

    // A quarter of the way from 7 to 2 is 5.75, from -3 to 4 is -1.25, from 0.5 to -8 is -1.625.
    [Fact]
    public void Lerp_goes_part_of_the_way()
    {
        using Tensor quarter = tensor(0.25);
        Expect.Row(A.lerp(B, quarter), 5.75, -1.25, -1.625);
        Expect.Row(A.lerp_(B, quarter), 5.75, -1.25, -1.625);
        Expect.Row(lerp(A, B, quarter), 5.75, -1.25, -1.625);
    }

    [Fact]
    public void The_larger_and_the_smaller_are_taken_place_by_place()
    {
        foreach (Tensor larger in new[] { A.maximum(B), maximum(A, B), A.max(B), max(A, B), A.fmax(B) })
            Expect.Row(larger, 7, 4, 0.5);
        foreach (Tensor smaller in new[] { A.minimum(B), minimum(A, B), A.min(B), min(A, B), A.fmin(B) })
            Expect.Row(smaller, 2, -3, -8);
        Expect.Row(A.clamp(tensor((double[])[8, -4, 0]), tensor((double[])[9, -3.5, 0.25])), 8, -3.5, 0.25);
        Expect.Row(A.clamp_(tensor((double[])[8, -4, 0]), tensor((double[])[9, -3.5, 0.25])), 8, -3.5, 0.25);
    }

    [Fact]
    public void Powers_and_other_pairs_agree_with_dotnet()
    {
        double[] a = [0.5, 2, 3], b = [3, -1, 0.25];
        void Pairs(Func<Tensor, Tensor, Tensor> op, Func<double, double, double> reference) => Expect.Numbers(
            op(tensor(a), tensor(b)), [3], [.. a.Zip(b, reference)], 1e-14);

        Pairs((x, y) => x.pow(y), Math.Pow);
        Pairs((x, y) => x.pow_(y), Math.Pow);
        Pairs(pow, Math.Pow);
        Pairs((x, y) => x.float_power(y), Math.Pow);
        Pairs((x, y) => x.atan2(y), Math.Atan2);
        Pairs((x, y) => x.hypot(y), (x, y) => Math.Sqrt(x * x + y * y));
        Pairs((x, y) => x.copysign(y), Math.CopySign);
        Pairs((x, y) => x.logaddexp(y), (x, y) => Math.Log(Math.Exp(x) + Math.Exp(y)));
        Pairs((x, y) => x.logaddexp2(y), (x, y) => Math.Log2(Math.Pow(2, x) + Math.Pow(2, y)));
        Pairs((x, y) => y.xlogy(x), (x, y) => y * Math.Log(x));
        Expect.Numbers(tensor(a).xlogy(2), [3], [.. a.Select(x => x * Math.Log(2))], 1e-14);
        Expect.Row(tensor((double[])[-1, 0, 2]).heaviside(tensor((double[])[5, 5, 5])), 0, 5, 1);
        Expect.Row(tensor((long[])[12, 18]).gcd(tensor((long[])[8, 27])), 4, 9);
        Expect.Row(tensor((long[])[4, 6]).lcm(tensor((long[])[6, 9])), 12, 18);
    }

    [Fact]
    public void Shapes_are_stretched_to_each_other() => Expect.Numbers(
        tensor((double[])[1, 2, 3]) * tensor((double[])[10, 100]).unsqueeze(1),
        [2, 3], [10, 20, 30, 100, 200, 300]);

    [Fact]
    public void A_change_in_place_returns_the_same_object()
    {
        using Tensor a = A;
        Assert.Same(a, a.add_(1).mul_(2).sub_(3).div_(4));
        Expect.Row(a.alias(), 3.25, -1.75, 0);   // ((7 + 1) * 2 - 3) / 4 and so on
    }

    // The types of PyTorch: integers stay integers, a quotient never is one, a C# number gives way to the tensor.
    [Fact]
    public void Result_types_follow_pytorch()
    {
        using Tensor integers = tensor((int[])[3, 4]);
        Assert.Equal(ScalarType.Int32, (integers + 1).dtype);
        Assert.Equal(ScalarType.Int32, (integers * 2L).dtype);
        Assert.Equal(ScalarType.Float32, (integers * 0.5).dtype);
        Assert.Equal(ScalarType.Float32, (integers / 2).dtype);
        Assert.Equal(ScalarType.Int64, (integers + tensor((long[])[1, 1])).dtype);
        Assert.Equal(ScalarType.Float64, (integers + tensor((double[])[1, 1])).dtype);
        Assert.Equal(ScalarType.Int64, integers.sum().dtype);
        Assert.Equal(ScalarType.BFloat16, (tensor((float[])[1]).bfloat16() * 2.5).dtype);
    }
}
