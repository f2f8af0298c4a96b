using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>What the rows of a benchmark have in one place.</summary>
/// <param name="Role">What it is to the benchmark, and what <see cref="DatasetOptions.Columns"/> may give a column to.</param>
/// <param name="Names">What published files call the column, the most usual first.</param>
public sealed record BenchmarkColumn(string Role, params IReadOnlyList<string> Names)
{
    /// <summary>A row may do without it.</summary>
    public bool IsOptional { get; init; }
}

/// <summary>A public benchmark: where its rows are, how a question is asked, what is right, and how answers are measured.</summary>
/// <remarks>
/// It owns question, metric and reward: a new one is one file in this folder and one row of <see cref="Table"/>. Prompts are those that the
/// benchmark's own code or, where it has none, lmms-eval writes; in mode vlmevalkit those of VLMEvalKit. No data is downloaded.
/// </remarks>
public sealed record Benchmark : INamed
{
    /// <summary>Those that can be scored.</summary>
    public static NamedTable<Benchmark> Table { get; } = new("task",
        VqaBenchmarks.VqaV2, VqaBenchmarks.OkVqa, VqaBenchmarks.TextVqa, GqaBenchmark.Gqa, ChartQaBenchmark.ChartQa,
        DocumentBenchmarks.DocVqa, DocumentBenchmarks.InfoVqa, OcrBenchmark.OcrBench, ChoiceBenchmarks.Ai2d, ChoiceBenchmarks.ScienceQa,
        ChoiceBenchmarks.MmBench, ChoiceBenchmarks.MmStar, ChoiceBenchmarks.SeedBench, MmmuBenchmark.Mmmu, PopeBenchmark.Pope,
        GroundingBenchmarks.RefCoco, GroundingBenchmarks.RefCocoPlus, GroundingBenchmarks.RefCocoG,
        CocoDetectionBenchmark.CocoDetection, GroundingBenchmarks.ScreenSpot, GroundingBenchmarks.ScreenSpotV2, GroundingBenchmarks.ScreenSpotPro,
        CountingBenchmarks.Clevr, CountingBenchmarks.SuperClevr, Nlvr2Benchmark.Nlvr2, ChoiceBenchmarks.Geometry3k,
        CaptionBenchmarks.Coco, CaptionBenchmarks.Flickr30k, CaptionBenchmarks.NoCaps,
        MathBenchmarks.MathVista, MathBenchmarks.MathVerse);

    /// <inheritdoc/>
    public required string Name { get; init; }

    /// <summary>What it is called, who made it, and the paper.</summary>
    public required string Title { get; init; }

    /// <summary>Where its rows are found.</summary>
    public required string Address { get; init; }

    /// <summary>The licence of its rows, as their makers state it.</summary>
    public required string Licence { get; init; }

    /// <summary>The official scorer, at a commit.</summary>
    public required string Scorer { get; init; }

    /// <summary>The name of its main number.</summary>
    public required string Metric { get; init; }

    /// <summary>What its rows have, beside images.</summary>
    public required IReadOnlyList<BenchmarkColumn> Columns { get; init; }

    /// <summary>What the columns of its images are called, in order, where that is not image, images or image_1 ...</summary>
    public IReadOnlyList<string> ImageNames { get; init; } = [];

    /// <summary>Most tokens of an answer, as the harness asks for.</summary>
    public int MaxNewTokens { get; init; } = 32;

    /// <summary>Its number is a share, shown in per cent.</summary>
    public bool IsShare { get; init; } = true;

    /// <summary>A row without an image is a question too.</summary>
    public bool IsTextAllowed { get; init; }

    /// <summary>The questions of a row.</summary>
    public required Func<BenchmarkRow, IEnumerable<BenchmarkItem>> Read { get; init; }

    /// <summary>What a question has to know of all others before its answers are measured.</summary>
    internal Func<IReadOnlyList<BenchmarkQuestion>, ScoringMode, IEnumerable<BenchmarkQuestion>> Among { get; init; } =
        static (questions, _) => questions;

    /// <summary>What an answer earns; from the answer, without thinking. Where a language model has to be asked, what the rules alone say.</summary>
    public required Func<string, BenchmarkQuestion, ScoringMode, Score> Judge { get; init; }

