using System.Globalization;
using System.Text.Json;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>What is right in a row, and the reference answer.</summary>
/// <param name="Truth">What is right.</param>
/// <param name="Answer">The reference completion.</param>
internal sealed record RowTruth(Truth Truth, string Answer)
{
    // Longer answers are scored by the words they share.
    private const int MostWords = 4;

    private static readonly string[] s_values = ["answer", "text", "value", "label", "target"];

    // What published sets call the kinds of answers: VQA, MathVista.
    private static readonly Dictionary<string, string> s_types = new()
    {
        ["yes/no"] = "word",
        ["bool"] = "word",
        ["boolean"] = "word",
        ["string"] = "word",
        ["str"] = "word",
        ["int"] = "number",
        ["integer"] = "number",
        ["float"] = "number",
        ["numeric"] = "number",
        ["numerical"] = "number",
        ["multiple_choice"] = "choice",
        ["multi_choice"] = "choice",
        ["multiple-choice"] = "choice",
        ["mcq"] = "choice",
        ["bbox"] = "region",
        ["box"] = "region",
    };

    /// <summary>Reads the truth of a row; refuses what rewards would refuse.</summary>
    /// <param name="row">The row.</param>
    /// <param name="parts">What its layout found.</param>
    /// <param name="offered">The options; null where there are none.</param>
    /// <param name="reference">The answer of the conversation; null where it has none.</param>
    /// <param name="image">The first image; null where there is none.</param>
    /// <param name="options">What the user says.</param>
    /// <param name="counts">Counts boxes that are clipped.</param>
    public static RowTruth Read(
        Row row, RowParts parts, RowChoices? offered, string? reference, ImageSource? image, DatasetOptions options,
        ReadCounts counts)
    {
        IReadOnlyList<string>? choices = offered?.Texts;
        object? value = Plain(parts.Answer, row);
        string? written = value is Array ? null : Values.Text(parts.Answer), text = Values.Text(value) ?? MostFrequent(value);
        if (choices is not null && Several(value)?.Distinct(StringComparer.Ordinal).Count() > 1)
            throw row.Wrong($"the answer is {string.Join(" and ", Several(value)!)}: several of the choices", "one choice for each question");
        string? told = Values.Text(row["truth"]);
        double[]? box = Box(row, parts, told is null ? value ?? Plain(reference, row) : null, choices, options);
        string[]? accepted = told is null ? Several(value) : null;
        string type = TypeOf(row, parts, options, told ?? text ?? Values.Text(Plain(reference, row)), choices, box);
        type = accepted is not null && type is "word" or "number" or "text" && options.AnswerType is null ? AcceptedAnswers.Answers.Name : type;
        if (box is null && choices is null && options.AnswerType is null && told is null && BoxText.Count(value ?? Plain(reference, row)) is > 1 and var count)
            throw row.Wrong($"the answer has {count} boxes; a region is one", $"one box for each question, or {nameof(DatasetOptions.AnswerType)} = text");
        if (type == "region" && box is null)
            throw row.Wrong($"the answer '{ImageText.Short(text ?? reference ?? "")}' is no box", $"[x1, y1, x2, y2], or {nameof(DatasetOptions.AnswerType)} = text");
        string? known = told ?? text ?? Values.Text(Plain(reference, row));
        if (type == TruthKind.Boxes.Name)
            known = told ?? written ?? (parts.Answer is null ? known : JsonSerializer.Serialize(parts.Answer));
        if (type != "region" && known is null && value is null)
            throw NoAnswer(row);
        if (type != "region" && known is null)
            throw row.Wrong($"the answer is {Values.KindOf(value)}", "a text, a number, true or false, or a list of texts");

        TruthColumns columns = new()
        {
            Text = type == AcceptedAnswers.Answers.Name && accepted is not null ? JsonSerializer.Serialize(accepted) : known,
            Choices = choices,
            Index = type == "choice" && told is null ? IndexOf(offered, known, value, row) : null,
            Box = type == "region" ? box : null,
            FrameSize = Values.Numbers(row["frame_size"]),
            ImageSize = image is null ? null : () => SizeOf(image, row),
            Where = row.Where,
        };
        if (type == "region")
            columns = RowBox.Framed(columns, row, parts, options, counts);
        if (type == TruthKind.Boxes.Name)
            columns = RowBox.Named(columns, row, parts, options);
        Truth truth = TruthKind.Table.Find(type, row.Where).Read(columns);
        return new(truth, reference ?? Answered(truth, string.IsNullOrWhiteSpace(written ?? text) ? null : written ?? text) ?? known ?? "");
    }

