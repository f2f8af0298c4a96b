using TorchSharp.Modules;
using static Torch.Tests.OptimBench;
using static TorchSharp.torch;

namespace Torch.Tests;

public class OptimClipTests
{
    [Fact]
    public void The_norm_of_a_3_4_5_triangle_is_clipped()
    {
        using Parameter a = Weight(0), b = Weight(0, 0), none = Weight(0);
        Give(a, 3);
        Give(b, 4, 0);

        Assert.Equal(5, nn.utils.clip_grad_norm_([a, b, none], 2.5));

        // 2.5 / (5 + 1e-6) of each.
        Near([3 * 2.5 / 5.000001], Values(a.grad!), 1e-15);
        Near([4 * 2.5 / 5.000001, 0], Values(b.grad!), 1e-15);
        Assert.Equal(2.5, nn.utils.clip_grad_norm_([a, b], 10), 1e-6);
        Near([3 * 2.5 / 5.000001], Values(a.grad!), 1e-15);
    }

    [Fact]
    public void Other_norms_clip_too()
    {
        using Parameter a = Weight(0), b = Weight(0, 0);
        Give(a, 3);
        Give(b, -4, 0);

        Assert.Equal(7, nn.utils.clip_grad_norm_([a, b], 100, 1));
        Assert.Equal(4, nn.utils.clip_grad_norm_([a, b], 100, double.PositiveInfinity));
        nn.utils.clip_grad_value_([a, b], 3.5);
        Assert.Equal([-3.5, 0], Values(b.grad!));
        Assert.Equal([3.0], Values(a.grad!));
    }

    [Fact]
    public void Parameters_go_to_a_vector_and_back()
    {
        using Parameter a = Weight(1), b = Weight(2, 3);

        using Tensor vector = nn.utils.parameters_to_vector([a, b]);
        using Tensor doubled = vector * 2;
        nn.utils.vector_to_parameters(doubled, [a, b]);

        Assert.Equal([1.0, 2, 3], Values(vector));
        Assert.Equal([2.0, 4, 6], [.. Values(a), .. Values(b)]);
    }

    [Fact]
    public void A_thousand_steps_leave_no_tensor_behind()
    {
        using Parameter weight = Weight(Numbers(100, 1));
        using var optimizer = optim.AdamW([weight], weight_decay: 0.01);
        Step(optimizer, weight, Numbers(100, 2));
        Expect.Settled();
        long before = Vlm.Engine.EngineInfo.LiveTensors;

        for (int t = 0; t < 1000; t++)
        {
            optimizer.step();
            nn.utils.clip_grad_norm_([weight], 1);
        }

        Assert.Equal(before, Vlm.Engine.EngineInfo.LiveTensors);
    }
}
