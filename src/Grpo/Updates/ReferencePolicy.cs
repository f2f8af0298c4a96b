using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;

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
    private const string WeightsFile = "reference.safetensors";
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
    public float[][] LogProbs(IReadOnlyList<Rollout> rollouts, GrpoOptions options) => InPlace(() => Of(_policy, rollouts, options));

    /// <summary>[M, A] the reference's distributions at the rollouts' actions, on the policy's device, without a gradient.</summary>
    /// <exception cref="ArgumentException">The policy shows no distributions.</exception>
    internal torch.Tensor Distributions(IReadOnlyList<Rollout> rollouts, Sampling sampling) => InPlace(() =>
    {
        using IDisposable constant = torch.no_grad();
        return _policy.LogProbs(rollouts, sampling.Unfiltered()).All?.LogProbs
            ?? throw new ArgumentException("the full divergence needs a policy that shows whole distributions", nameof(rollouts));
    });

    private IEnumerable<(string Name, torch.Tensor Value)> Named =>
        _policy.Trainable.Zip(_weights, (parameter, weight) => (parameter.Name, weight));

    private T InPlace<T>(Func<T> read)
    {
        torch.Tensor[] trained = Copy(_policy);
        try
        {
            Put(_weights);
            return read();
        }
        finally
        {
            Put(trained);
            foreach (torch.Tensor copy in trained)
                copy.Dispose();
        }
    }

    /// <summary>Moves the reference towards the policy: reference' = mixup * policy + (1 - mixup) * reference.</summary>
    /// <remarks>TRL's sync_ref_model; Gorbatovski et al. 2024, arXiv:2404.09656, equation 8.</remarks>
    /// <param name="mixup">Above 0 and at most 1, which makes the reference the policy.</param>
    public void Refresh(double mixup)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        foreach ((Parameter parameter, torch.Tensor weight) in _policy.Trainable.Select(p => p.Value).Zip(_weights))
            _ = mixup == 1 ? weight.copy_(parameter) : weight.mul_((Scalar)(1 - mixup)).add_(parameter, alpha: (Scalar)mixup);
    }

    /// <summary>The same after the steps that <see cref="RegularizerOptions.ReferenceSyncSteps"/> divides.</summary>
    /// <param name="step">From 1: the step that is over.</param>
    /// <param name="options">How often, and how far.</param>
    public void RefreshIfDue(long step, RegularizerOptions options)
    {
        if (options.ReferenceSyncSteps > 0 && step % options.ReferenceSyncSteps == 0)
            Refresh(options.ReferenceMixup);
    }

    /// <summary>Writes its weights into a checkpoint's folder, for a reference that has moved.</summary>
    /// <param name="folder">An existing folder.</param>
    public void Write(string folder)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        SafetensorsWriter.Write(Path.Combine(folder, WeightsFile), Named);
    }

    /// <summary>Takes the weights of a checkpoint, where they move.</summary>
    /// <param name="folder">A checkpoint's.</param>
    /// <param name="options">Whether they do.</param>
    /// <exception cref="UsageException">The file is not there, or is another model's.</exception>
    public void Read(string folder, RegularizerOptions options)
    {
        if (options.ReferenceSyncSteps == 0)
            return;
        string path = Path.Combine(folder, WeightsFile);
        if (!File.Exists(path))
            throw new UsageException("the checkpoint has no weights of a reference that moves", path,
                "resume with --reference-sync-steps as the run began with, or from a checkpoint that has them");
        using SafetensorsFile file = SafetensorsFile.Open(path);
        StoredState.Read(file, path, Named, "the reference");
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
