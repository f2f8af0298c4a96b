using Vlm.Engine;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>GRPO in a sentence: examples and a reward in, moved weights and statistics out.</summary>
/// <remarks>
/// <para>
/// A step is the public stages one after the other, and nothing else: prompts, <see cref="ISampler.Sample"/>,
/// <see cref="Batch.Of(IReadOnlyList{Rollout}, Func{Rollout, TotalScore})"/>, <see cref="GroupAdvantage.Estimate"/>,
/// <see cref="ReferencePolicy"/> where the divergence has a weight, <see cref="GrpoUpdate"/>. Whoever wants another order
/// writes these lines, as the recipes do. What the session keeps between steps is the optimizer, the number of steps and the
/// reference's weights; the model is the caller's, and <see cref="VisionLanguageModel.Save"/> writes it.
/// </para>
/// <para>Not for several threads, and nobody may ask the model during a step.</para>
/// </remarks>
public sealed class GrpoSession : IDisposable
{
    private readonly VisionLanguageModel _model;
    private readonly GrpoOptions _options;
    private readonly IPolicy _policy;
    private readonly FusedAdamW _optimizer;
    private readonly ReferencePolicy? _reference;
    private readonly long _seed;
    private ObjectiveState _objective;

    /// <summary>A session that has made no step.</summary>
    /// <param name="model">What learns: its weights, or the policy over codes.</param>
    /// <param name="options">Group size, rate and schedule, loss, sampling; null for the defaults.</param>
    /// <param name="weights">Adapters and frozen parts; null trains all weights. The precision is that of the loaded model.</param>
    /// <param name="seed">Names the random numbers of all steps, and of new adapters.</param>
    /// <exception cref="UsageException">
    /// An option is out of its range or does not fit the model, exported graphs were loaded, or weights of float16 would be trained.
    /// </exception>
    public GrpoSession(VisionLanguageModel model, GrpoOptions? options = null, ModelOptions? weights = null, long seed = 1)
    {
        (_model, _options, _seed) = (model, options ?? new(), seed);
        OptionsCheck.Validate(_options);
        weights ??= new();
        OptionsCheck.Validate(weights);
        var trained = TrainableModel.Of(model, weights, seed);
        _policy = trained.Policy;
        _optimizer = trained.Optimizer(_options);
        _reference = _options.Beta > 0 ? new ReferencePolicy(_policy) : null;
        _objective = ObjectiveState.Start(_options);
    }

    /// <summary>Steps made.</summary>
    public long Steps { get; private set; }

    /// <summary>Samples a group of answers to each example, scores them, and moves the weights.</summary>
    /// <param name="examples">At least one; <see cref="GrpoOptions.PromptsPerStep"/> is the recipes' and means nothing here.</param>
    /// <param name="reward">
    /// What an answer, special tokens dropped, earns against the example's truth; the metric <see cref="Metric.Accuracy"/>
    /// counts the answers that earn 1 or more.
    /// </param>
    /// <param name="cancel">Looked at before each token and each micro-batch.</param>
    /// <returns>Rewards, lengths, losses, under the names of <see cref="Metric"/>.</returns>
    /// <exception cref="UsageException">An image cannot be read, or a prompt leaves no room for an answer.</exception>
    /// <exception cref="NonFiniteException">A loss or gradient that is not finite; the weights are as they were.</exception>
    /// <exception cref="OperationCanceledException">
    /// It was cancelled: the step does not count, and the weights are as after the last whole update, of which a step has
    /// <see cref="GrpoOptions.NumIterations"/>.
    /// </exception>
    public StepStats Step(
        IReadOnlyList<Example> examples, Func<string, Truth, Score> reward, CancellationToken cancel = default) =>
        Step(examples, RewardSet.From(Reward.Of("reward", reward)), cancel);

    /// <summary>The same with the rewards that the examples name, or those of their truths' kinds.</summary>
    /// <inheritdoc cref="Step(IReadOnlyList{Example}, Func{string, Truth, Score}, CancellationToken)"/>
    public StepStats Step(IReadOnlyList<Example> examples, CancellationToken cancel = default) =>
        Step(examples, Batch.Scored, cancel);

    /// <summary>The same with a row of <see cref="Reward.Table"/>, one of the caller's own, or a weighted set of them.</summary>
    /// <inheritdoc cref="Step(IReadOnlyList{Example}, Func{string, Truth, Score}, CancellationToken)"/>
    public StepStats Step(IReadOnlyList<Example> examples, RewardSet rewards, CancellationToken cancel = default) =>
        Step(examples, rollouts => Batch.Of(rollouts, rewards.Compute(
            [.. rollouts.Select(rollout => rollout.Sampled)], [.. rollouts.Select(rollout => rollout.Prompt.Example.Truth)],
            [.. rollouts.Select(rollout => rollout.Prompt.Example.Id)])), cancel);

    /// <summary>The same with a reward that sees the whole rollout, and may have several parts.</summary>
    /// <inheritdoc cref="Step(IReadOnlyList{Example}, Func{string, Truth, Score}, CancellationToken)"/>
    public StepStats Step(
        IReadOnlyList<Example> examples, Func<Rollout, TotalScore> reward, CancellationToken cancel = default) =>
        Step(examples, rollouts => Batch.Of(rollouts, reward), cancel);

    private StepStats Step(IReadOnlyList<Example> examples, Func<IReadOnlyList<Rollout>, Batch> scored, CancellationToken cancel)
    {
        if (examples.Count == 0)
            throw new ArgumentException("a step needs at least one example", nameof(examples));
        long step = Steps + 1;
        Prompt[] prompts = [.. examples.Select(example => _model.Prompt(example))];
        Rollout[] rollouts = _policy.Sample(prompts, _options.GroupSize, _options.Sampling, new SampleKey(_seed, step), cancel);
        GrpoOptions now = _objective.Of(_options);
        Batch batch = GreedyBaseline.Ask(
            _policy, RewardShaping.Apply(scored(rollouts), _options), _options, new SampleKey(_seed, step),
            greedy => [.. scored(greedy).Select(sample => sample.Score)], cancel);
        if (_reference is not null && now.KlEstimator != KlEstimator.Full)
            batch = batch.WithReference(_reference.LogProbs(batch.Rollouts, now));
        batch = KlReward.Estimate(batch, now);
        (batch, StepStats sampled) = ImportanceCorrection.Apply(_policy, batch, now);
        StepStats stats = GrpoUpdate.Apply(_policy, _optimizer, batch, now, step, _seed, reference: _reference, cancel: cancel) + sampled;
        _objective = _objective.After(stats, batch.Count, _options);
        _reference?.RefreshIfDue(step, _options.Regularizer);
        Steps = step;
        return BatchMetrics.Of(batch) + stats;
    }

    /// <summary>Frees the optimizer's state and the reference; the model stays.</summary>
    public void Dispose()
    {
        _optimizer.Dispose();
        _reference?.Dispose();
    }
}
