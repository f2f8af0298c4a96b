using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Tests.Engine;

public class ActivationCheckpointTests
{
    // y = (w x)^2 summed plus z = 3 x summed: dy/dw = 2 w x^2, dy/dx = 2 w^2 x + 3.
    [Fact]
    public void Gradients_of_inputs_and_of_parameters_are_those_of_the_plain_part()
    {
        using var scope = NewDisposeScope();
        using Tensor w = tensor(2f).requires_grad_(), x = tensor([1f, 3f]).requires_grad_();
        int calls = 0;

        Tensor[] outputs = ActivationCheckpoint.Run(inputs =>
        {
            calls++;
            return [(w * inputs[0]).square(), 3 * inputs[0]];
        }, x);
        (outputs[0].sum() + outputs[1].sum()).backward();

        Assert.Equal([4f, 36f], outputs[0].data<float>().ToArray());
        Assert.Equal([11f, 27f], x.grad!.data<float>().ToArray());
        Assert.Equal(40f, w.grad!.item<float>());
        Assert.Equal(2, calls);
    }

    [Fact]
    public void A_part_whose_inputs_have_no_gradient_still_teaches_its_parameters()
    {
        using var scope = NewDisposeScope();
        using Tensor w = tensor(2f).requires_grad_(), x = tensor([1f, 3f]);

        ActivationCheckpoint.Run(inputs => [w * inputs[0]], x)[0].sum().backward();

        Assert.Equal(4f, w.grad!.item<float>());
    }

    [Fact]
    public void Without_gradients_it_is_the_part_alone()
    {
        using var scope = NewDisposeScope();
        using IDisposable constant = no_grad();
        using Tensor x = tensor([1f, 3f]);
        int calls = 0;
        Tensor y = ActivationCheckpoint.Run(inputs => { calls++; return [inputs[0] * 2]; }, x)[0];
        Assert.Equal([2f, 6f], y.data<float>().ToArray());
        Assert.Equal((1, false), (calls, y.requires_grad));
    }

    // One part after another, a hundred times: what a step takes is given back.
    [Fact]
    public void A_chain_of_parts_leaves_nothing_behind()
    {
        using Tensor w = tensor(1.01f).requires_grad_();
        long before = 0;
        for (int step = 0; step < 100; step++)
        {
            using (var scope = NewDisposeScope())
            {
                Tensor x = ones(1000);
                for (int layer = 0; layer < 5; layer++)
                    x = ActivationCheckpoint.Run(inputs => [(w * inputs[0]).tanh()], x)[0];
                x.sum().backward();
            }
            if (step == 9)
                before = Tensor.TotalCount;
        }
        Assert.Equal(before, Tensor.TotalCount);
        Assert.True(w.grad!.item<float>() > 0);
    }
}
