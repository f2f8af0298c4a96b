using System.Globalization;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>The data of a run, read and found possible before its first step.</summary>
public sealed class TrainingData
{
    private const string None = "none";
    private const int Looked = 64;      // of generated data, whose kinds come in turn
    private readonly ExampleCheck _check;
    private readonly IReadOnlyList<TrainingPart> _parts;
    private ExampleStream[] _asked = [];

    private TrainingData(ExampleCheck check, IReadOnlyList<TrainingPart> parts, IEnumerable<Example> heldOut)
    {
        (_check, _parts) = (check, parts);
        Train = parts is [var only] ? only.Stream : ExampleStream.Mixture([.. parts.Select(part => (part.Stream, part.Weight))]);
        HeldOut = [.. heldOut.Select(check.Ask)];
    }

    /// <summary>What is trained on, position by position.</summary>
    public ExampleStream Train { get; }

    /// <summary>The kinds of question that are trained on, each once, in alphabetical order.</summary>
    public IReadOnlyList<string> Kinds =>
        [.. _parts.SelectMany(part => part.Kinds.Select(kind => kind.Kind)).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>What the run is measured on; none with --eval none.</summary>
    public IReadOnlyList<Prompt> HeldOut { get; }

    /// <summary>Reads all that was named, and says what it is.</summary>
    /// <param name="run">The run.</param>
    /// <param name="model">Whose context the prompts must fit.</param>
    /// <param name="options">Which data.</param>
    /// <param name="reading">How files are read.</param>
    /// <param name="seen">How the model sees images.</param>
    /// <param name="rewards">What is paid in place of what the data says.</param>
    /// <param name="evalLimit">Most held-out questions.</param>
    /// <param name="room">Tokens that an example needs after its prompt.</param>
    /// <exception cref="UsageException">A file or a row cannot be read, fits no reward, or is longer than the context.</exception>
    public static TrainingData Open(
        Run run, VisionLanguageModel model, DataOptions options, DatasetOptions reading, SeenOptions seen, RunRewards rewards, int evalLimit,
        Func<Example, int> room)
    {
        DataName[] all = DataName.Parse([.. options.Data, .. options.Eval.Where(word => word != None)], reading.Dial);
        DataName[] names = all[..options.Data.Length], measured = all[options.Data.Length..];
        if (Array.TrueForAll(all, name => name.Generated is not null))
            FilesOnly.RefuseFor(reading, options.Data, nameof(DatasetOptions.SkipBad), nameof(DatasetOptions.Dial));
        reading = reading with { Dial = null };
        var check = new ExampleCheck(
            new(model.Processor, model.Checkpoint!.Model, seen, options.MaxPromptLength), rewards, room, reading.SkipBad);
        var parts = new List<TrainingPart>();
        var train = new List<Example>();
        var held = new List<Example>();
        foreach (DataName name in names)
        {
            if (name.Generated is { } generated)
            {
                ExampleStream stream = generated.Train(run.Seed, options.Kinds);
                _ = check.Keep([.. stream.Take(0, Looked)]).Count();
                parts.Add(TrainingPart.Of(name, generated, stream, options.Kinds, run.Seed));
                held.AddRange(options.Eval.Length > 0 ? [] : generated.Test(evalLimit, options.Kinds));
                run.Say($"{name.Path}: generated without end");
                continue;
            }

            Dataset read = Read(run, name.Path, reading);
            (IReadOnlyList<Example> own, IReadOnlyList<Example> rest) = options.Eval.Length > 0
                ? (read.Examples, []) : Parts(read, reading.Split, run.Seed);
            Example[] kept = [.. check.Keep(own.Where(Asked))];
            if (kept.Length == 0)
                throw new UsageException("there is no row left to train on", $"--data {name.Path}", "rows that fit, or --skip-bad with a larger number");
            parts.Add(TrainingPart.Of(name, kept, run.Seed, parts.Count));
            train.AddRange(kept);
            held.AddRange(check.Keep(rest.Where(Asked)));
        }

        foreach (DataName name in measured)
            held.AddRange(name.Generated is { } generated ? generated.Test(evalLimit, options.Kinds)
                : check.Keep(Read(run, name.Path, reading).Examples.Where(Asked)));
        check.Say(run);
        bool Asked(Example example) => options.Kinds.Length == 0 || options.Kinds.Contains(example.Kind);
        Example[] asked = HeldOutChoice.Of(held, evalLimit);
        if (Overlap.Of(train, asked) is { Count: > 0 } both)
            run.Say($"{both.Count} of {asked.Length} held-out questions are also trained on, the first of them {both[0].Id}: "
                + "the score of held-out data is too good by them");
        run.Say($"{(train.Count == 0 ? "endless" : string.Create(CultureInfo.InvariantCulture, $"{train.Count:N0}"))} examples to train on, "
            + $"{asked.Length} held out");
        return new(check, parts, asked);
    }

    /// <summary>The prompts of a step.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="count">How many.</param>
    public Prompt[] Prompts(long step, int count) => [.. Train.Take((step - 1) * count, count).Select(_check.Ask)];

    /// <summary>A curriculum over the data.</summary>
    /// <param name="options">Which.</param>
    /// <param name="seed">The run's.</param>
    /// <exception cref="UsageException">It makes no sense of such data.</exception>
    public Curriculum Curriculum(CurriculumOptions options, long seed)
    {
        (QuestionSource Source, ExampleStream Stream)[] sources =
            [.. _parts.SelectMany(part => part.Sources(byKind: CurriculumMethod.Table[options.Curriculum].RatesSources))];
        _asked = [.. sources.Select(pair => pair.Stream)];
        return new(options, [.. sources.Select(pair => pair.Source)], seed);
    }

    /// <summary>The prompts that a curriculum chose for a step.</summary>
    /// <param name="drawn">By the last curriculum that was made.</param>
    public Prompt[] Prompts(CurriculumDraw drawn) =>
        [.. drawn.Questions.Select(question => _check.Ask(_asked[question.Source].Of(question.Row)))];

    /// <summary>The prompt of an example that is a prompt's own but for its images or its first turn; its rewards stay.</summary>
    public Prompt Ask(Example example) => _check.AskAgain(example);

    private static Dataset Read(Run run, string path, DatasetOptions reading)
    {
        var read = Dataset.Open(path, reading, run.Token);
        foreach (string line in read.Report.Lines())
            run.Say(line);
        return read;
    }

    private static (IReadOnlyList<Example>, IReadOnlyList<Example>) Parts(Dataset read, string? split, long seed)
    {
        (Dataset train, Dataset held) = read.Split(split, seed);
        return (train.Examples, held.Examples);
    }
}
