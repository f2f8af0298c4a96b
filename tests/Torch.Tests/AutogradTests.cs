using static TorchSharp.torch;

namespace Torch.Tests;

/// <summary>Gradients against central differences, in double precision.</summary>
public class AutogradTests
{
    // Error of a central difference: h^2 f''' / 6 from the formula and 1e-16 f / h from rounding; both near 1e-10 here.
    private const double H = 1e-5;
    private const double Tolerance = 1e-7;

    // Away from kinks and poles, in (0, 1) so that every function is defined.
    private static readonly double[] s_at = [0.31, 0.84, 0.12, 0.55, 0.67, 0.23];

    private static readonly Tensor s_other = tensor((double[])[0.7, 0.2, 0.9, 0.4, 0.6, 0.35], [2, 3]).DetachFromDisposeScope();
    private static readonly Tensor s_places = tensor((long[])[2, 0, 1, 1], [2, 2]).DetachFromDisposeScope();

    /// <summary>Every function takes a tensor of shape [2, 3].</summary>
    private static readonly Dictionary<string, Func<Tensor, Tensor>> s_functions = new()
    {
        ["abs"] = x => x.abs(), ["acos"] = x => x.acos(), ["acosh"] = x => (x + 2).acosh(), ["asin"] = x => x.asin(),
        ["asinh"] = x => x.asinh(), ["atan"] = x => x.atan(), ["atanh"] = x => x.atanh(), ["cos"] = x => x.cos(),
        ["cosh"] = x => x.cosh(), ["deg2rad"] = x => x.deg2rad(), ["digamma"] = x => x.digamma(), ["erf"] = x => x.erf(),
        ["erfc"] = x => x.erfc(), ["erfinv"] = x => x.erfinv(), ["exp"] = x => x.exp(), ["exp2"] = x => x.exp2(),
        ["expm1"] = x => x.expm1(), ["lgamma"] = x => x.lgamma(), ["log"] = x => x.log(), ["log10"] = x => x.log10(),
        ["log1p"] = x => x.log1p(), ["log2"] = x => x.log2(), ["neg"] = x => -x, ["rad2deg"] = x => x.rad2deg(),
        ["reciprocal"] = x => x.reciprocal(), ["rsqrt"] = x => x.rsqrt(), ["sigmoid"] = x => x.sigmoid(),
        ["sin"] = x => x.sin(), ["sinc"] = x => x.sinc(), ["sinh"] = x => x.sinh(), ["sqrt"] = x => x.sqrt(),
        ["square"] = x => x.square(), ["tan"] = x => x.tan(), ["tanh"] = x => x.tanh(), ["logit"] = x => x.logit(),
        ["relu"] = x => (x - 0.4).relu(), ["silu"] = x => x.silu(), ["gelu"] = x => x.gelu(), ["selu"] = x => (x - 0.4).selu(),
        ["softplus"] = x => x.softplus(2, 20), ["log_sigmoid"] = x => x.log_sigmoid(), ["leaky_relu"] = x => (x - 0.4).leaky_relu(0.1),
        ["hardtanh"] = x => (x * 3).hardtanh(0.5, 2), ["glu"] = x => x.t().reshape(3, 2).glu(),
        ["add"] = x => x + s_other, ["add alpha"] = x => s_other.add(x, 3), ["sub"] = x => 2 - x, ["mul"] = x => x * s_other * x,
        ["div"] = x => s_other / x + x / 3, ["pow"] = x => x.pow(2.5) + x.pow(s_other) + s_other.pow(x), ["remainder"] = x => x % 0.37,
        ["addcmul"] = x => s_other.addcmul(x, x, 2), ["addcdiv"] = x => s_other.addcdiv(s_other, x, 2),
        ["lerp"] = x => x.lerp(s_other, x), ["maximum"] = x => x.maximum(s_other), ["minimum"] = x => x.minimum(s_other),
        ["clamp"] = x => x.clamp(0.2, 0.6), ["atan2"] = x => x.atan2(s_other), ["hypot"] = x => x.hypot(s_other),
        ["logaddexp"] = x => x.logaddexp(s_other), ["xlogy"] = x => s_other.xlogy(x), ["where"] = x => where(s_other > 0.5, x, x * x),
        ["sum"] = x => x.sum(dim: 0), ["mean"] = x => x.mean([1]), ["prod"] = x => x.prod(1), ["max"] = x => x.max(1).values,
        ["min"] = x => x.min(0).values, ["amax"] = x => x.amax(1), ["amin"] = x => x.amin(0), ["var"] = x => x.var(1), ["std"] = x => x.std(),
        ["norm"] = x => x.norm(), ["norm of rows"] = x => x.norm(1), ["vector_norm"] = x => linalg.vector_norm(x, 3, [0]),
        ["logsumexp"] = x => x.logsumexp(1), ["softmax"] = x => x.softmax(1), ["log_softmax"] = x => x.log_softmax(0),
        ["cumsum"] = x => x.cumsum(1), ["cumprod"] = x => x.cumprod(1), ["logcumsumexp"] = x => x.logcumsumexp(1),
        ["sort"] = x => x.sort(1).Values, ["topk"] = x => x.topk(2).values, ["median"] = x => x.median(), ["quantile"] = x => x.quantile(tensor(0.3), 1),
        ["nan_to_num"] = x => x.nan_to_num(), ["reshape"] = x => x.reshape(3, 2), ["view"] = x => x.view(6), ["expand"] = x => x.unsqueeze(0).expand(4, 2, 3),
        ["permute"] = x => x.permute(1, 0), ["repeat"] = x => x.repeat(2, 2), ["repeat_interleave"] = x => x.repeat_interleave(2, 1),
        ["cat"] = x => cat([x, s_other, x * x]), ["stack"] = x => stack([x, x * s_other], 1), ["split"] = x => x.split(2, 1)[0], ["chunk"] = x => x.chunk(2)[1],
        ["unbind"] = x => x.unbind(1)[2], ["narrow"] = x => x.narrow(1, 1, 2), ["select"] = x => x.select(0, 1), ["slice"] = x => x.slice(1, 0, 3, 2),
        ["index"] = x => x[.., 1..], ["index with a mask"] = x => x[s_other > 0.5], ["gather"] = x => x.gather(1, s_places),
        ["scatter"] = x => s_other.scatter(1, s_places[.., ..1], x[.., ..1]), ["scatter_add"] = x => s_other.scatter_add(1, s_places, x[.., ..2]),
        ["index_select"] = x => x.index_select(1, s_places[0]), ["index_add"] = x => s_other.index_add(1, s_places[0], x[.., ..2], 2),
        ["masked_fill"] = x => x.masked_fill(s_other > 0.5, 0), ["masked_select"] = x => x.masked_select(s_other > 0.5), ["take"] = x => x.take(s_places),
        ["roll"] = x => x.roll(1), ["flip"] = x => x.flip(1), ["tril"] = x => x.tril(), ["triu"] = x => x.triu(), ["diag"] = x => x.diag(),
        ["unfold"] = x => x.unfold(1, 2, 1), ["clone"] = x => x.clone(), ["contiguous"] = x => x.t().contiguous(), ["to"] = x => x.to(ScalarType.Float64, copy: true),
        ["matmul"] = x => x.matmul(s_other.t()), ["mm"] = x => x.t().mm(x), ["bmm"] = x => x.unsqueeze(0).bmm(x.t().unsqueeze(0)),
        ["baddbmm"] = x => x.unsqueeze(0).baddbmm(x.unsqueeze(0), s_other[.., ..].t().matmul(x).unsqueeze(0), 2, 3), ["addmm"] = x => x.addmm(x, s_other.t().matmul(x), 2, 3),
        ["mv"] = x => x.mv(s_other[0]), ["dot"] = x => x[0].dot(x[1]), ["outer"] = x => x[0].outer(x[1]), ["einsum"] = x => einsum("ij,kj->ik", x, x),
        ["inverse"] = x => x[.., ..2].inverse(), ["det"] = x => x[.., ..2].det(), ["solve"] = x => linalg.solve(x[.., ..2], s_other),
        ["cholesky"] = x => linalg.cholesky(x.matmul(x.t()) + eye(2, dtype: ScalarType.Float64)),
    };

