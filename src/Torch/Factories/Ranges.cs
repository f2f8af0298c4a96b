using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Runs of numbers and the identity.
    private static readonly Operator s_arange = new("aten::arange", "start_step");
    private static readonly Operator s_linspace = new("aten::linspace");
    private static readonly Operator s_logspace = new("aten::logspace");
    private static readonly Operator s_eye = new("aten::eye", "m");
    private static readonly Operator s_trilIndices = new("aten::tril_indices");
    private static readonly Operator s_triuIndices = new("aten::triu_indices");

    /// <summary>start, start + step ... below stop; integers where all three are.</summary>
    public static Tensor arange(
        Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        s_arange.Call(start, stop, step, dtype, Argument.None, Placed(device)).Finish(requires_grad);

    public static Tensor arange(
        Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(
        Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    /// <summary>Both ends are included.</summary>
    public static Tensor linspace(
        double start, double end, long steps, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        s_linspace.Call(start, end, steps, dtype, Argument.None, Placed(device)).Finish(requires_grad);

    public static Tensor logspace(
        double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device? device = null,
        bool requires_grad = false) =>
        s_logspace.Call(start, end, steps, @base, dtype, Argument.None, Placed(device)).Finish(requires_grad);

    public static Tensor eye(
        long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false,
        string[]? names = null) =>
        s_eye.Call(rows, columns < 0 ? rows : columns, dtype, Argument.None, Placed(device))
            .Finish(requires_grad, names);

    public static Tensor tril_indices(
        long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        s_trilIndices.Call(row, col, offset, dtype, Argument.None, Placed(device));

    public static Tensor triu_indices(
        long row, long col, long offset = 0, ScalarType dtype = ScalarType.Int64, Device? device = null) =>
        s_triuIndices.Call(row, col, offset, dtype, Argument.None, Placed(device));
}
