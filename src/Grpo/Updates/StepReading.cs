using TorchSharp;

namespace Vlm.Grpo;

/// <summary>What a policy says of a step's rollouts before an update: one pass without a gradient, the same at any micro-batch.</summary>
/// <param name="LogProbs">Of the actions, a row per rollout.</param>
/// <param name="Entropy">Of the distributions they were sampled from, in nats.</param>
internal sealed record StepReading(float[][] LogProbs, float[][] Entropy)
{
    /// <summary>Reads all rollouts.</summary>
    public static StepReading Of(IPolicy policy, IReadOnlyList<Rollout> rollouts, GrpoOptions options)
    {
        float[][] logProbs = Empty(rollouts.Count), entropy = Empty(rollouts.Count);
        foreach (int[] part in MicroBatches.Plan(rollouts, options.MicroBatchSize))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable constant = torch.no_grad();
            ActionLogProbs found = policy.LogProbs([.. part.Select(i => rollouts[i])], options.Sampling);
            Copy(found.LogProbs, logProbs);
            Copy(found.Entropy, entropy);

            void Copy(torch.Tensor values, float[][] rows)
            {
                int width = (int)values.shape[1];
                float[] flat = [.. values.to(torch.ScalarType.Float32).cpu().contiguous().data<float>()];
                foreach ((int row, int i) in part.Index())
                    rows[i] = flat[(row * width)..(row * width + rollouts[i].Actions.Length)];
            }
        }

        return new(logProbs, entropy);
    }

    private static float[][] Empty(int count) => [.. Enumerable.Repeat(Array.Empty<float>(), count)];
}
