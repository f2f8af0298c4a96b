using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Engine;

/// <summary>One step of stochastic gradient descent over many tensors at once.</summary>
internal static class DescentUpdate
{
    private static readonly Operator s_negate = new("aten::_foreach_neg");
    private static readonly Operator s_sum = new("aten::_foreach_add", "List");

    internal static void Apply(
        IReadOnlyList<(TorchSharp.Modules.OptimizerState State, torch.Tensor Gradient)> moving, SGD.Options options)
    {
        if (moving.Count == 0)
            return;

        foreach ((TorchSharp.Modules.OptimizerState state, _) in moving)
            state.Steps++;
        torch.Tensor[] weights = [.. moving.Select(item => item.State._parameter)];
        torch.Tensor[] along = [.. moving.Select(item => item.Gradient)];
        if (options.maximize == true)
            along = s_negate.CallList(along);
        if (options.weight_decay is { } decay and not 0)
            along = s_sum.CallList(along, weights, decay);
        if (options.momentum is not 0)
            along = WithMomentum([.. moving.Select(item => (SGD.State)item.State)], along, options);
        Foreach.Add(weights, along, -options.LearningRate!.Value);
    }

    private static torch.Tensor[] WithMomentum(SGD.State[] states, torch.Tensor[] gradients, SGD.Options options)
    {
        int[] old = [.. Enumerable.Range(0, states.Length).Where(i => states[i].momentum_buffer is not null)];
        if (old.Length > 0)
        {
            torch.Tensor[] buffers = [.. old.Select(i => states[i].momentum_buffer!)];
            Foreach.Multiply(buffers, options.momentum!.Value);
            Foreach.Add(buffers, Array.ConvertAll(old, i => gradients[i]), 1 - options.dampening!.Value);
        }
        for (int i = 0; i < states.Length; i++)
            if (states[i].momentum_buffer is null)
                StateMemory.Copy(ref states[i].momentum_buffer, gradients[i]);

        torch.Tensor[] all = [.. states.Select(state => state.momentum_buffer!)];
        return options.nesterov == true ? s_sum.CallList(gradients, all, options.momentum!.Value) : all;
    }
}
