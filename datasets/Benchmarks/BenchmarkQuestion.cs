using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>A part of a benchmark that a question belongs to.</summary>
/// <param name="Key">What tables are split by: "split".</param>
/// <param name="Value">"human".</param>
public sealed record BenchmarkPart(string Key, string Value);

/// <summary>A question of a benchmark, with what its tables are split by.</summary>
/// <param name="Example">Prompt, images and truth; its metric is the benchmark's.</param>
public sealed record BenchmarkQuestion(Example Example)
{
    private static readonly AnswerFormat s_whole = AnswerFormat.Table["whole"];

    /// <summary>How its answers are found; null for all that follows the thinking, as the scorers read it.</summary>
    public AnswerFormat? Format { get; init; }

    /// <summary>What tables are split by: "split" is "human". A question may be of several types.</summary>
    public IReadOnlyList<BenchmarkPart> Parts { get; init; } = [];

    /// <summary>What a metric needs to know beside the truth: "precision" is "2".</summary>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    /// <summary>Questions of one group are one question asked in several ways: circular evaluation wants all of them right.</summary>
    public string Group { get; init; } = Example.Id;

    /// <summary>What people wrote of all images that are asked about, where the metric weighs words by it; null elsewhere.</summary>
    public CiderCorpus? Captions { get; init; }

    /// <summary>The objects of its image, for detection; none elsewhere.</summary>
    public IReadOnlyList<CocoTruth> Objects { get; init; } = [];

    /// <summary>The texts of its options, in the order of their letters; none where it has none.</summary>
    public IReadOnlyList<string> Options => Example.Truth is Truth.Choice choice ? choice.Options : [];

    /// <summary>The answers that are right; the letter of a choice.</summary>
    public IReadOnlyList<string> Answers => Example.Truth switch
    {
        Truth.Written written => written.AllAnswers(),
        Truth.Choice choice => [choice.Letter.ToString()],
        _ => [Example.Answer],
    };

    /// <summary>Finds the answer in what a model wrote.</summary>
    internal Answer Read(string completion) => (Format ?? s_whole).Read(completion);
}

/// <summary>What was answered to a question of a benchmark.</summary>
/// <param name="Question">What was asked.</param>
/// <param name="Text">What the model wrote.</param>
/// <param name="Score">What it earned.</param>
public sealed record BenchmarkAnswer(BenchmarkQuestion Question, string Text, Score Score)
{
    /// <summary>The answer in it; null where there is none.</summary>
    public string? Said => Question.Read(Text).Text;
}

/// <summary>A question before its images are read: what a benchmark makes of a row.</summary>
/// <param name="Ask">The text of the prompt; from the options in the order in which they are shown, for a choice.</param>
/// <param name="Truth">What is right.</param>
public sealed record BenchmarkItem(Func<IReadOnlyList<string>, string> Ask, Truth Truth)
{
    /// <inheritdoc cref="BenchmarkQuestion.Parts"/>
    public IReadOnlyList<BenchmarkPart> Parts { get; init; } = [];

    /// <inheritdoc cref="BenchmarkQuestion.Facts"/>
    public IReadOnlyDictionary<string, string> Facts { get; init; } = new Dictionary<string, string>();

    /// <summary>The answer as a text, where the truth is none.</summary>
    public string Answer { get; init; } = "";

    /// <inheritdoc cref="Example.AsksForModelFrame"/>
    public bool AsksForModelFrame { get; init; }

    /// <inheritdoc cref="BenchmarkQuestion.Objects"/>
    public IReadOnlyList<CocoTruth> Objects { get; init; } = [];

    /// <summary>Rows of one group hold one question in several ways; null where each is its own.</summary>
    public string? Group { get; init; }

    /// <summary>A question with one text, whatever its options are.</summary>
    public static BenchmarkItem Of(string prompt, Truth truth) => new(_ => prompt, truth);
}
