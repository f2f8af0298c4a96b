using System.Collections.Immutable;

namespace Vlm.Grpo;

/// <summary>Questions of one kind or data set, in the order in which training meets them.</summary>
/// <param name="Name">For metrics and messages.</param>
/// <param name="Weight">How often it is asked, among the others; above 0.</param>
/// <param name="Count">How many there are; null where they never end.</param>
/// <param name="Row">The number of the question at a position, both from 0: every question once in each pass.</param>
/// <param name="Identity">Tells its questions from those of other data: a hash of their ids, or what they are generated from.</param>
public sealed record QuestionSource(string Name, double Weight, long? Count, Func<long, long> Row, string Identity)
{
    /// <summary>The pass that a position lies in.</summary>
    public long Pass(long position) => Count is { } count ? position / count : 0;
}

/// <summary>A question of a source.</summary>
/// <param name="Source">Number of the source.</param>
/// <param name="Row">Number of the question in it.</param>
/// <param name="Pass">The pass in which it is asked.</param>
public readonly record struct Question(int Source, long Row, long Pass);

/// <summary>What is known of a question that was asked.</summary>
/// <param name="Success">Share of its rollouts that were right, when it was asked last.</param>
/// <param name="Pass">The pass in which that was.</param>
public readonly record struct QuestionState(double Success, long Pass);

/// <summary>Where a source stands.</summary>
/// <param name="Position">How far training has come in it.</param>
/// <param name="Asked">How many questions were taken from it in its turn.</param>
/// <param name="Success">Its running success rate; null before the first answer.</param>
/// <param name="Questions">What is remembered of its questions, by row.</param>
public sealed record SourceState(
    long Position, long Asked, double? Success, ImmutableSortedDictionary<long, QuestionState> Questions)
{
    /// <summary>Nothing was asked yet.</summary>
    public static SourceState Start { get; } = new(0, 0, null, ImmutableSortedDictionary<long, QuestionState>.Empty);
}

/// <summary>Where a curriculum stands: all that its next questions depend on, beside seed and step. Immutable.</summary>
/// <param name="Sources">One for each source.</param>
public sealed record CurriculumState(ImmutableArray<SourceState> Sources)
{
    /// <summary>Questions that were asked in their turn, replayed ones not counted.</summary>
    public long Asked => Sources.Sum(source => source.Asked);

    /// <summary>Nothing was asked yet.</summary>
    /// <param name="sources">How many sources there are.</param>
    public static CurriculumState Start(int sources) => new([.. Enumerable.Repeat(SourceState.Start, sources)]);

    /// <summary>The same with another state of one source.</summary>
    public CurriculumState With(int source, SourceState state) => new(Sources.SetItem(source, state));
}

/// <summary>The questions of a step, and where the curriculum stands once they are asked.</summary>
/// <param name="Questions">In their order.</param>
/// <param name="After">Without what they earn.</param>
/// <param name="Stats">What was chosen, under the name <see cref="Metric.Curriculum"/>.</param>
public sealed record CurriculumDraw(IReadOnlyList<Question> Questions, CurriculumState After, StepStats Stats);

/// <summary>What a curriculum chooses a step's questions from.</summary>
/// <param name="Sources">The data.</param>
/// <param name="Options">The curriculum's.</param>
/// <param name="Seed">The run's.</param>
/// <param name="Step">From 1.</param>
/// <param name="Count">Questions of the step.</param>
public sealed record CurriculumRequest(
    IReadOnlyList<QuestionSource> Sources, CurriculumOptions Options, long Seed, long Step, int Count)
{
    /// <summary>Each source's share of all weights.</summary>
    public double[] Shares => [.. Sources.Select(source => source.Weight / Sources.Sum(one => one.Weight))];
}
