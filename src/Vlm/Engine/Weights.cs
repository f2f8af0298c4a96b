using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>Makes the parameters of layers, where and as the model that is being built wants them.</summary>
/// <remarks>
/// Layers say shapes and first values; <see cref="Building{T}"/> says, for all that one call builds, the device, the type, and
/// whether first values matter. Like PyTorch's <c>with torch.device(...)</c>, but of this thread alone: TorchSharp's own
/// default device is the whole process'.
/// </remarks>
public static class Weights
{
    [ThreadStatic]
    private static Plan? s_plan;

    /// <summary>Builds a model with names and shapes and no memory (device META): what files are compared with.</summary>
    public static T Meta<T>(Func<T> build) =>
        Building(build, new Plan(META, ScalarType.Float32, Filled: false));

    /// <summary>Builds a model with memory whose values are yet to be written.</summary>
    /// <param name="build">Calls the constructor.</param>
    /// <param name="dtype">Type of all its parameters.</param>
    /// <param name="device">Place of all its parameters.</param>
    public static T Unfilled<T>(Func<T> build, ScalarType dtype, Device device) =>
        Building(build, new Plan(device, dtype, Filled: false));

    /// <summary>Builds a model with the layers' first values, in float32.</summary>
    /// <param name="build">Calls the constructor.</param>
    /// <param name="device">Place of all its parameters.</param>
    public static T Filled<T>(Func<T> build, Device device) =>
        Building(build, new Plan(device, ScalarType.Float32, Filled: true));

    /// <summary>A parameter of ones.</summary>
    internal static Parameter Ones(params long[] shape) => Make(shape, value => value.fill_(1));

    /// <summary>A parameter of zeros.</summary>
    internal static Parameter Zeros(params long[] shape) => Make(shape, value => value.zero_());

    /// <summary>A parameter uniform in +-<paramref name="bound"/>.</summary>
    internal static Parameter Uniform(double bound, params long[] shape) => Make(shape, value => value.uniform_(-bound, bound));

    /// <summary>A parameter of standard normal numbers.</summary>
    internal static Parameter Normal(params long[] shape) => Make(shape, value => value.normal_(0, 1));

    private static Parameter Make(long[] shape, Action<Tensor> fill)
    {
        Plan plan = s_plan ?? Plan.Default;
        using var off = no_grad();
        Tensor value = empty(shape, dtype: plan.Dtype, device: plan.Device);
        if (plan.Filled)
            fill(value);
        return new Parameter(value);
    }

    private static T Building<T>(Func<T> build, Plan plan)
    {
        Plan? before = s_plan;
        s_plan = plan;
        try
        {
            return build();
        }
        finally
        {
            s_plan = before;
        }
    }

    private sealed record Plan(Device Device, ScalarType Dtype, bool Filled)
    {
        internal static Plan Default { get; } = new(CPU, ScalarType.Float32, Filled: true);
    }
}
