using static TorchSharp.torch;

namespace Torch.Tests;

/// <summary>Gradients against central differences, in double precision.</summary>
public partial class AutogradTests
{
    // Error of a central difference: h^2 f''' / 6 from the formula and 1e-16 f / h from rounding; both near 1e-10 here.
    private const double H = 1e-5;
    private const double Tolerance = 1e-7;

    // Away from kinks and poles, in (0, 1) so that every function is defined.
    private static readonly double[] s_at = [0.31, 0.84, 0.12, 0.55, 0.67, 0.23];

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
        // Unequal, so no slip cancels.
        Tensor weights = linspace(0.4, 1.7, made.numel(), ScalarType.Float64).reshape(made.shape);
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
