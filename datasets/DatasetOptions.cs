using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>How the four numbers of a box are meant.</summary>
public enum BoxForm
{
    /// <summary>Left, top, right and bottom edge.</summary>
    Xyxy,

    /// <summary>Left and top edge, width and height, as COCO annotations have it.</summary>
    Xywh,
}

/// <summary>Which answers of a conversation are asked for.</summary>
public enum AskedTurns
{
    /// <summary>The last one; what was said before it is the prompt.</summary>
    Last,

    /// <summary>Each in turn: a conversation of three answers is three examples.</summary>
    All,
}

/// <summary>What to read of a data file, and how.</summary>
[Category("Data")]
public sealed record DatasetOptions : IOptionRules
{
    /// <summary>Columns that stand for a role: "answer=solution", "image=picture"; several, or parted by commas.</summary>
    [Description("columns of the file that stand for a role, as answer=solution,image=picture; fields as answer=reward_model.ground_truth")]
    public string[] Columns { get; init; } = [];

    /// <summary>Columns that are not read, whatever they hold.</summary>
    [Description("columns that are left out, images among them")]
    public string[] IgnoreColumns { get; init; } = [];

    /// <summary>Rows that are read: a condition over the columns of the file in DuckDB's SQL; null for all.</summary>
    [Description("condition in SQL (DuckDB's) over the columns of the file that a row must meet, as \"split = 'train' and length(answer) < 9\"")]
    public string? Where { get; init; }

    /// <summary>Most rows of each file; null for all.</summary>
    [Description("most rows of each file; by default all"), Range(1, int.MaxValue)]
    public int? Limit { get; init; }

    /// <summary>"95/5": how many per cent to train on and how many to hold out; see <see cref="Dataset.Split"/>. Null holds out none.</summary>
    [Description("per cent of the rows to train on and to hold out, as 95/5; by default none is held out")]
    public string? Split { get; init; }

    /// <summary>The system's turn of every example; a text, or "@" and the path of a file that holds it. Null keeps the data's.</summary>
    [Description("system turn of every prompt, in place of the data's own; @FILE reads it from a file")]
    public string? System { get; init; }

    /// <summary>
    /// What is asked, with columns in braces: "{question} Answer with one word."; or "@" and a file. Null asks as the data does.
    /// </summary>
    [Description("text of the question with columns in braces, as \"{question} Answer with one word.\"; @FILE reads it from a file")]
    public string? Template { get; init; }

    /// <summary>Most bad rows that are skipped, listed and counted; the next one stops.</summary>
    [Description("most bad rows that are skipped, listed and counted; one more stops"), Range(0, int.MaxValue)]
    public int SkipBad { get; init; }

    /// <summary>Folder that image paths start from; null for the folder of the file that names them.</summary>
    [Description("folder that image paths start from; by default that of the file. Nothing outside it is read")]
    public string? ImageFolder { get; init; }

    /// <summary>What the numbers of boxes mean; null where the data says it.</summary>
    [Description("what the numbers of boxes mean, where the data does not say it")]
    public Frame? Frame { get; init; }

    /// <summary>How the four numbers of a box are meant; null where the data says it.</summary>
    [Description("how the four numbers of a box are meant, where the data does not say it")]
    public BoxForm? BoxForm { get; init; }

    /// <summary>A name of <see cref="TruthKind.Table"/> for all rows; null where each row says it.</summary>
    [Description("what every answer is: word, number, choice, region, text ...; by default what each row looks like")]
    public string? AnswerType { get; init; }

    /// <summary>Which answers of a conversation are asked for.</summary>
    [Description("answers of a conversation that are asked for")]
    public AskedTurns Turns { get; init; }

    /// <summary>A name of <see cref="DatasetLayout.Table"/> for all files; null where each file is recognised.</summary>
    [Description("layout of the files, where it is not recognised; ./vlm data says which there are")]
    public string? Layout { get; init; }

    /// <summary>
    /// Words that mean the same in generated data that has such a dial: 1, 4 or 16; null for its default, 1. Files have none.
    /// </summary>
    [Description("of guide alone, which is generated: words that mean the same, 1, 4 or 16; by default 1")]
    public int? Dial { get; init; }

    /// <summary>Columns that are kept beside the examples, as <see cref="Dataset.Kept"/>; they are not read as anything else.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules()
    {
        yield return new(nameof(Where), Where is null || !string.IsNullOrWhiteSpace(Where), "must be a condition");
        yield return new(nameof(Split), Split is null || SplitShares.TryRead(Split) is not null,
            "must be two shares that make 100, as 95/5", "95/5");
        yield return new(nameof(AnswerType), AnswerType is null || TruthKind.Table.Contains(AnswerType),
            $"must be one of {string.Join(", ", TruthKind.Table.Names)}", Nearest(AnswerType, TruthKind.Table.Names));
        yield return new(nameof(Dial), Dial is not { } dial || GuideLexicon.Dials.Contains(dial), "must be 1, 4 or 16", 16);
        yield return new(nameof(Layout), Layout is null || DatasetLayout.Table.Contains(Layout),
            $"must be one of {string.Join(", ", DatasetLayout.Table.Names)}", Nearest(Layout, DatasetLayout.Table.Names));
    }

    // What says nothing of files is refused where they are opened.
    internal DatasetOptions ForFiles() => Dial is null ? this : throw new OptionException(
        "a dial without its data: only guide, which is generated, has one", nameof(Dial), Dial, $"leave out {nameof(Dial)}");

    private static string? Nearest(string? name, IEnumerable<string> names) =>
        name is null ? null : NearestName.Of(name, names) ?? names.First();
}