    public static TheoryData<string> Names => [.. s_functions.Keys];

    [Fact]
    public void So_many_functions_are_differentiated() => Assert.Equal(131, s_functions.Count);

    [Theory, MemberData(nameof(Names))]
    public void The_gradient_is_that_of_central_differences(string name)
    {
        using var scope = NewDisposeScope();
        Func<Tensor, Tensor> function = s_functions[name];
        using Tensor x = tensor(s_at, [2, 3], requires_grad: true);
        Tensor made = function(x);
        Tensor weights = linspace(0.4, 1.7, made.numel(), ScalarType.Float64).reshape(made.shape);   // unequal, so no slip cancels
        (made * weights).sum().backward();

        double[] gradient = Expect.Of(x.grad!);
        for (int i = 0; i < s_at.Length; i++)
        {
            double difference = (Value(i, +H) - Value(i, -H)) / (2 * H);
            Assert.Equal(difference, gradient[i], Tolerance * Math.Max(1, Math.Abs(difference)));
        }

        double Value(int place, double step)
        {
            double[] moved = [.. s_at];
            moved[place] += step;
            return (function(tensor(moved, [2, 3])) * weights).sum().item<double>();
        }
    }

    // d (x^2 y) = 2 x y dx + x^2 dy at x = 3, y = 5
    [Fact]
    public void Gradients_reach_every_leaf_and_add_up()
    {
        using Tensor x = tensor(3.0, requires_grad: true), y = tensor(5.0, requires_grad: true);
        (x * x * y).backward();
        Expect.Number(30, x.grad!);
        Expect.Number(9, y.grad!);
        (x * x * y).backward();
        Expect.Number(60, x.grad!);
        x.grad = null;
        Assert.Null(x.grad);
        Assert.True(x.is_leaf);
        Assert.False((x * y).is_leaf);
    }

