using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>AdamW that moves all weights in one call, and weights of half precision through float32 copies.</summary>
/// <remarks>
/// Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2. TorchSharp's own moves one tensor at a time, three to ten times
/// slower, and moves weights in their own type: in bfloat16, whose steps are 1/256 of a weight, a rate of 1e-6 then moves
/// next to none of them. Here a weight of half precision has a float32 master that is moved instead and then rounded
/// (Micikevicius et al. 2018, arXiv:1710.03740, section 3.1), and its gradients are summed in float32.
/// <code>
/// m = beta1 m + (1 - beta1) g      v = beta2 v + (1 - beta2) g^2
/// w = w - rate (m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) + decay w)
/// </code>
/// A parameter without a gradient is not moved, and does not count the step.
/// </remarks>
public sealed class FusedAdamW : OptimizerHelper
{
    private readonly Dictionary<nint, AdamMoments> _moments = [];

    /// <summary>One group of parameters.</summary>
    /// <param name="parameters">What is moved; float32, bfloat16 or float64.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="beta1">Memory of the gradient.</param>
    /// <param name="beta2">Memory of the squared gradient.</param>
    /// <param name="epsilon">Added to the root of the squared gradient's mean.</param>
    /// <param name="decay">Decoupled weight decay, times the rate.</param>
    public FusedAdamW(
        IEnumerable<Parameter> parameters, double rate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double decay = 0)
        : this([new AdamW.ParamGroup(parameters, rate, beta1, beta2, epsilon, decay)])
    {
    }

    /// <summary>Groups with rates of their own.</summary>
    /// <exception cref="ArgumentException">A parameter is given twice, or is a float16 weight, whose gradients vanish.</exception>
    public FusedAdamW(IReadOnlyList<AdamW.ParamGroup> groups)
    {
        _parameter_groups = [];
        foreach (AdamW.ParamGroup group in groups)
            Add(group);
    }

    /// <summary>Parameters in all groups.</summary>
    public int Count => _moments.Count;

    /// <summary>True where a weight of half precision is among the parameters.</summary>
    public bool HasMasters => _moments.Values.Any(moments => moments.Master is not null);

    /// <summary>A weight as precisely as it is known: its float32 master where it has one here, else the parameter itself.</summary>
    public Tensor Exact(Parameter parameter) =>
        _moments.TryGetValue(parameter.Handle, out AdamMoments? moments) ? moments.Moved : parameter;

    /// <summary>A parameter's state.</summary>
    public AdamMoments this[Parameter parameter] => _moments[parameter.Handle];

    /// <summary>
    /// Takes the gradients that a backward pass left: those of half precision go into float32 sums. To be called after each.
    /// </summary>
    public void Collect()
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        var fresh = new List<(AdamMoments Moments, Tensor Gradient)>();
        foreach (AdamMoments moments in _moments.Values.Where(moments => moments.Master is not null))
            if (moments.Weight.grad is { } gradient)
            {
                fresh.Add((moments, gradient));
                moments.Weight.grad = null;
            }
        foreach ((AdamMoments moments, Tensor gradient) in fresh)
            moments.Take(gradient);
    }

    /// <summary>Bounds the Euclidean norm of all gradients together.</summary>
    /// <param name="bound">The most; infinity measures alone.</param>
    /// <returns>The norm before.</returns>
    public double Clip(double bound)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor[] gradients = [.. _moments.Values.Select(moments => moments.Gradient).OfType<Tensor>()];
        if (gradients.Length == 0)
            return 0;

        double norm = gradients.GroupBy(one => (one.dtype, one.device.ToString()))
            .Select(group => Script.Norm([.. group]).to(ScalarType.Float64).cpu().item<double>())
            .Aggregate(0d, double.Hypot);
        if (norm > bound)
            Scale(gradients, bound / (norm + 1e-6));
        return norm;
    }

    /// <summary>Moves the weights once.</summary>
    public override Tensor step(Func<Tensor>? closure = null)
    {
        Tensor? loss = closure?.Invoke();
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        foreach (AdamW.ParamGroup group in _parameter_groups.Cast<AdamW.ParamGroup>())
            foreach (var alike in group.Parameters.Select(parameter => _moments[parameter.Handle])
                .Select(moments => (Moments: moments, moments.Gradient)).Where(item => item.Gradient is not null)
                .GroupBy(item => (item.Moments.Moved.dtype, item.Moments.Moved.device.ToString())))
                Move([.. alike.Select(item => item.Moments)], [.. alike.Select(item => item.Gradient!)], group);
        return loss!;
    }

    /// <summary>Forgets all gradients, and gives back their memory.</summary>
    public override void zero_grad()
    {
        foreach (AdamMoments moments in _moments.Values)
            moments.Forget();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (AdamMoments moments in _moments.Values)
            moments.Dispose();
        base.Dispose(disposing);
    }

    private void Add(AdamW.ParamGroup group)
    {
        group.Parameters = [.. group.Parameters];
        group.InitialLearningRate = group.LearningRate;
        foreach (Parameter parameter in group.Parameters)
            if (parameter.dtype == ScalarType.Float16)
                throw new ArgumentException("float16 weights cannot be trained: their gradients vanish below 6e-8; use bfloat16");
            else if (!_moments.TryAdd(parameter.Handle, new AdamMoments(parameter)))
                throw new ArgumentException("a parameter is given to the optimizer twice");
        _parameter_groups.Add(group);
    }

    private static void Move(AdamMoments[] moments, Tensor[] gradients, AdamW.ParamGroup group)
    {
        Script.AdamW(
            [.. moments.Select(one => one.Moved)], gradients, [.. moments.Select(one => one.Mean)],
            [.. moments.Select(one => one.Square)], [.. moments.Select(one => one.Step)], group.LearningRate,
            group.Options.beta1!.Value, group.Options.beta2!.Value, group.Options.weight_decay!.Value, group.Options.eps!.Value);
        if (moments[0].Master is not null)
            Script.Copy([.. moments.Select(one => (Tensor)one.Weight)], [.. moments.Select(one => one.Moved)]);
    }

    private static void Scale(Tensor[] gradients, double factor)
    {
        foreach (var alike in gradients.GroupBy(one => (one.dtype, one.device.ToString())))
            Script.Scale([.. alike], factor);
    }
}

