using static TorchSharp.torch;

namespace Torch.Tests;

/// <summary>Functions of one number against .NET's mathematics, in double precision.</summary>
public class TensorUnaryTests
{
    private const double Tolerance = 1e-13;   // a few hundred rounding steps of 1.1e-16: two libraries differ by fewer

    private static readonly double[] s_any = [-2.75, -0.5, 0, 0.25, 1.5, 3];
    private static readonly double[] s_positive = [0.0625, 0.5, 1, 2.5, 9];
    private static readonly double[] s_unit = [-0.9, -0.25, 0, 0.5, 0.75];
    private static readonly double[] s_aboveOne = [1, 1.25, 3, 8];
    private static readonly double[] s_nonZero = [-4, -0.5, 0.25, 3];

    private sealed record Case(
        Func<Tensor, Tensor> Method, Func<Tensor, Tensor> Function, Func<Tensor, Tensor>? InPlace,
        Func<double, double> Reference, double[] At, Func<Tensor, Tensor>? FunctionInPlace = null);

    private static readonly Dictionary<string, Case> s_cases = new()
    {
        ["abs"] = new(x => x.abs(), abs, x => x.abs_(), Math.Abs, s_any, abs_),
        ["absolute"] = new(x => x.absolute(), absolute, x => x.absolute_(), Math.Abs, s_any, absolute_),
        ["acos"] = new(x => x.acos(), acos, x => x.acos_(), Math.Acos, s_unit, acos_),
        ["acosh"] = new(x => x.acosh(), acosh, x => x.acosh_(), Math.Acosh, s_aboveOne, acosh_),
        ["asin"] = new(x => x.asin(), asin, x => x.asin_(), Math.Asin, s_unit, asin_),
        ["asinh"] = new(x => x.asinh(), asinh, x => x.asinh_(), Math.Asinh, s_any, asinh_),
        ["atan"] = new(x => x.atan(), atan, x => x.atan_(), Math.Atan, s_any, atan_),
        ["atanh"] = new(x => x.atanh(), atanh, x => x.atanh_(), Math.Atanh, s_unit, atanh_),
        ["ceil"] = new(x => x.ceil(), ceil, x => x.ceil_(), Math.Ceiling, s_any, ceil_),
        ["cos"] = new(x => x.cos(), cos, x => x.cos_(), Math.Cos, s_any, cos_),
        ["cosh"] = new(x => x.cosh(), cosh, x => x.cosh_(), Math.Cosh, s_any, cosh_),
        ["deg2rad"] = new(x => x.deg2rad(), deg2rad, x => x.deg2rad_(), x => x * Math.PI / 180, s_any, deg2rad_),
        ["erf"] = new(x => x.erf(), erf, x => x.erf_(), Erf, s_any, erf_),
        ["erfc"] = new(x => x.erfc(), erfc, x => x.erfc_(), x => 1 - Erf(x), s_any, erfc_),
        ["exp"] = new(x => x.exp(), exp, x => x.exp_(), Math.Exp, s_any, exp_),
        ["exp2"] = new(x => x.exp2(), exp2, x => x.exp2_(), x => Math.Pow(2, x), s_any, exp2_),
        ["expm1"] = new(x => x.expm1(), expm1, x => x.expm1_(), x => Math.Exp(x) - 1, s_any, expm1_),
        ["floor"] = new(x => x.floor(), floor, x => x.floor_(), Math.Floor, s_any, floor_),
        ["frac"] = new(x => x.frac(), frac, x => x.frac_(), x => x - Math.Truncate(x), s_any, frac_),
        ["log"] = new(x => x.log(), log, x => x.log_(), Math.Log, s_positive, log_),
        ["log10"] = new(x => x.log10(), log10, x => x.log10_(), Math.Log10, s_positive, log10_),
        ["log1p"] = new(x => x.log1p(), log1p, x => x.log1p_(), x => Math.Log(1 + x), s_positive, log1p_),
        ["log2"] = new(x => x.log2(), log2, x => x.log2_(), Math.Log2, s_positive, log2_),
        ["neg"] = new(x => x.neg(), neg, x => x.neg_(), x => -x, s_any, neg_),
        ["negative"] = new(x => x.negative(), negative, null, x => -x, s_any),
        ["positive"] = new(x => x.positive(), positive, null, x => x, s_any),
        ["rad2deg"] = new(x => x.rad2deg(), rad2deg, x => x.rad2deg_(), x => x * 180 / Math.PI, s_any, rad2deg_),
        ["reciprocal"] = new(x => x.reciprocal(), reciprocal, x => x.reciprocal_(), x => 1 / x, s_nonZero, reciprocal_),
        ["relu"] = new(x => x.relu(), x => x.relu(), x => x.relu_(), x => Math.Max(x, 0), s_any),
        ["relu6"] = new(
            x => x.mul(4).relu6(), x => x.mul(4).relu6(), x => x.mul_(4).relu6_(), x => Math.Clamp(4 * x, 0, 6),
            s_any),
        ["rsqrt"] = new(x => x.rsqrt(), rsqrt, x => x.rsqrt_(), x => 1 / Math.Sqrt(x), s_positive, rsqrt_),
        ["sigmoid"] = new(x => x.sigmoid(), sigmoid, x => x.sigmoid_(), Sigmoid, s_any, sigmoid_),
        ["sgn"] = new(x => x.sgn(), sgn, x => x.sgn_(), x => Math.Sign(x), s_any, sgn_),
        ["sign"] = new(x => x.sign(), sign, x => x.sign_(), x => Math.Sign(x), s_any, sign_),
        ["silu"] = new(x => x.silu(), x => x.silu(), x => x.silu_(), x => x * Sigmoid(x), s_any),
        ["sin"] = new(x => x.sin(), sin, x => x.sin_(), Math.Sin, s_any, sin_),
        ["sinc"] = new(
            x => x.sinc(), sinc, x => x.sinc_(), x => Math.Sin(Math.PI * x) / (Math.PI * x), s_nonZero, sinc_),
        ["sinh"] = new(x => x.sinh(), sinh, x => x.sinh_(), Math.Sinh, s_any, sinh_),
        ["sqrt"] = new(x => x.sqrt(), sqrt, x => x.sqrt_(), Math.Sqrt, s_positive, sqrt_),
        ["square"] = new(x => x.square(), square, null, x => x * x, s_any),
        ["tan"] = new(x => x.tan(), tan, x => x.tan_(), Math.Tan, s_any, tan_),
        ["tanh"] = new(x => x.tanh(), tanh, x => x.tanh_(), Math.Tanh, s_any, tanh_),
        ["trunc"] = new(x => x.trunc(), trunc, x => x.trunc_(), Math.Truncate, s_any, trunc_),
        ["gelu"] = new(x => x.gelu(), x => x.gelu(), null, x => x * (1 + Erf(x / Math.Sqrt(2))) / 2, s_any),
        ["log_sigmoid"] = new(x => x.log_sigmoid(), x => x.log_sigmoid(), null, x => Math.Log(Sigmoid(x)), s_any),
        ["softplus"] = new(
            x => x.softplus(2, 20), x => x.softplus(2, 20), null, x => Math.Log(1 + Math.Exp(2 * x)) / 2, s_any),
        ["leaky_relu"] = new(
            x => x.leaky_relu(0.125), x => x.leaky_relu(0.125), x => x.leaky_relu_(0.125), x => x < 0 ? x / 8 : x,
            s_any),
        ["hardtanh"] = new(x => x.hardtanh(-1, 2), x => x.hardtanh(-1, 2), null, x => Math.Clamp(x, -1, 2), s_any),
        ["hardsigmoid"] = new(
            x => x.hardsigmoid(), x => x.hardsigmoid(), null, x => Math.Clamp(x + 3, 0, 6) / 6, s_any),
        ["hardswish"] = new(x => x.hardswish(), x => x.hardswish(), null, x => x * Math.Clamp(x + 3, 0, 6) / 6, s_any),
        ["selu"] = new(x => x.selu(), x => x.selu(), x => x.selu_(), Selu, s_any),
        ["logit"] = new(x => x.sigmoid().logit(), x => x.sigmoid().logit(), null, x => x, s_any),
        ["clamp_min"] = new(
            x => x.clamp_min(0.5), x => clamp_min(x, 0.5), x => x.clamp_min_(0.5), x => Math.Max(x, 0.5), s_any,
            x => clamp_min_(x, 0.5)),
        ["clamp_max"] = new(
            x => x.clamp_max(0.5), x => clamp_max(x, 0.5), x => x.clamp_max_(0.5), x => Math.Min(x, 0.5), s_any,
            x => clamp_max_(x, 0.5)),
        ["clamp"] = new(
            x => x.clamp(-1, 2), x => clamp(x, -1, 2), x => x.clamp_(-1, 2), x => Math.Clamp(x, -1, 2), s_any,
            x => clamp_(x, -1, 2)),
        ["clip"] = new(x => x.clip(-1, 2), x => clip(x, -1, 2), null, x => Math.Clamp(x, -1, 2), s_any),
        ["pow"] = new(x => x.pow(3), x => pow(x, 3), x => x.pow_(3), x => x * x * x, s_any, x => pow_(x, 3)),
        ["unary minus"] = new(x => -x, x => -x, null, x => -x, s_any),
    };

