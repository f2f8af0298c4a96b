using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo;

/// <summary>
/// A policy as it was at one moment, for the divergence term: a copy of the weights that have moved since.
/// </summary>
/// <remarks>
/// It borrows the policy it was taken from: the copy is put in place, log-probs are computed, and the trained weights
/// are put back bit by bit. So a reference costs the memory of the trainable weights, not of a second model.
/// </remarks>
public sealed class ReferencePolicy : IDisposable
{
    private readonly IPolicy _policy;
    private readonly torch.Tensor[] _weights;

    /// <summary>The policy as it is now.</summary>
    public ReferencePolicy(IPolicy policy) : this(policy, policy)
    {
    }

    /// <summary>The policy with another one's trainable weights: in a resumed run, those that it first started from.</summary>
    /// <param name="policy">Borrowed for its frozen weights.</param>
    /// <param name="weights">Their owner; may be disposed afterwards.</param>
    /// <exception cref="ArgumentException">It has other trainable weights.</exception>
    public ReferencePolicy(IPolicy policy, IPolicy weights)
    {
        if (!policy.Trainable.Select(Shape).SequenceEqual(weights.Trainable.Select(Shape)))
            throw new ArgumentException("a reference has the trainable weights of its policy", nameof(weights));
        (_policy, _weights) = (policy, Copy(weights));
    }

    /// <summary>The reference's log-probs of the rollouts' actions, one row per rollout.</summary>
    /// <inheritdoc cref="Of" path="/remarks"/>
    /// <param name="rollouts">Rollouts of the policy that this is the reference of.</param>
    /// <param name="options">The sampling distribution, and the micro-batch.</param>
    public float[][] LogProbs(IReadOnlyList<Rollout> rollouts, GrpoOptions options)
    {
        torch.Tensor[] trained = Copy(_policy);
        try
        {
            Put(_weights);
            return Of(_policy, rollouts, options);
        }
        finally
        {
            Put(trained);
            foreach (torch.Tensor copy in trained)
                copy.Dispose();
        }
    }

    /// <summary>
    /// The log-probs of the rollouts' actions under any policy, without a gradient, one row per rollout.
    /// </summary>
    /// <remarks>
    /// Top-k, top-p and min-p are not applied: they would take away actions that the policy in training may sample, and the
    /// divergence from a distribution that lacks them is without bound.
    /// </remarks>
    public static float[][] Of(IPolicy policy, IReadOnlyList<Rollout> rollouts, GrpoOptions options)
    {
        var rows = new float[rollouts.Count][];
        Array.Fill(rows, []);
        foreach (int[] part in MicroBatches.Plan(rollouts, options.MicroBatchSize))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable constant = torch.no_grad();
            torch.Tensor found = policy.LogProbs([.. part.Select(i => rollouts[i])], options.Sampling.Unfiltered()).LogProbs;
            float[] flat = [.. found.to(torch.ScalarType.Float32).cpu().contiguous().data<float>()];
            int width = (int)found.shape[1];
            foreach ((int row, int i) in part.Index())
                rows[i] = flat[(row * width)..(row * width + rollouts[i].Actions.Length)];
        }

        return rows;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (torch.Tensor weight in _weights)
            weight.Dispose();
    }

    private static string Shape((string Name, Parameter Value) weight) =>
        $"{weight.Name} {Shapes.Show(weight.Value)} {weight.Value.dtype}";

    private static torch.Tensor[] Copy(IPolicy policy)
    {
        using IDisposable constant = torch.no_grad();
        return [.. policy.Trainable.Select(parameter => parameter.Value.detach().clone().DetachFromDisposeScope())];
    }

    private void Put(torch.Tensor[] weights)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        foreach ((Parameter parameter, torch.Tensor weight) in _policy.Trainable.Select(p => p.Value).Zip(weights))
            _ = parameter.copy_(weight);
    }
}
