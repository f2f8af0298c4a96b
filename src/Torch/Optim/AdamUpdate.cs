using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Engine;

/// <summary>What Adam keeps of a parameter.</summary>
internal interface IMoments
{
    Parameter Parameter { get; }

    torch.Tensor Mean { get; }

    torch.Tensor Square { get; }

    torch.Tensor? LargestSquare { get; }
}

/// <summary>The options of one step of one group.</summary>
internal readonly record struct AdamSettings(
    double Rate, double Beta1, double Beta2, double Epsilon, double Decay, bool Decoupled, bool Amsgrad, bool Maximize);

/// <summary>One step of Adam or AdamW over many tensors at once.</summary>
internal static class AdamUpdate
{
    private static readonly Operator s_fusedDecoupled = new("aten::_fused_adamw_");
    private static readonly Operator s_fused = new("aten::_fused_adam_");
    private static readonly Operator s_negate = new("aten::_foreach_neg");
    private static readonly Operator s_sum = new("aten::_foreach_add", "List");
    private static readonly Operator s_maximum = new("aten::_foreach_maximum_", "List");
    private static readonly Operator s_full = new("aten::full");

    internal static void RequireSound(double rate, double beta1, double beta2, double epsilon, double decay)
    {
        if (rate < 0 || epsilon < 0 || decay < 0)
            throw new ArgumentException($"lr {rate}, eps {epsilon} and weight_decay {decay} must not be negative");
        if (beta1 is < 0 or >= 1 || beta2 is < 0 or >= 1)
            throw new ArgumentException($"betas {beta1} and {beta2} must be at least 0 and below 1");
    }

    internal static void Apply(
        IReadOnlyList<(TorchSharp.Modules.OptimizerState State, torch.Tensor Gradient)> moving, AdamSettings settings)
    {
        foreach ((TorchSharp.Modules.OptimizerState state, _) in moving)
            state.Steps++;

        foreach (var alike in moving.GroupBy(
            item => (item.State.Steps, item.Gradient.dtype, item.Gradient.device_type, item.Gradient.device_index)))
        {
            long step = alike.Key.Steps;
            torch.Tensor[][] rows = [.. alike.Select(item => Row((IMoments)item.State, item.Gradient, settings))];
            if (HasFused(alike.Key.device_type, settings))
                Fused(rows, settings, step);
            else if (alike.Key.device_type == DeviceType.CPU)
                Tiles.ForEach(rows, tile => Composed(tile, settings, step));
            else
                Composed(Tiles.Columns(rows), settings, step);
        }
    }

    private static torch.Tensor[] Row(IMoments state, torch.Tensor gradient, AdamSettings settings) =>
        settings.Amsgrad
            ? [state.Parameter, gradient, state.Mean, state.Square, state.LargestSquare!]
            : [state.Parameter, gradient, state.Mean, state.Square];

    // The fused kernels came to CUDA with 2.0 and to the CPU with 2.4; 1.13 has the name but another meaning of it.
    private static bool HasFused(DeviceType device, AdamSettings settings) =>
        (device == DeviceType.CUDA && EngineInfo.IsAtLeast(2, 0) || device == DeviceType.CPU && EngineInfo.IsAtLeast(2, 4)) &&
        (settings.Decoupled ? s_fusedDecoupled : s_fused).Exists;

    private static void Fused(torch.Tensor[][] rows, AdamSettings settings, long step)
    {
        torch.Tensor[][] columns = Tiles.Columns(rows);
        torch.Tensor count = s_full.Call(
            (long[])[], (double)step, torch.ScalarType.Float32, Argument.None, columns[0][0].device);
        torch.Tensor[] counts = new torch.Tensor[rows.Length];
        Array.Fill(counts, count);
        (settings.Decoupled ? s_fusedDecoupled : s_fused).CallForEffect(
            columns[0], columns[1], columns[2], columns[3], settings.Amsgrad ? columns[4] : (torch.Tensor[])[], counts,
            settings.Rate, settings.Beta1, settings.Beta2, settings.Decay, settings.Epsilon, settings.Amsgrad,
            settings.Maximize);
    }

    /// <summary>Columns: weights, gradients, means, squares and, with AMSGrad, largest squares.</summary>
    private static void Composed(torch.Tensor[][] columns, AdamSettings settings, long step)
    {
        torch.Tensor[] weights = columns[0], means = columns[2], squares = columns[3];
        torch.Tensor[] gradients = settings.Maximize ? s_negate.CallList(columns[1]) : columns[1];
        if (settings.Decay != 0 && settings.Decoupled)
            Foreach.Multiply(weights, 1 - settings.Rate * settings.Decay);
        else if (settings.Decay != 0)
            gradients = s_sum.CallList(gradients, weights, settings.Decay);

        Foreach.Multiply(means, settings.Beta1);
        Foreach.Add(means, gradients, 1 - settings.Beta1);
        Foreach.Multiply(squares, settings.Beta2);
        Foreach.AddProduct(squares, gradients, gradients, 1 - settings.Beta2);
        if (settings.Amsgrad)
            s_maximum.CallForEffect(squares = columns[4], columns[3]);

        // sqrt(v / c2) + eps = (sqrt(v) + eps sqrt(c2)) / sqrt(c2): one pass over the weights fewer.
        double c1 = 1 - Math.Pow(settings.Beta1, step);
        double root2 = Math.Sqrt(1 - Math.Pow(settings.Beta2, step));
        torch.Tensor[] divisors = Foreach.Sqrt(squares);
        Foreach.Add(divisors, settings.Epsilon * root2);
        Foreach.AddQuotient(weights, means, divisors, -settings.Rate * root2 / c1);
    }
}
