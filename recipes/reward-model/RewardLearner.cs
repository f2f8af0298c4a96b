using TorchSharp;
using TorchSharp.Modules;
using Vlm;
using Vlm.Datasets;
using Vlm.Engine;
using Vlm.Grpo;
using Vlm.Rewards.Learned;
using Recipes.Cli;

/// <summary>A reward model in training: the model with what of it learns, and its head.</summary>
sealed class RewardLearner : IDisposable
{
    private const int ReadTogether = 64;
    private readonly TrainableModel _model;
    private readonly RewardHead _head;
    private readonly RewardModelOptions _options;
    private readonly PromptLimits _limits;
    private readonly PreferenceObjective _objective;

    private RewardLearner(TrainableModel model, RewardHead head, RewardModelOptions options, long seed)
    {
        (_model, _head, _options) = (model, head, options);
        IVisionLanguageModel weights = model.Base.Model;
        Reward = new(weights, model.Model.Processor, head);
        _limits = new(model.Model.Processor, weights, options.Seen, null);
        _objective = new(Reward, options.Objective, seed);
        model.Head = new(head.Parameters, config => RewardModelFolder.Configure(config, head, Scale));
    }

    /// <summary>What scores.</summary>
    public RewardModel Reward { get; }

    /// <summary>How the scores are normalised by those who read the folder.</summary>
    public RewardScale Scale { get; private set; } = RewardScale.Raw;

    /// <summary>A line for people: how many numbers learn.</summary>
    public string Trainable => _model.Trainable;

    /// <summary>Loads the model, with a new head or that of a checkpoint.</summary>
    /// <exception cref="UsageException">A folder cannot be read, or the options do not fit it.</exception>
    public static RewardLearner Load(Run run, RewardModelOptions options, string? checkpoint)
    {
        var model = TrainableModel.Load(Machine.InProject(options.Model), options.Weights, run.Device, run.Seed, run.Logger, checkpoint);
        if (model.Model.Codes is not null)
            throw new UsageException("a reward model reads answers in tokens, and this folder acts by codes", $"--model {options.Model}", "the base of the codes");
        IVisionLanguageModel weights = model.Base.Model;
        bool isImplicit = options.Objective.Pooling.IsImplicit();
        // Scores are read from states: the output layer has no part in them, but in those of an implicit reward.
        foreach ((_, Parameter value) in weights.Parameters.Where(item => !isImplicit && item.Name == "lm_head.weight"))
            value.requires_grad = false;
        RewardHead head = isImplicit ? RewardHead.Implicit(options.Objective.Beta, options.Objective.Pooling)
            : RewardHead.New(options.Segments ? CaptionSegments.Labels : ["reward"], weights.Sizes.Attention.HiddenSize, run.Device, options.Objective.Pooling);
        if (checkpoint is not null)
            head.Load(checkpoint);
        return new(model, head, options, run.Seed);
    }

    /// <summary>AdamW over what learns.</summary>
    public FusedAdamW Optimizer(UpdateOptions update) =>
        _model.Optimizer(update, _options.HeadLearningRate ?? Math.Min(1, 10 * update.LearningRate));

    /// <summary>Goes on from a checkpoint.</summary>
    public void Resume(string checkpoint, FusedAdamW optimizer) => TrainingCheckpoint.Load(checkpoint, Parameters, optimizer);

    /// <summary>Writes a checkpoint's files.</summary>
    public void Fill(string folder, TrainingState state, FusedAdamW optimizer) =>
        TrainingCheckpoint.Fill(folder, state, Parameters, optimizer, inner => _model.Write(inner, optimizer));

    /// <summary>Pairs with what is known of their labels.</summary>
    public PairToRead[] Read(IReadOnlyList<DrawnPair> drawn, IReadOnlyList<CleanedPair> labels) => [.. drawn.Select(one =>
    {
        CleanedPair label = labels.Count == 0 ? default : labels[one.Index];
        Preference pair = label.Treatment == PairTreatment.Flip ? one.Pair.Flipped : one.Pair;
        double margin = labels.Count == 0 ? pair.Strength ?? 0 : label.Margin;
        (Rollout chosen, Rollout rejected) = Sides(pair);
        return new PairToRead(chosen, rejected, _options.Objective.MarginWeight * margin,
            Math.Max(label.Smoothing, _options.Objective.LabelSmoothing), one.Number);
    })];

