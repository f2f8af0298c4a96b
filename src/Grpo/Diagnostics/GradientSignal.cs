using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo;

/// <summary>How much of a step's gradient is signal: its mean over groups against what it would be by noise alone.</summary>
/// <remarks>
/// <code>
/// ratio = |mean g|^2 / (trace Cov / G),      over the gradients g of G groups of answers
/// </code>
/// Without any signal it is 1 in expectation; with a signal 1 + |E g|^2 / (trace Cov / G). McCandlish et al. 2018, arXiv:1812.06162,
/// section 2.2, whose noise scale is trace Cov / |E g|^2. It does not depend on the scale of the loss or of the rewards.
/// </remarks>
/// <param name="SquaredMean">|mean g|^2.</param>
/// <param name="Noise">
/// trace Cov / G, the unbiased covariance: the part of <paramref name="SquaredMean"/> that noise alone is expected to give.
/// </param>
/// <param name="Groups">G</param>
public sealed record GradientSignal(double SquaredMean, double Noise, int Groups)
{
    /// <summary>
    /// Directions that gradients are projected on: they add a relative deviation of about 6 % to what G groups leave open.
    /// </summary>
    public const int Directions = 512;

    /// <summary>Infinite where all groups agree, NaN where all gradients are 0.</summary>
    public double Ratio => SquaredMean / Noise;

    /// <summary>Measures rows.</summary>
    /// <param name="gradients">[G, D] the gradient of each group, whole or projected; two groups at least.</param>
    /// <exception cref="ArgumentException">It has another shape, or a number that is not finite.</exception>
    public static GradientSignal Of(torch.Tensor gradients)
    {
        if (gradients.dim() != 2 || gradients.shape[0] < 2)
            throw new ArgumentException($"gradients {Shapes.Show(gradients)} must be [G, D] of two groups at least", nameof(gradients));
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        long groups = gradients.shape[0];
        torch.Tensor rows = gradients.to(torch.ScalarType.Float64), mean = rows.mean([0]);                // [G, D], [D]
        torch.Tensor both = torch.stack([mean.square().sum(), (rows - mean).square().sum() / (groups * (groups - 1))]).cpu();
        (double squared, double noise) = (both[0].item<double>(), both[1].item<double>());
        return double.IsFinite(squared) && double.IsFinite(noise) ? new(squared, noise, (int)groups)
            : throw new ArgumentException("a gradient is not finite", nameof(gradients));
    }

    /// <summary>The signal of the policy loss of a step: the surrogate, without divergence and bonus. Moves no weight.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="batch">Rollouts with advantages; each group is one row, without a gradient too.</param>
    /// <param name="options">The loss: surrogate, clip, aggregation; sampling, micro-batch.</param>
    /// <param name="directions">Directions that gradients are projected on.</param>
    /// <param name="seed">Names the directions.</param>
    /// <exception cref="ArgumentException">Fewer than two groups, or a gradient that is not finite.</exception>
    public static GradientSignal Measure(
        IPolicy policy, Batch batch, GrpoOptions options, int directions = Directions, long seed = 0)
    {
        LossScale scale = LossScale.Of(options.LossAggregation, batch, options.LongestLoss);
        using torch.Tensor rows = Project(policy, batch.Groups.Count, Losses, directions, seed);
        return Of(rows);

        IEnumerable<Func<torch.Tensor>> Losses(int group)
        {
            HashSet<int> members = [.. batch.Groups[group]];
            return MicroBatches.Plan(batch.Rollouts, options.MicroBatchSize, i => members.Contains(i) && !batch[i].Advantage.IsZero)
                .Select(part => (Func<torch.Tensor>)(() => Loss(policy, batch, part, options, scale)));
        }
    }

    /// <summary>The gradients of groups, each projected as soon as it is known: no two whole gradients are held.</summary>
    /// <param name="policy">Its trainable parameters; their gradients are cleared, and no weight moves.</param>
    /// <param name="groups">G</param>
    /// <param name="loss">From the number of a group to the parts of its loss, scalars; none for a gradient of 0.</param>
    /// <param name="directions">D; with as many as there are parameters nothing is lost.</param>
    /// <param name="seed">Names the directions.</param>
    /// <returns>[G, D] in float64 on the policy's device.</returns>
    public static torch.Tensor Project(
        IPolicy policy, int groups, Func<int, IEnumerable<Func<torch.Tensor>>> loss, int directions = Directions, long seed = 0)
    {
        Parameter[] parameters = [.. policy.Trainable.Select(item => item.Value)];
        using DisposeScope scope = torch.NewDisposeScope();
        using var sketch = new SignSketch(parameters.Sum(value => value.numel()), directions, seed, parameters[0].device);
        torch.Tensor[] rows = [.. Enumerable.Range(0, groups).Select(group =>
        {
            Clear(parameters);
            foreach (Func<torch.Tensor> part in loss(group))
                using (torch.NewDisposeScope())
                    part().backward();
            return sketch.Project(parameters.Select(value => value.grad), parameters.Select(value => value.numel()));
        })];
        Clear(parameters);
        return torch.stack(rows).MoveToOuterDisposeScope();
    }

    private static torch.Tensor Loss(IPolicy policy, Batch batch, int[] part, GrpoOptions options, LossScale scale)
    {
        Sample[] samples = [.. part.Select(i => batch[i])];
        ActionLogProbs now = policy.LogProbs([.. samples.Select(sample => sample.Rollout)], options.Sampling);
        torch.Tensor advantages = Padded.Of(
            [.. samples.Select(sample => sample.Advantage.PerAction(sample.Rollout.Actions.Length))], now.LogProbs);
        torch.Tensor old = Padded.Of([.. samples.Select(sample => sample.Old)], now.LogProbs);
        return PolicyLoss.Compute(new(now.LogProbs, old, advantages, now.Mask), options.Clip, scale.At(part), null, options.SurrogateLoss,
            options.Surrogates).Loss;
    }

    private static void Clear(Parameter[] parameters)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (Parameter parameter in parameters)
            parameter.grad = null;
    }
}
