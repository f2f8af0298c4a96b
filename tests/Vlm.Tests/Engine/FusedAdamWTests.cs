using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Tests.Engine;

public sealed class FusedAdamWTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    // One weight of 2 with gradients 1 and then 3, rate 0.1, betas 0.5 and 0.75, decay 0.2, epsilon 0.
    //   t = 1   m = 0.5       v = 0.25     m / (1 - 0.5) = 1      v / (1 - 0.75) = 1     w = 2 - 0.1 (1 / 1 + 0.4)     = 1.86
    //   t = 2   m = 1.75      v = 2.4375   m / 0.75 = 2.333333    v / 0.4375 = 5.571429
    //           w = 1.86 - 0.1 (2.333333 / 2.360387 + 0.372)                                                           = 1.723946
    [Fact]
    public void Two_steps_by_hand()
    {
        Parameter weight = Of(2);
        using var optimizer = new FusedAdamW([weight], 0.1, 0.5, 0.75, epsilon: 0, decay: 0.2);

        Step(optimizer, weight, 1);
        Assert.Equal(1.86f, weight.item<float>(), 1e-6f);
        Step(optimizer, weight, 3);
        Assert.Equal(1.723946f, weight.item<float>(), 1e-6f);
        AdamMoments moments = optimizer[weight];
        Assert.Equal((2f, 1.75f, 2.4375f), (moments.Step.item<float>(), moments.Mean.item<float>(), moments.Square.item<float>()));
    }

    // TorchSharp's own, which moves one tensor after the other, is the second opinion: 3 tensors, 20 steps.
    [Fact]
    public void It_moves_weights_as_TorchSharps_own_does()
    {
        Parameter[] ours = [Random(1, 40, 30), Random(2, 7), Random(3, 5, 4, 3)];
        Parameter[] theirs = [.. ours.Select(one => new Parameter(one.detach().clone()))];
        using var fused = new FusedAdamW(ours, 3e-3, 0.9, 0.99, 1e-8, 0.1);
        using var plain = optim.AdamW(theirs, 3e-3, 0.9, 0.99, 1e-8, 0.1);
        for (int step = 0; step < 20; step++)
        {
            foreach ((Parameter a, Parameter b, int i) in ours.Zip(theirs, Enumerable.Range(0, 3)))
                (a.grad, b.grad) = (Random(100 + 3 * step + i, a.shape).detach(), Random(100 + 3 * step + i, a.shape).detach());
            fused.step();
            plain.step();
        }

        Assert.All(ours.Zip(theirs), pair => Assert.True(Gap(pair.First, pair.Second) < 2e-6, $"{Gap(pair.First, pair.Second)}"));
        Assert.True(Gap(ours[0], Random(1, 40, 30)) > 1e-2);
    }

    // 1 in bfloat16 steps by 2^-7 upwards and 2^-8 downwards. A first step of Adam has the size of the rate, 1e-6, so 1,000
    // steps of gradient 1 move the master by 1e-3, a fourth of a step of the rounded weight, and 5,000 by 5e-3, which is more.
    [Fact]
    public void Small_steps_of_half_precision_add_up_in_the_master()
    {
        Parameter weight = Of(1, ScalarType.BFloat16);
        using var optimizer = new FusedAdamW([weight], 1e-6);
        for (int step = 0; step < 5000; step++)
        {
            Step(optimizer, weight, 1);
            if (step == 999)
            {
                Assert.Equal(1f, weight.to(ScalarType.Float32).item<float>());
                Assert.Equal(1 - 1e-3f, optimizer[weight].Master!.item<float>(), 2e-5f);
            }
        }

        Assert.Equal(1 - 5e-3f, optimizer[weight].Master!.item<float>(), 1e-4f);
        Assert.Equal(1 - MathF.Pow(2, -8), weight.to(ScalarType.Float32).item<float>());
    }

    // 1 + 2^-9 rounds to 1, 1 + 2^-7 is the next bfloat16.
    [Fact]
    public void A_master_takes_over_what_its_weight_was_rounded_from_and_nothing_else()
    {
        Parameter weight = Of(1, ScalarType.BFloat16), whole = Of(1), other = Of(1);
        using var optimizer = new FusedAdamW([weight, whole], 1e-6);

        Assert.True(optimizer[weight].Refine(tensor(1 + MathF.Pow(2, -9))));
        Assert.False(optimizer[weight].Refine(tensor(1 + MathF.Pow(2, -7))));
        Assert.False(optimizer[whole].Refine(tensor(1f)));
        Assert.Equal(1 + MathF.Pow(2, -9), optimizer.Exact(weight).item<float>());
        Assert.Equal(1f, weight.to(ScalarType.Float32).item<float>());
        Assert.Same(whole, optimizer.Exact(whole));
        Assert.Same(other, optimizer.Exact(other));
        Assert.True(optimizer.HasMasters);
        Assert.False(new FusedAdamW([other], 1e-6).HasMasters);
    }

    // 1 + 2^-8 is no bfloat16: a sum of both parts in that type would be 1, in float32 it is 1.00390625.
    [Fact]
    public void Gradients_of_half_precision_are_summed_in_float32()
    {
        Parameter weight = Of(0, ScalarType.BFloat16);
        using var optimizer = new FusedAdamW([weight], 1, 0, 0.5, epsilon: 0);
        foreach (float part in (float[])[1, MathF.Pow(2, -8)])
        {
            weight.grad = tensor(part).to(ScalarType.BFloat16);
            optimizer.Collect();
        }

        Assert.Null(weight.grad);
        Assert.Equal(1 + Math.Pow(2, -8), optimizer.Clip(double.PositiveInfinity));
        optimizer.step();
        Assert.Equal(1 + MathF.Pow(2, -8), optimizer[weight].Mean.item<float>());
    }

    // Norm of (3, 4) and (12): 13. Bound 6.5 halves all three, up to 1e-6 / 13.
    [Fact]
    public void The_bound_holds_over_all_tensors_and_types()
    {
        Parameter whole = new(zeros(2)), half = new(zeros(1, dtype: ScalarType.BFloat16));
        using var optimizer = new FusedAdamW([whole, half], 1, 0, 0.5);
        (whole.grad, half.grad) = (tensor(new float[] { 3, 4 }), tensor(new float[] { 12 }).to(ScalarType.BFloat16));
        optimizer.Collect();

        Assert.Equal(13, optimizer.Clip(6.5), 1e-6);
        Assert.Equal(6.5, optimizer.Clip(double.PositiveInfinity), 1e-5);
        Assert.Equal([1.5f, 2f], whole.grad!.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void What_has_no_gradient_is_neither_moved_nor_counted()
    {
        Parameter moved = Of(1), still = Of(1);
        using var optimizer = new FusedAdamW([moved, still], 0.1, decay: 0.5);
        Step(optimizer, moved, 1);
        Step(optimizer, moved, 1);

        Assert.Equal((1f, 0f), (still.item<float>(), optimizer[still].Step.item<float>()));
        Assert.Equal(2f, optimizer[moved].Step.item<float>());
    }

    [Fact]
    public void Groups_have_rates_of_their_own()
    {
        Parameter slow = Of(0), fast = Of(0);
        using var optimizer = new FusedAdamW([new AdamW.ParamGroup([slow], 0.125), new AdamW.ParamGroup([fast], 0.5)]);
        optimizer.ParamGroups.First().LearningRate = 0.25;
        (slow.grad, fast.grad) = (tensor(-1f), tensor(-1f));
        optimizer.step();

        Assert.Equal((0.25f, 0.5f), (slow.item<float>(), fast.item<float>()), Near);
        Assert.Equal([0.125, 0.5], optimizer.ParamGroups.Select(group => group.InitialLearningRate));
    }

    [Fact]
    public void Gradients_are_given_back_not_filled_with_zeros()
    {
        Parameter weight = Of(1);
        using var optimizer = new FusedAdamW([weight], 0.1);
        weight.grad = tensor(1f);
        optimizer.zero_grad();

        Assert.Null(weight.grad);
    }

    // Moments and the step's wrappers: 4 tensors for a weight of half precision with its master, whatever the steps.
    [Fact]
    public void Steps_leave_no_tensor_behind()
    {
        Parameter weight = Of(1, ScalarType.BFloat16);
        using var optimizer = new FusedAdamW([weight], 0.1);
        Step(optimizer, weight, 1);
        long before = TensorCount.Settled();
        for (int i = 0; i < 10; i++)
            Step(optimizer, weight, 1);

        Assert.Equal(before, EngineInfo.LiveTensors);
    }

    [Fact]
    public void Weights_of_float16_and_weights_given_twice_are_refused()
    {
        Parameter weight = Of(1);

        Assert.Throws<ArgumentException>(() => new FusedAdamW([Of(1, ScalarType.Float16)], 0.1));
        Assert.Throws<ArgumentException>(() => new FusedAdamW([weight, weight], 0.1));
    }

    private static bool Near((float, float) a, (float, float) b) =>
        Math.Abs(a.Item1 - b.Item1) < 1e-6 && Math.Abs(a.Item2 - b.Item2) < 1e-6;

    private static void Step(FusedAdamW optimizer, Parameter weight, float gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        weight.grad = tensor(gradient).to(weight.dtype);
        optimizer.Collect();
        optimizer.step();
        optimizer.zero_grad();
    }

    private static Parameter Of(float value, ScalarType type = ScalarType.Float32) => new(tensor(value).to(type));

    private static Parameter Random(int seed, params long[] shape)
    {
        using var generator = new Generator((ulong)seed);
        return new(randn(shape, generator: generator));
    }

    private static double Gap(Tensor a, Tensor b) => (a - b).abs().max().item<float>();
}
