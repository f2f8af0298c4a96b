using static TorchSharp.torch;

namespace Vlm.Parity;

/// <summary>What a value is to a model, by which its distance from the reference's is measured.</summary>
internal enum Kind
{
    /// <summary>A hidden state or an image feature, of order 1.</summary>
    State,

    /// <summary>Logits, of order 5.</summary>
    Logit,

    /// <summary>Log-probs of tokens and the mean of their negatives.</summary>
    Loss,

    /// <summary>The gradient of a parameter.</summary>
    Gradient,
}

/// <summary>How far values may be from what a reference computed in float32, and how that is measured.</summary>
/// <remarks>
/// In float32 single numbers count: states and logits by their absolute difference; log-probs and losses likewise up to 1, as
/// shares of the number beyond, where numbers lie farther apart; gradients as shares of the parameter's largest. In bfloat16,
/// whose numbers lie 1/128 apart, a whole value counts: the Euclidean norm of the difference, as a share of the norm.
/// </remarks>
public sealed class Tolerance
{
    private readonly Dictionary<Kind, double> _most;
    private readonly bool _whole;

    private Tolerance(bool whole, double state, double logit, double loss, double gradient, double token)
    {
        _whole = whole;
        _most = new() { [Kind.State] = state, [Kind.Logit] = logit, [Kind.Loss] = loss, [Kind.Gradient] = gradient };
        Token = token;
    }

    /// <summary>For float32: a few times what other orders of summing change.</summary>
    public static Tolerance Float32 { get; } = new(whole: false, state: 2e-5, logit: 1e-4, loss: 1e-5, gradient: 1e-4, token: 0);

    /// <summary>
    /// For bfloat16: two to three times the most that was measured of five tiny models on a processor, 1.8e-2 of states,
    /// 2.2e-2 of logits, 6.7e-3 of log-probs, 6.6e-2 of gradients, 1.6e-2 of tokens.
    /// </summary>
    public static Tolerance BFloat16 { get; } = new(whole: true, state: 5e-2, logit: 5e-2, loss: 2e-2, gradient: 0.2, token: 5e-2);

    /// <summary>
    /// How far a recorded greedy token may lie below the most likely, as a share of the root mean square of the logits; 0 where
    /// it must be the most likely.
    /// </summary>
    internal double Token { get; }

    /// <summary>That of a model's type.</summary>
    /// <exception cref="ArgumentException">Neither float32 nor bfloat16: nobody measured another.</exception>
    public static Tolerance Of(ScalarType type) => type switch
    {
        ScalarType.Float32 => Float32,
        ScalarType.BFloat16 => BFloat16,
        _ => throw new ArgumentException($"there is no tolerance for {type}; there are those of float32 and bfloat16"),
    };

    /// <summary>How far a value is from the reference's; integers must be equal.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="name">As recorded.</param>
    /// <param name="wanted">The reference's, on the processor.</param>
    /// <param name="value">The model's, on any device.</param>
    /// <param name="yardstick">What a gradient is a share of; by default the reference's own.</param>
    internal Difference Compare(Kind kind, string name, Tensor wanted, Tensor value, Tensor? yardstick = null)
    {
        double allowed = wanted.is_floating_point() ? _most[kind] : 0;
        if (!wanted.shape.SequenceEqual(value.shape))
            return new Difference(name, double.PositiveInfinity, allowed,
                $"[{string.Join(", ", value.shape)}] instead of [{string.Join(", ", wanted.shape)}]");
        if (wanted.numel() == 0)
            return new Difference(name, 0, allowed);

        Tensor reference = wanted.to(ScalarType.Float64);
        Tensor difference = reference - value.detach().cpu().to(ScalarType.Float64);
        Tensor scale = (yardstick ?? wanted).to(ScalarType.Float64);
        double distance = wanted.is_floating_point() ? Distance(kind, difference, scale) : Largest(difference);
        return double.IsNaN(distance) ? new Difference(name, double.PositiveInfinity, allowed, "not a number")
            : new Difference(name, distance, allowed);
    }

    private double Distance(Kind kind, Tensor difference, Tensor scale) =>
        _whole ? difference.norm().item<double>() / Math.Max(1e-30, scale.norm().item<double>())
        : kind == Kind.Gradient ? Largest(difference) / Math.Max(1e-30, Largest(scale))
        : kind == Kind.Loss ? Largest(difference / scale.abs().clamp_min(1))
        : Largest(difference);

    private static double Largest(Tensor numbers) => numbers.abs().max().item<double>();
}
