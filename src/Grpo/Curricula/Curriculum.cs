using System.Collections.Immutable;

namespace Vlm.Grpo;

/// <summary>Says which questions a step asks, and is told what they earned. What it knows is a <see cref="CurriculumState"/>.</summary>
/// <remarks>
/// <code>
/// CurriculumDraw drawn = curriculum.Next(state, step, count);
/// ...                                                              ask drawn.Questions, sample, score
/// (state, StepStats stats) = curriculum.Told(drawn, prompts, batch);
/// </code>
/// Immutable, and so is its state: the loop keeps the newest, and a checkpoint holds it.
/// </remarks>
public sealed class Curriculum
{
    // Of data without end, the newest questions that were answered wrong are remembered: as many as these.
    private const int Remembered = 65_536;
    private readonly CurriculumMethod _method;
    private readonly CurriculumOptions _options;
    private readonly long _seed;

    /// <summary>A curriculum over data.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="sources">At least one.</param>
    /// <param name="seed">The run's.</param>
    /// <exception cref="UsageException">The curriculum makes no sense of such data.</exception>
    public Curriculum(CurriculumOptions options, IReadOnlyList<QuestionSource> sources, long seed)
    {
        OptionsCheck.Validate(options);
        (_options, Sources, _seed, _method) = (options, sources, seed, CurriculumMethod.Table[options.Curriculum]);
        if (_method.NeedsAnEnd && sources.FirstOrDefault(source => source.Count is null) is { } endless)
            throw new UsageException(
                $"{_method} leaves out questions that it has asked before, and no question of {endless.Name} comes again",

                $"--curriculum {_method}", "--curriculum success-rate, or data from a file");
        if (_method.RatesSources && sources.Count < 2)
            throw new UsageException($"{_method} chooses among kinds of questions, and there is one: {sources[0].Name}",
                $"--curriculum {_method}", "--curriculum replay, or data of several kinds");
    }

    /// <summary>The data.</summary>
    public IReadOnlyList<QuestionSource> Sources { get; }

    /// <summary>Nothing was asked yet.</summary>
    public CurriculumState Start => CurriculumState.Start(Sources.Count);

    /// <summary>The questions of a step.</summary>
    /// <param name="state">Where the curriculum stands after the step before.</param>
    /// <param name="step">From 1.</param>
    /// <param name="count">How many.</param>
    public CurriculumDraw Next(CurriculumState state, long step, int count) =>
        _method.Next(state, new(Sources, _options, _seed, step, count));

    /// <summary>Where the curriculum stands once a step's answers are scored, and what it now knows.</summary>
    /// <param name="drawn">The step's questions.</param>
    /// <param name="prompts">Their prompts, in the same order.</param>
    /// <param name="batch">Rollouts of these prompts, and of any others, which say nothing of the questions.</param>
    /// <exception cref="UsageException">It needs to know what is right, and the rewards do not say it.</exception>
    public (CurriculumState State, StepStats Stats) Told(CurriculumDraw drawn, IReadOnlyList<Prompt> prompts, Batch batch)
    {
        if (!_method.RatesSources && !_method.RatesQuestions)
            return (drawn.After, _method.IsStateless ? StepStats.Empty : drawn.Stats);
        if (prompts.Count != drawn.Questions.Count)
            throw new ArgumentException($"{prompts.Count} prompts for {drawn.Questions.Count} questions", nameof(prompts));
        var rates = new Dictionary<Prompt, double>(ReferenceEqualityComparer.Instance);
        foreach ((int[] group, double rate) in batch.Groups.Zip(GroupSuccess.Of(batch)))
            rates[batch[group[0]].Rollout.Prompt] = rate;
        (Question Question, double Success)[] told = [.. drawn.Questions
            .Zip(prompts.Select(prompt => rates.GetValueOrDefault(prompt, double.NaN)))
            .Where(pair => !double.IsNaN(pair.Second))];
        CurriculumState state = drawn.After;
        foreach (IGrouping<int, (Question Question, double Success)> group in told.GroupBy(pair => pair.Question.Source))
            state = state.With(group.Key, Told(state.Sources[group.Key], Sources[group.Key], [.. group]));
        return (state, drawn.Stats + Rates(state));
    }

    /// <summary>Writes where it stands into a checkpoint's folder; nothing where the number of the step says it.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="state">Where it stands.</param>
    public void Write(string folder, CurriculumState state)
    {
        if (!_method.IsStateless)
            CurriculumFile.Write(folder, _method.Name, Sources, state);
    }

    /// <summary>Where it stood when a checkpoint was written.</summary>
    /// <param name="folder">As <see cref="Write"/> left it.</param>
    /// <exception cref="UsageException">There is none, it is damaged, or it is of another curriculum or of other data.</exception>
    public CurriculumState Read(string folder) =>
        _method.IsStateless ? Start : CurriculumFile.Read(folder, _method.Name, Sources);

    private SourceState Told(SourceState state, QuestionSource source, (Question Question, double Success)[] told)
    {
        if (_method.RatesSources)
            state = state with { Success = SuccessRate.Running(state.Success, told.Average(pair => pair.Success), _options.SuccessMemory) };
        return _method.RatesQuestions ? state with { Questions = Remember(state, source, told) } : state;
    }

    private static ImmutableSortedDictionary<long, QuestionState> Remember(
        SourceState state, QuestionSource source, (Question Question, double Success)[] told)
    {
        ImmutableSortedDictionary<long, QuestionState> known = state.Questions.SetItems(told.Select(pair =>
            KeyValuePair.Create(pair.Question.Row, new QuestionState(pair.Success, pair.Question.Pass))));
        if (source.Count is not null)
            return known;
        known = known.RemoveRange(told.Where(pair => pair.Success >= 1).Select(pair => pair.Question.Row));
        return known.RemoveRange(known.Keys.Take(known.Count - Remembered).ToArray());
    }

    private StepStats Rates(CurriculumState state) => !_method.RatesSources ? StepStats.Empty
        : state.Sources.Zip(Sources).Where(pair => pair.First.Success is not null)
            .Select(pair => StepStats.Of(($"{Metric.Curriculum}/success_{pair.Second.Name}", pair.First.Success!.Value, 1)))
            .Aggregate(StepStats.Empty, StepStats.Add);
}
