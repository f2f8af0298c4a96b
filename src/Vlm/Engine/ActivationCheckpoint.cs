using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>
/// Activation checkpointing, which transformers calls gradient checkpointing: a part of a network keeps its inputs alone, and is
/// computed once more when its gradient is asked for. The same numbers, about a third more work, much less memory.
/// </summary>
/// <remarks>Chen et al. 2016, https://arxiv.org/abs/1604.06174, section 4.</remarks>
internal sealed class ActivationCheckpoint : autograd.MultiTensorFunction<ActivationCheckpoint>
{
    private const string Part = "part";

    /// <inheritdoc/>
    public override string Name => nameof(ActivationCheckpoint);

    /// <summary>Computes a part. Where no gradient is kept it is only computed.</summary>
    /// <param name="part">A function without side effects, of the inputs and of parameters, whose gradients it collects.</param>
    /// <param name="inputs">What it starts from.</param>
    /// <returns>As many tensors as the part gives.</returns>
    public static Tensor[] Run(Func<Tensor[], Tensor[]> part, params Tensor[] inputs)
    {
        if (!is_grad_enabled())
            return part(inputs);
        // Where no input has a gradient, the parameters' own would be lost without one that has.
        Tensor[] given = inputs.Any(input => input.requires_grad)
            ? inputs : [inputs[0].detach().requires_grad_(), .. inputs[1..]];
        return [.. apply([part, .. given])];
    }

    /// <inheritdoc/>
    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ArgumentNullException.ThrowIfNull(vars);
        var part = (Func<Tensor[], Tensor[]>)vars[0];
        Tensor[] inputs = [.. vars.Skip(1).Cast<Tensor>()];
        ctx.save_data(Part, part);
        ctx.save_for_backward([.. inputs]);
        using IDisposable constant = no_grad();
        using var scope = NewDisposeScope();
        return [.. part(inputs).Select(output => output.MoveToOuterDisposeScope())];
    }

    /// <inheritdoc/>
    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        var part = (Func<Tensor[], Tensor[]>)ctx.get_data(Part);
        using var scope = NewDisposeScope();
        Tensor[] inputs = [.. ctx.get_saved_variables().Select(saved => saved.detach().requires_grad_(saved.requires_grad))];
        using IDisposable gradients = enable_grad();
        Tensor[] outputs = part(inputs);
        int[] asked = [.. Enumerable.Range(0, outputs.Length).Where(i => outputs[i].requires_grad && grad_outputs[i] is not null)];
        autograd.backward([.. asked.Select(i => outputs[i])], [.. asked.Select(i => grad_outputs[i])]);
        return [null!, .. inputs.Select(input => input.grad?.MoveToOuterDisposeScope()!)];
    }
}