    [Fact]
    public void Grad_returns_without_accumulating_and_differentiates_twice()
    {
        using Tensor x = tensor(2.0, requires_grad: true);
        Tensor first = autograd.grad([x.pow(3)], [x], create_graph: true)[0];
        Expect.Number(12, first.alias());                                         // 3 x^2
        Expect.Number(12, autograd.grad([first], [x])[0]);                        // 6 x
        Assert.Null(x.grad);
        using Tensor unused = tensor(1.0, requires_grad: true);
        Assert.Null(autograd.grad([x * x], [unused], allow_unused: true)[0]);
        using Tensor weight = tensor((double[])[1, 10]);
        using Tensor wide = x.expand(2) * 3;
        Expect.Number(33, autograd.grad([wide], [x], [weight])[0]);
    }

    [Fact]
    public void Inner_results_keep_their_gradient_when_asked()
    {
        using Tensor x = tensor(2.0, requires_grad: true);
        using Tensor inner = x * 3;
        inner.retain_grad();
        (inner * inner).backward();
        Expect.Number(12, inner.grad!);
        Expect.Number(36, x.grad!);
    }

    [Fact]
    public void Modes_switch_history_off_and_back_on()
    {
        using Tensor x = tensor(2.0, requires_grad: true);
        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
            using (set_grad_enabled(true))
                Assert.True(is_grad_enabled());
        }
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((x * 2).requires_grad);
        }
        Assert.False(is_inference_mode_enabled());
        Assert.True((x * 2).requires_grad);
        Assert.False((x * 2).detach().requires_grad);
        Assert.False((x * 2).detach_().requires_grad);
        Assert.True(ones(1).requires_grad_().requires_grad);
    }

    [Fact]
    public void A_leaf_changed_in_place_is_refused_with_the_operator_named()
    {
        using Tensor x = tensor(2.0, requires_grad: true);
        var error = Assert.Throws<System.Runtime.InteropServices.ExternalException>(() => x.add_(1));
        Assert.StartsWith("aten::add_.Scalar([]): a leaf Variable that requires grad", error.Message);
    }
}