    /// <summary>Moves the weights once.</summary>
    public StepStats Step(FusedAdamW optimizer, PairToRead[] pairs, UpdateOptions update, long step, FreshAnswers? fresh)
    {
        using IDisposable features = _model.Base.Model.KeepVisionFeatures();
        Rollout[] answers = [.. pairs.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })];
        int[][] parts = [.. Enumerable.Range(0, answers.Length).Chunk(update.MicroBatchSize)];
        using IDisposable? shifted = fresh?.Shift(Reward, Parameters, step);
        return LossUpdate.Apply(Parameters, optimizer, answers, parts, update, step, part =>
        {
            if (_options.Segments)
                return Segments([.. part.Select(i => answers[i])], (double)part.Length / answers.Length);
            PairToRead[] read = [.. part.Where(i => i % 2 == 0).Select(i => pairs[i / 2])];
            (torch.Tensor loss, PairSums sums) = _objective.Compute(read, (double)read.Length / pairs.Length);
            return (loss, StepStats.Of((Metric.Accuracy, sums.Correct, read.Length), (Metric.RewardMargin, sums.Margins, read.Length),
                (Metric.Reward, sums.Scores, 2 * read.Length)));
        }, () => shifted?.Dispose());
    }

    /// <summary>The raw scores of both sides of pairs, in their order.</summary>
    public IEnumerable<ScoredPair> Scored(IReadOnlyList<Preference> pairs)
    {
        foreach (Preference[] part in pairs.Chunk(ReadTogether / 2))
        {
            using DisposeScope scope = torch.NewDisposeScope();
            using IDisposable constant = torch.no_grad();
            Rollout[] answers = [.. part.Select(Sides).SelectMany(sides => new[] { sides.Chosen, sides.Rejected })];
            double[] scores = [.. Values(answers)];
            for (int i = 0; i < part.Length; i++)
                yield return new(part[i].Kind, scores[2 * i], scores[(2 * i) + 1], answers[2 * i].Tokens.Length, answers[(2 * i) + 1].Tokens.Length, part[i].Strength);
        }
    }

    /// <summary>How well held-out pairs are ordered.</summary>
    public PairReport Report(IReadOnlyList<Preference> pairs) => PairReport.Of([.. Scored(pairs)]);

    /// <summary>Writes <c>model/</c>, whose scores have mean 0 and standard deviation 1 over the held-out answers, and measures once more.</summary>
    public PairReport Finish(Run run, PreferencePairs pairs, FusedAdamW optimizer)
    {
        ScoredPair[] scored = [.. Scored(pairs.HeldOut)];
        Scale = RewardScale.Of([.. scored.SelectMany(pair => new[] { pair.Chosen, pair.Rejected })]);
        _model.Finish(run.Folder, optimizer);
        return PairReports.Keep(run, "after", PairReport.Of(scored));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _head.Dispose();
        _model.Dispose();
    }

    private (torch.Tensor, StepStats) Segments(Rollout[] answers, double share)
    {
        (torch.Tensor loss, int correct, int count) = SegmentObjective.Compute(Reward, _model.Model.Processor.Tokenizer, [.. answers.Select(Labelled)]);
        return (share * loss, StepStats.Of((Metric.Accuracy, correct, count)));
    }

    private static SegmentedAnswer Labelled(Rollout answer)
    {
        int[] ends = TextSegments.Ends(answer.Text);
        IReadOnlyList<CaptionSegment> segments = CaptionSegments.Label(answer.Text, ends, (CaptionTruth)answer.Prompt.Example.Truth);
        return new(answer, ends, [.. segments.Select(segment => segment.Labels)]);
    }

    // Of segments the sum of what each earns, as the reward of the folder gives it.
    private IEnumerable<double> Values(Rollout[] answers) => _options.Segments
        ? SegmentObjective.Rewards(Reward, _model.Model.Processor.Tokenizer, answers).Select(segments => segments.Sum(one => one.Value))
        : Reward.Scores(answers).select(1, 0).cpu().data<float>().ToArray().Select(score => (double)score);

    private IReadOnlyList<(string Name, Parameter Value)> Parameters => [.. _model.Policy.Trainable, .. _head.Parameters];

    private (Rollout Chosen, Rollout Rejected) Sides(Preference pair)
    {
        Prompt prompt = _limits.Ask(pair.Example);
        return (Reward.Answer(prompt, pair.Chosen), Reward.Answer(prompt, pair.Rejected));
    }
}
