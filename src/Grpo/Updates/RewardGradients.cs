using TorchSharp;
using TorchSharp.Modules;
using Vlm.Engine;

namespace Vlm.Grpo;

/// <summary>How the policy gradients of several rewards lie to one another. Moves no weight.</summary>
public static class RewardGradients
{
    /// <summary>The scalar products of the gradients that each reward alone would give.</summary>
    /// <remarks>One forward and one backward pass over the step for each reward, and memory for as many gradients.</remarks>
    /// <param name="policy">Before the update.</param>
    /// <param name="optimizer">Over its parameters; its gradients are cleared.</param>
    /// <param name="batch">Scored rollouts.</param>
    /// <param name="rewards">For each reward what each rollout earned of it; NaN where one is not scored.</param>
    /// <param name="options">Advantages, clip, aggregation, micro-batch.</param>
    /// <param name="layers">A part of the names of the weights that are looked at; empty for all.</param>
    /// <returns>[K, K]</returns>
    /// <exception cref="UsageException">No weight that learns has such a name.</exception>
    public static double[][] Products(
        IPolicy policy, torch.optim.Optimizer optimizer, Batch batch, IReadOnlyList<double[]> rewards,
        GrpoOptions options, string layers = "")
    {
        Parameter[] all = [.. policy.Trainable.Select(item => item.Value)];
        Parameter[] chosen = [.. policy.Trainable.Where(item => item.Name.Contains(layers, StringComparison.Ordinal))
            .Select(item => item.Value)];
        if (chosen.Length == 0)
            throw new UsageException($"no weight that learns has '{layers}' in its name", $"--reward-gradient-layers {layers}",
                $"--reward-gradient-layers {policy.Trainable[^1].Name}");
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor rows = torch.stack([.. rewards.Select(one => Gradient(policy, optimizer,
            Compared(batch, one, options), options, all, chosen))]);
        torch.Tensor products = rows.matmul(rows.transpose(0, 1)).to(torch.ScalarType.Float64).cpu();      // [K, P] -> [K, K]
        return [.. products.contiguous().data<double>().ToArray().Chunk(rewards.Count)];
    }

    private static Batch Compared(Batch batch, double[] rewards, GrpoOptions options)
    {
        var advantages = new Advantage[batch.Count];
        double[][] found = GroupAdvantage.Compute([.. batch.Groups.Select(group => group.Select(i => rewards[i]).ToArray())],
            options.Advantage);
        foreach ((int[] group, double[] values) in batch.Groups.Zip(found))
            foreach ((int i, double value) in group.Zip(values))
                advantages[i] = value;
        return batch.With(advantages);
    }

    private static torch.Tensor Gradient(
        IPolicy policy, torch.optim.Optimizer optimizer, Batch batch, GrpoOptions options, Parameter[] all, Parameter[] chosen)
    {
        LossScale scale = LossScale.Of(options.LossAggregation, batch, options.LongestLoss);
        Gradients.Clear(optimizer, all);
        foreach (int[] part in MicroBatches.Plan(batch.Rollouts, options.MicroBatchSize, i => !batch[i].Advantage.IsZero))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            Sample[] samples = [.. part.Select(i => batch[i])];
            ActionLogProbs now = policy.LogProbs([.. samples.Select(sample => sample.Rollout)], options.Sampling);
            torch.Tensor advantages = torch.tensor(samples.Select(sample => sample.Advantage.Mean).ToArray())
                .to(now.LogProbs.dtype, now.LogProbs.device);
            PolicyLoss.Compute(
                new(now.LogProbs, Padded.Of([.. samples.Select(sample => sample.Rollout.LogProbs)], now.LogProbs), advantages, now.Mask),
                options.Clip, scale.At(part), null, options.SurrogateLoss, options.Surrogates).Loss.backward();
            Gradients.Collect(optimizer);
        }

        torch.Tensor flat = torch.cat([.. chosen.Select(value => Flat(optimizer, value))]);      // [P]
        Gradients.Clear(optimizer, all);
        return flat;
    }

    private static torch.Tensor Flat(torch.optim.Optimizer optimizer, Parameter value) =>
        ((optimizer as FusedAdamW)?[value].Gradient ?? value.grad)?.flatten().to(torch.ScalarType.Float32, copy: true)
        ?? torch.zeros(value.numel(), dtype: torch.ScalarType.Float32, device: value.device);
}
