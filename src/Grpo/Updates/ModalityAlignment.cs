using TorchSharp;

namespace Vlm.Grpo;

/// <summary>
/// The auxiliary loss of a run over its prompts: <see cref="AlignmentLoss"/> on what the policy makes of images and text.
/// </summary>
/// <remarks>
/// Modalities are the two of <see cref="PromptStates.Pool"/>; steps are the prompts of an update, apart where their ids differ. The
/// loss compares prompts of all micro-batches: one pass without a gradient reads the features, the slope of the loss by each feature
/// is found, and each micro-batch passes its own on (Gao et al. 2021, arXiv:2101.06983). So the split does not change the gradient,
/// and the price is one more forward pass over the prompts in each update. For one thread.
/// </remarks>
public sealed class ModalityAlignment : IDisposable
{
    private readonly AlignmentOptions _options;

    /// <summary>For any policy over tokens.</summary>
    /// <param name="options">Loss, weight, importance; its weight is above 0.</param>
    /// <param name="width">Numbers in a state of the language model.</param>
    /// <param name="device">Where the policy is.</param>
    /// <param name="type">Of the running statistics.</param>
    public ModalityAlignment(
        AlignmentOptions options, long width, torch.Device device, torch.ScalarType type = torch.ScalarType.Float32)
    {
        OptionsCheck.Validate(options);
        _options = options;
        Moments = options.ImportanceWeighting ? new(width, device, type) : null;
    }

    /// <summary>Running statistics of features; null without importance weighting.</summary>
    public FeatureMoments? Moments { get; }

    /// <summary>What a run has of it; null where it is off, and then it costs nothing.</summary>
    /// <param name="learner">What learns.</param>
    /// <param name="options">The run's.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="checkpoint">The folder that a resumed run goes on from; null for the first.</param>
    /// <exception cref="UsageException">The policy acts by codes, or the checkpoint lacks the statistics.</exception>
    public static ModalityAlignment? Of(TrainableModel learner, AlignmentOptions options, torch.Device device, string? checkpoint)
    {
        if (!options.IsOn)
            return null;
        if (learner.Model.LatentActions is not null)
            throw Codes(options);
        var alignment = new ModalityAlignment(options, learner.Policy.FeatureWidth, device);
        if (checkpoint is not null)
            alignment.Moments?.Read(checkpoint);
        return alignment;
    }

    /// <summary>Writes what a resumed run needs into a checkpoint's folder.</summary>
    /// <param name="folder">An existing folder.</param>
    public void Write(string folder) => Moments?.Write(folder);

    /// <inheritdoc/>
    public void Dispose() => Moments?.Dispose();

    /// <summary>Adds a step's prompts to the running statistics, before its first update; nothing where none are kept.</summary>
    internal void Observe(IPolicy policy, IReadOnlyList<Rollout> rollouts, GrpoOptions options)
    {
        if (Moments is null)
            return;
        using DisposeScope scope = torch.NewDisposeScope();
        PromptRows rows = PromptRows.Of(rollouts, MicroBatches.Plan(rollouts, options.MicroBatchSize));
        (torch.Tensor features, torch.Tensor present) = Read(policy, rows, rollouts, options.Sampling);
        Moments.Add(features, present, _options.ImportanceMomentum);
    }

    /// <summary>The term of one update, whose slopes are those of the policy as it is now.</summary>
    /// <param name="policy">Before the update.</param>
    /// <param name="rollouts">Of the update.</param>
    /// <param name="parts">Its micro-batches.</param>
    /// <param name="options">The sampling distribution.</param>
    /// <param name="observe">Add the prompts to the running statistics first: in a step's first update, where that has all prompts.</param>
    internal AlignmentTerm Term(
        IPolicy policy, IReadOnlyList<Rollout> rollouts, IReadOnlyList<int[]> parts, GrpoOptions options, bool observe)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        PromptRows rows = PromptRows.Of(rollouts, parts);
        (torch.Tensor features, torch.Tensor present) = Read(policy, rows, rollouts, options.Sampling);
        if (observe)
            Moments?.Add(features, present, _options.ImportanceMomentum);
        using IDisposable gradients = torch.enable_grad();
        torch.Tensor leaf = features.detach().requires_grad_();                                // [P, M, D]
        torch.Tensor? weights = Moments is null ? null : FeatureImportance.Weights(
            leaf, present, Moments.Mean, Moments.Variance, _options.ImportanceTemperature, detached: !_options.ImportanceGradient);
        torch.Tensor loss = AlignmentLoss.Table[_options.AlignmentLoss].Compute(new(leaf, present, AlignmentInput.ApartByName(rows.Ids))
        {
            Weights = weights,
            Margin = _options.AlignmentMargin,
            Temperature = _options.AlignmentTemperature,
        });
        loss.backward();
        return new(rows, leaf.grad!.DetachFromDisposeScope(), Number(loss), _options.AlignmentCoef, Stats(loss, weights, present));
    }

    private static StepStats Stats(torch.Tensor loss, torch.Tensor? weights, torch.Tensor present)
    {
        StepStats stats = StepStats.Of((Metric.Alignment, Number(loss), 1));
        return weights is null ? stats : stats + StepStats.Of(($"{Metric.Alignment}/image_weight",
            Number(weights.detach().select(1, 0).sum()), Number(present.select(1, 0).sum())));
    }

    private static double Number(torch.Tensor scalar) => scalar.detach().to(torch.ScalarType.Float64).item<double>();

    // [P, M, D] and [P, M] in the order of the rollouts, so that running statistics do not depend on the split.
    private (torch.Tensor Features, torch.Tensor Present) Read(
        IPolicy policy, PromptRows rows, IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        using IDisposable constant = torch.no_grad();
        var features = new torch.Tensor[rows.Ids.Length];
        var present = new torch.Tensor[rows.Ids.Length];
        foreach (int[] owned in rows.Owned)
        {
            // One action is enough: what is read is the prompt.
            Rollout[] first = [.. owned.Select(i => rollouts[i] with
            {
                Tokens = rollouts[i].Tokens[..1], Actions = rollouts[i].Actions[..1], LogProbs = rollouts[i].LogProbs[..1],
            })];
            PromptStates states = policy.LogProbs(first, sampling).Prompts ?? throw Codes(_options);
            (torch.Tensor read, torch.Tensor has) = states.Pool();
            foreach ((int at, Prompt prompt) in states.Prompts.Index())
                (features[rows[prompt]], present[rows[prompt]]) = (read.select(0, at), has.select(0, at));
        }

        return (torch.stack(features), torch.stack(present));
    }

    internal static UsageException Codes(AlignmentOptions options) => OptionException.Breaks(
        nameof(options.AlignmentCoef), options.AlignmentCoef, "must be 0 for a policy over codes, whose base does not learn", 0);
}