    /// <summary>What measuring an answer comes to, where the scorer asks a language model; null where rules are all there is.</summary>
    public Func<string, BenchmarkQuestion, ScoringMode, Ruling>? Ruling { get; init; }

    /// <summary>Whose rules it can be scored by.</summary>
    public IReadOnlyList<ScoringMode> Modes { get; init; } = Enum.GetValues<ScoringMode>();

    /// <summary>The number of all answers together, and its parts.</summary>
    public Func<IReadOnlyList<BenchmarkAnswer>, ScoringMode, CorpusScore> Sum { get; init; } = static (answers, _) => BenchmarkScores.Mean(answers);

    /// <summary>Its number with the interval, where drawing the questions anew takes more than measuring them a thousand times.</summary>
    internal Func<IReadOnlyList<BenchmarkAnswer>, Interval>? Resampled { get; init; }

    /// <summary>What an answer to a question earns.</summary>
    /// <param name="completion">What the model wrote; its thinking, where it is marked as such, is no part of the answer.</param>
    /// <param name="question">What was asked.</param>
    /// <param name="mode">Whose rules.</param>
    public Score Score(string completion, BenchmarkQuestion question, ScoringMode mode)
    {
        Answer read = question.Read(completion);
        return read.Text is { } answer ? Judge(answer, question, mode) : Unparsed.Because(read.Problem);
    }

    /// <summary>What measuring an answer comes to, where somebody may have to be asked.</summary>
    /// <inheritdoc cref="Score"/>
    public Ruling Rule(string completion, BenchmarkQuestion question, ScoringMode mode)
    {
        Answer read = question.Read(completion);
        return read.Text is not { } answer ? new Ruling.Given(Unparsed.Because(read.Problem))
            : Ruling is null ? new Ruling.Given(Judge(answer, question, mode)) : Ruling(answer, question, mode);
    }

    /// <summary>The benchmark's number over all answers, in its own unit, with its parts.</summary>
    /// <param name="answers">At least one.</param>
    /// <param name="mode">Whose rules.</param>
    public CorpusScore Measure(IReadOnlyList<BenchmarkAnswer> answers, ScoringMode mode) => Sum(answers, mode);

    /// <summary>The share of questions that were answered rightly in every order of their options.</summary>
    /// <param name="answers">At least one; questions of one group are one question.</param>
    public static CorpusScore MeasureCircular(IReadOnlyList<BenchmarkAnswer> answers) => BenchmarkScores.Circular(answers);

    /// <summary>The 95 % interval of the benchmark's number.</summary>
    /// <remarks>
    /// Of a share of questions that are right or wrong Wilson's (<see cref="Interval.Wilson(int, int)"/>); else percentiles of 1,000 samples of the
    /// questions, drawn with replacement (Efron and Tibshirani 1993, An Introduction to the Bootstrap, section 13.3), those of one group
    /// together. The same answers give the same interval.
    /// </remarks>
    /// <param name="answers">At least one.</param>
    /// <param name="asking">How they were asked.</param>
    public Interval IntervalOf(IReadOnlyList<BenchmarkAnswer> answers, BenchmarkOptions asking)
    {
        bool isCircular = asking.Choices == ChoiceOrder.Circular;
        int right = answers.Count(answer => answer.Score.Value == 1);
        bool isShare = !isCircular && answers.All(answer => answer.Score.Value is 0 or 1)
            && Measure(answers, asking.Mode).Value == (double)right / answers.Count;
        return isShare
            ? Interval.Wilson(right, answers.Count)
            : Resampled is not null ? Resampled(answers)
            : BenchmarkScores.Bootstrap(
                answers, isCircular ? some => MeasureCircular(some).Value : some => Measure(some, asking.Mode).Value);
    }

    /// <summary>Its metric as a reward: an answer earns in training what it scores.</summary>
    /// <param name="question">Whose answers.</param>
    /// <param name="mode">Whose rules.</param>
    internal Reward RewardOf(BenchmarkQuestion question, ScoringMode mode) => Reward.Of<Truth>(
        Metric, (completion, truth) => Score(completion, question with { Example = question.Example with { Truth = truth } }, mode));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