    public static TheoryData<string> Names => [.. s_cases.Keys];

    [Theory, MemberData(nameof(Names))]
    public void A_function_of_one_number_agrees_with_dotnet(string name)
    {
        Case one = s_cases[name];
        double[] expected = [.. one.At.Select(one.Reference)];

        Expect.Numbers(one.Method(tensor(one.At)), [expected.Length], expected, Tolerance);
        Expect.Numbers(one.Function(tensor(one.At)), [expected.Length], expected, Tolerance);
        Func<Tensor, Tensor>?[] changes = [one.InPlace, one.FunctionInPlace];
        foreach (Func<Tensor, Tensor> change in changes.OfType<Func<Tensor, Tensor>>())
        {
            using Tensor numbers = tensor(one.At);
            Assert.Same(numbers, change(numbers));
            Expect.Numbers(numbers.alias(), [expected.Length], expected, Tolerance);
        }
    }

    [Fact]
    public void The_table_covers_so_many_functions() => Assert.Equal(58, s_cases.Count);

    // lgamma(n) = ln (n - 1)!: ln 1, ln 2, ln 24.  digamma(n) = 1 + 1/2 + ... + 1/(n - 1) - 0.5772...
    [Fact]
    public void Gamma_functions_are_right_at_integers()
    {
        const double Euler = 0.57721566490153286;
        double[] at = [2, 3, 5];

        Expect.Numbers(tensor(at).lgamma(), [3], [0, Math.Log(2), Math.Log(24)], Tolerance);
        Expect.Numbers(lgamma(tensor(at)), [3], [0, Math.Log(2), Math.Log(24)], Tolerance);
        Expect.Numbers(tensor(at).lgamma_(), [3], [0, Math.Log(2), Math.Log(24)], Tolerance);
        double[] digammas = [1 - Euler, 1.5 - Euler, 25.0 / 12 - Euler];
        Expect.Numbers(tensor(at).digamma(), [3], digammas, Tolerance);
        Expect.Numbers(tensor(at).digamma_(), [3], digammas, Tolerance);
    }

