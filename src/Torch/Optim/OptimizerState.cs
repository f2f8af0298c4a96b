using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Engine;

/// <summary>An optimizer's memory by parameter name, for checkpoints that resume bit for bit.</summary>
public static class OptimizerState
{
    private const string StepName = "step";
    private static readonly Operator s_full = new("aten::full");
    private static readonly Operator s_item = new("aten::item");

    /// <summary>"layer.weight.exp_avg" and so on, and the int64 scalar "layer.weight.step".</summary>
    /// <param name="optimizer">One of this library's.</param>
    /// <param name="named">The parameters; those that never moved have no entries.</param>
    /// <returns>The live memory, not copies: write it out before the next step. Disposing the entries is safe.</returns>
    public static Dictionary<string, torch.Tensor> Export(
        torch.optim.Optimizer optimizer, IEnumerable<(string name, Parameter parameter)> named)
    {
        var entries = new Dictionary<string, torch.Tensor>();
        foreach ((string name, Parameter parameter) in named)
            if (Helper(optimizer).FindState(parameter) is { } state)
                ExportOne(entries, name, state);
        return entries;
    }

    /// <summary>Makes the optimizer's memory that of <see cref="Export"/>; the entries are copied.</summary>
    /// <exception cref="ArgumentException">An entry belongs to no parameter, has another shape, or lacks its step.</exception>
    public static void Import(
        torch.optim.Optimizer optimizer, IEnumerable<(string name, Parameter parameter)> named,
        IReadOnlyDictionary<string, torch.Tensor> entries)
    {
        var left = new HashSet<string>(entries.Keys);
        foreach ((string name, Parameter parameter) in named)
            ImportOne(Helper(optimizer), name, parameter, entries, left);
        if (left.Count > 0)
            throw new ArgumentException($"no parameter for [{string.Join(", ", left.Order())}]", nameof(entries));
    }

    private static void ExportOne(
        Dictionary<string, torch.Tensor> entries, string name, TorchSharp.Modules.OptimizerState state)
    {
        entries.Add($"{name}.{StepName}", s_full.Call((long[])[], state.Steps, torch.ScalarType.Int64));
        foreach ((string entry, torch.Tensor? value) in state.Entries)
            if (value is not null)
                entries.Add($"{name}.{entry}", value.alias());
    }

    private static void ImportOne(
        OptimizerHelper optimizer, string name, Parameter parameter,
        IReadOnlyDictionary<string, torch.Tensor> entries, HashSet<string> left)
    {
        optimizer.ForgetState(parameter);
        if (!entries.TryGetValue($"{name}.{StepName}", out torch.Tensor? step))
            return;

        TorchSharp.Modules.OptimizerState state = optimizer.StateOf(parameter, optimizer.GroupOf(parameter));
        state.Steps = (long)s_item.CallNumber(step);
        left.Remove($"{name}.{StepName}");
        foreach ((string entry, torch.Tensor? memory) in state.Entries.ToArray())
            if (entries.TryGetValue($"{name}.{entry}", out torch.Tensor? value))
            {
                RequireShape($"{name}.{entry}", parameter, value);
                state.Restore(entry, value);
                left.Remove($"{name}.{entry}");
            }
            else if (memory is not null)
                throw new ArgumentException($"the state lacks '{name}.{entry}'", nameof(entries));
    }

    private static void RequireShape(string name, torch.Tensor parameter, torch.Tensor value)
    {
        if (!parameter.shape.AsSpan().SequenceEqual(value.shape))
            throw new ArgumentException($"'{name}' is {value.ShapeText}, its parameter {parameter.ShapeText}");
    }

    private static OptimizerHelper Helper(torch.optim.Optimizer optimizer) =>
        optimizer as OptimizerHelper ??
        throw new ArgumentException($"{optimizer.GetType().Name} has no memory by parameter", nameof(optimizer));
}