    /// <summary>What to say of a row without an answer.</summary>
    public static UsageException NoAnswer(Row row) => row.Wrong(
        "the row has no answer", $"an answer in every row, or {nameof(DatasetOptions.Columns)} = {(BoxColumn(row) is { } box ? $"box={box}" : "answer=COLUMN")}; there are {row.ColumnNames}");

    private static string? BoxColumn(Row row) => RefCocoLayout.Boxes.FirstOrDefault(row.Has);

    // {answer: ...} and its kin hold one value; the answers of several people are a list of those.
    private static object? Plain(object? value, Row row) => value switch
    {
        string text => PythonList.Read(text) is { Length: > 0 } list ? list : AnswerFormats.Explicit(text) ?? text,
        object?[] list when BoxText.Read(list) is null => list.Select(item => Plain(item, row)).ToArray(),
        IReadOnlyDictionary<string, object?> fields when BoxText.Read(fields) is null =>
            s_values.Select(name => fields.GetValueOrDefault(name)).FirstOrDefault(inner => inner is not null)
            ?? throw row.Wrong($"the answer has {string.Join(", ", fields.Keys)}", "answer: a text"),
        _ => value,
    };

    // By a label of the data, or a number from 0.
    private static long? IndexOf(RowChoices? offered, string? answer, object? value, Row row) =>
        offered?.Labelled(answer, row) is { } label ? label : value is long index ? index : null;

    // Of several people's answers the one that most gave.
    private static string? MostFrequent(object? value) => value is object?[] and [var only] ? Values.Text(only)
        : Several(value) is { } accepted ? AcceptedAnswers.Of(accepted).Answer : null;

    private static string[]? Several(object? value) =>
        value is object?[] { Length: > 1 } list && list.All(item => item is string) ? [.. list.Cast<string>()] : null;

    private static double[]? Box(Row row, RowParts parts, object? value, IReadOnlyList<string>? choices, DatasetOptions options)
    {
        if (parts.Box is not null)
            return BoxText.Read(parts.Box) ?? throw row.Wrong("the row's box is not four numbers", "a box of x1, y1, x2, y2");
        return choices is null && options.AnswerType is null or "region" ? BoxText.Read(value) : null;
    }

    private static string TypeOf(
        Row row, RowParts parts, DatasetOptions options, string? text, IReadOnlyList<string>? choices, double[]? box)
    {
        if (options.AnswerType is { } chosen)
            return chosen;
        string? told = Values.Text(row["answer_type"]);
        if (told is not null && (TruthKind.Table.Contains(told) || row.Map.Has("answer_type") || OwnLayout.Is(row)))
            return told;
        if (told is not null && s_types.TryGetValue(told.ToLowerInvariant(), out string? alias) && (alias != "choice" || choices is not null))
            return choices is null ? alias : "choice";
        return parts.AnswerType ?? (choices is not null ? "choice" : box is not null ? "region" : Looks(text ?? ""));
    }

    private static string Looks(string text)
    {
        if (Truth.Number.TryParse(text, out _))
            return "number";
        return text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length <= MostWords ? "word" : "text";
    }

    // What to imitate where the row has no text of it.
    private static string? Answered(Truth truth, string? text) => truth switch
    {
        Truth.Region { Box: var box } => text ?? BoxText.Show([box.X1, box.Y1, box.X2, box.Y2]),
        Truth.Choice choice when text is null || (text.Length == 1 && char.IsAsciiDigit(text[0])) || long.TryParse(text, CultureInfo.InvariantCulture, out _) =>
            $"{choice.Letter}",
        _ => text,
    };

    private static Extent SizeOf(ImageSource image, Row row)
    {
        (int width, int height) = image.Size(row.Where);
        return new(width, height);
    }
}