    [Fact]
    public void The_inverse_error_function_undoes_the_error_function()
    {
        Expect.Numbers(tensor(s_unit).erfinv().erf(), [5], s_unit, Tolerance);
        Expect.Numbers(tensor(s_unit).erfinv_().erf_(), [5], s_unit, Tolerance);
    }

    // Half goes to the even neighbour.
    [Fact]
    public void Rounding_keeps_the_asked_decimals()
    {
        Expect.Row(tensor((double[])[0.5, 1.5, -2.5, 2.26]).round(), 0, 2, -2, 2);
        Expect.Numbers(tensor((double[])[2.26, -1.04]).round(1), [2], [2.3, -1.0], Tolerance);
        Expect.Row(tensor((double[])[0.5, 1.5]).round_(), 0, 2);
        Expect.Row(round(tensor((double[])[2.7])), 3);
    }

    [Fact]
    public void Numbers_that_are_none_are_found_and_replaced()
    {
        double[] odd = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 4];

        Expect.Row(tensor(odd).isnan(), 1, 0, 0, 0);
        Expect.Row(tensor(odd).isinf(), 0, 1, 1, 0);
        Expect.Row(tensor(odd).isfinite(), 0, 0, 0, 1);
        Expect.Row(tensor(odd).isposinf(), 0, 1, 0, 0);
        Expect.Row(tensor(odd).isneginf(), 0, 0, 1, 0);
        Expect.Row(tensor(odd).nan_to_num(7, 8, 9), 7, 8, 9, 4);
        Expect.Row(tensor(odd).nan_to_num_(7, 8, 9), 7, 8, 9, 4);
        Expect.Row(tensor((double[])[-0.0, 0.0, -3]).signbit(), 1, 0, 1);
        Expect.Numbers(tensor((double[])[-3, 2]).angle(), [2], [Math.PI, 0], Tolerance);
    }

    // The last dimension halves: the first half times the sigmoid of the second. 6 * sigmoid(0) = 3.
    [Fact]
    public void Glu_gates_the_first_half_with_the_second() =>
        Expect.Row(tensor((double[])[6, -10, 0, 0]).glu(), 3, -5);

    // Abramowitz and Stegun 7.1.5: 2 / sqrt(pi) * sum (-1)^n x^(2n+1) / (n! (2n+1)).
    private static double Erf(double x)
    {
        double term = x, sum = x;
        for (int n = 1; n < 120; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return sum * 2 / Math.Sqrt(Math.PI);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    // Klambauer et al. 2017, arXiv:1706.02515.
    private static double Selu(double x) => x > 0
        ? 1.0507009873554804934193349852946 * x
        : 1.0507009873554804934193349852946 * 1.6732632423543772848170429916717 * (Math.Exp(x) - 1);
}
