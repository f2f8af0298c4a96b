using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>MetaRM: a reward model that learns from labelled pairs where it tells the policy's fresh answers apart best.</summary>
/// <remarks>
/// Wang et al. 2024, arXiv:2401.06080, section 4, to first order:
/// <code>
/// J = 2 / (k (k - 1)) sum_(i &lt; j) sigmoid(|r_i - r_j|)    of k answers to a question
/// shifted = weights + eta dJ/dweights        weights = weights - alpha dL/dweights at the shifted weights
/// </code>
/// The report has no code; a public note that weights samples in its place is not what it describes.
/// </remarks>
public static class MetaReward
{
    /// <summary>J: how far apart the scores of answers to one question are.</summary>
    /// <param name="scores">[k], two or more.</param>
    /// <returns>A scalar, 0.5 to 1.</returns>
    public static Tensor Spread(Tensor scores)
    {
        long k = scores.shape[0];
        Tensor all = (scores.unsqueeze(0) - scores.unsqueeze(1)).abs().sigmoid();               // [k, k]
        return all.triu(diagonal: 1).sum() * (2.0 / (k * (k - 1)));
    }

    /// <summary>Moves parameters along their gradients; disposing puts them back bit by bit.</summary>
    /// <param name="parameters">Those without a gradient stay. The gradients are forgotten.</param>
    /// <param name="rate">eta.</param>
    public static IDisposable Shift(IReadOnlyList<Parameter> parameters, double rate)
    {
        using IDisposable constant = no_grad();
        using DisposeScope scope = NewDisposeScope();
        var moved = new List<(Parameter, Tensor)>();
        foreach (Parameter parameter in parameters)
            if (parameter.grad is { } gradient)
            {
                moved.Add((parameter, parameter.detach().clone().DetachFromDisposeScope()));
                _ = parameter.add_(gradient, alpha: rate);
                parameter.grad = null;
            }
        return new Shifted(moved);
    }

    private sealed class Shifted(List<(Parameter Parameter, Tensor Before)> moved) : IDisposable
    {
        public void Dispose()
        {
            using IDisposable constant = no_grad();
            foreach ((Parameter parameter, Tensor before) in moved)
            {
                _ = parameter.copy_(before);
                before.Dispose();
            }
            moved.Clear();
        }
    }
}