/// <summary>What <see cref="FusedAdamW"/> remembers of one parameter.</summary>
public sealed class AdamMoments : IDisposable
{
    private Tensor? _sum;       // of gradients, in float32, where the weight is of half precision

    internal AdamMoments(Parameter weight)
    {
        using IDisposable off = no_grad();
        Weight = weight;
        ScalarType type = weight.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        Master = weight.dtype == type ? null : weight.detach().to(type).DetachFromDisposeScope();
        Mean = zeros(weight.shape, dtype: type, device: weight.device).DetachFromDisposeScope();
        Square = zeros(weight.shape, dtype: type, device: weight.device).DetachFromDisposeScope();
        Step = zeros([], dtype: ScalarType.Float32, device: weight.device).DetachFromDisposeScope();
    }

    /// <summary>The parameter.</summary>
    public Parameter Weight { get; }

    /// <summary>The weight in float32, of which the parameter is a rounded copy; null where the parameter is as precise.</summary>
    public Tensor? Master { get; }

    /// <summary>Mean of the gradients, exp_avg.</summary>
    public Tensor Mean { get; }

    /// <summary>Mean of the squared gradients, exp_avg_sq.</summary>
    public Tensor Square { get; }

    /// <summary>Steps in which the parameter had a gradient: a float32 scalar on its device.</summary>
    public Tensor Step { get; }

    /// <summary>What a step changes.</summary>
    internal Tensor Moved => Master ?? Weight;

    /// <summary>The gradient in the type of <see cref="Moved"/>; null for none.</summary>
    public Tensor? Gradient => Master is null ? Weight.grad : _sum;

    /// <summary>Takes over what the parameter was rounded from, which a file or another optimizer still knows.</summary>
    /// <param name="exact">Of the parameter's shape.</param>
    /// <returns>False where it rounds to other numbers than the parameter's, or where there is no master: nothing changes.</returns>
    public bool Refine(Tensor exact)
    {
        using IDisposable off = no_grad();
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        if (Master is null || !exact.to(Weight.device).to(Weight.dtype).eq(Weight).all().item<bool>())
            return false;

        _ = Master.copy_(exact);
        return true;
    }

    internal void Take(Tensor gradient)
    {
        using IDisposable off = no_grad();
        if (_sum is null)
            _sum = gradient.to(Master!.dtype).DetachFromDisposeScope();
        else
            _ = _sum.add_(gradient);
    }

    internal void Forget()
    {
        Weight.grad = null;
        _sum?.Dispose();
        _sum = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sum?.Dispose();
        Master?.Dispose();
        Mean.Dispose();
        Square.Dispose();
        Step.Dispose();
    }
}
