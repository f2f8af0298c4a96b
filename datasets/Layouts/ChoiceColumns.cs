using System.Globalization;
using System.Text.RegularExpressions;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>The options of a question.</summary>
/// <param name="Texts">In the order of their letters.</param>
/// <param name="Labels">What the data calls each of them, where it names them: "A", "1"; null where it does not.</param>
internal sealed record RowChoices(IReadOnlyList<string> Texts, IReadOnlyList<string>? Labels = null)
{
    /// <summary>The number of the option that an answer names by its label, from 0; null where it names none so.</summary>
    /// <exception cref="UsageException">It is the text of another option.</exception>
    public int? Labelled(string? answer, Row row)
    {
        int label = Labels is null || answer is null ? -1 : IndexOf(Labels, answer);
        if (label < 0)
            return null;
        int text = IndexOf(Texts, answer!);
        return text < 0 || text == label ? label : throw row.Wrong(
            $"the answer '{answer}' is option {(char)('A' + text)} by its text and option {(char)('A' + label)} by its label",
            "choices whose texts are not each other's labels");
    }

    private static int IndexOf(IReadOnlyList<string> texts, string said) =>
        texts.ToList().FindIndex(text => string.Equals(text.Trim(), said.Trim(), StringComparison.OrdinalIgnoreCase));
}

/// <summary>Finds the options of a row: a list, named values, or a column for each.</summary>
internal static partial class ChoiceColumns
{
    /// <summary>The options; null where there are none.</summary>
    /// <exception cref="UsageException">Two columns could be them, one holds something else, or one of them is missing.</exception>
    public static RowChoices? Read(Row row)
    {
        object? value = Values.Structured(Roles.Pick(row, "choices", ["choices", "options"]));
        if (value is null or string { Length: 0 })
            return OfColumns(row);
        if (value is IReadOnlyDictionary<string, object?> named)
            return OfNames(named, row);
        if (value is object?[] list && list.Contains(null))
            throw row.Wrong("one of the choices is nothing", "a text for each choice");
        string[] texts = Values.Texts(value) ?? throw row.Wrong($"the choices are {Values.KindOf(value)}", "a list of texts");
        return texts.Length > 0 ? new(texts) : null;        // MMMU: a question that is answered in words has an empty list
    }

    /// <summary>Options with their letters, a line each; as they are where each begins with its own.</summary>
    public static string Listed(IReadOnlyList<string> choices)
    {
        bool lettered = !ReferenceEquals(ChoiceOptions.Texts(choices), choices);
        return string.Concat(choices.Select((choice, i) =>
            (lettered ? choice : $"{(char)('A' + i)}. {choice}") + (i < choices.Count - 1 ? Break(choice) : "")));
    }

    /// <summary>What parts a text from the line after it. Behind the mark of an image one line break belongs to the mark.</summary>
    public static string Break(string text) => Marks.EndsWithImage(text) ? "\n\n" : "\n";

    // {A: cat, B: dog}, or {label: [A, B], text: [cat, dog]} of ARC.
    private static RowChoices OfNames(IReadOnlyDictionary<string, object?> named, Row row)
    {
        string[]? labels = Values.Texts(named.GetValueOrDefault("label")), texts = Values.Texts(named.GetValueOrDefault("text"));
        KeyValuePair<string, object?>[] given = [.. named.Where(pair => !Values.IsNothing(pair.Value))];
        if (texts is null)
            (labels, texts) = ([.. given.Select(pair => pair.Key)], Values.Texts(given.Select(pair => pair.Value).ToArray()));
        if (texts is null || (labels is not null && labels.Length != texts.Length))
            throw row.Wrong($"the choices are {string.Join(", ", named.Keys)}", "choices: a list of texts, or {A: text, B: text}");
        if (labels is null)
            return new(texts);
        int[] order = [.. Enumerable.Range(0, labels.Length).OrderBy(i => labels[i].Length).ThenBy(i => labels[i], StringComparer.Ordinal)];
        return new([.. order.Select(i => texts[i])], [.. order.Select(i => labels[i].Trim())]);
    }

    // MMBench and its kin: A, B ..., option_1, option_a, choice_A, optionA ...
    private static RowChoices? OfColumns(Row row)
    {
        (string Column, string Family, string Label)[] columns = [.. row.Columns.Where(column => row.Map.Of(column) is not null)
            .Select(column => (Column: column, Match: OptionName().Match(column))).Where(item => item.Match.Success)
            .Select(item => (item.Column, item.Match.Groups["family"].Value, item.Match.Groups["label"].Value.ToUpperInvariant()))];
        foreach (IGrouping<string, (string Column, string Family, string Label)> family in columns.GroupBy(item => item.Family))
        {
            (string Column, string Family, string Label)[] inOrder = [.. family.OrderBy(item => item.Label.Length)
                .ThenBy(item => item.Label, StringComparer.Ordinal)];
            int count = inOrder.Length;
            while (count > 0 && !row.Has(inOrder[count - 1].Column))
                count--;            // the last columns are empty where a question has fewer options
            if (count > 1 && AreInSequence([.. inOrder.Take(count).Select(item => item.Label)]))
                return new([.. inOrder.Take(count).Select(item => Text(item.Column, row))], [.. inOrder.Take(count).Select(item => item.Label)]);
        }

        return null;
    }

    // From A, 0 or 1, none left out.
    private static bool AreInSequence(string[] labels) => labels[0] is "A" or "0" or "1" && labels.Zip(labels.Skip(1)).All(pair =>
        char.IsAsciiDigit(pair.First[0]) ? int.TryParse(pair.First, CultureInfo.InvariantCulture, out int before)
            && int.TryParse(pair.Second, CultureInfo.InvariantCulture, out int after) && after == before + 1
            : pair.Second[0] == pair.First[0] + 1);

    private static string Text(string column, Row row) => row.Has(column) && Values.Text(row[column]) is { } text ? text : throw row.Wrong(
        $"the option in column {column} is {(row.Has(column) ? Values.KindOf(row[column]) : "empty, and one behind it is not")}", "a text for each option");

    [GeneratedRegex(@"\A(?:(?<family>)(?<label>[A-J])|(?<family>(?:[Oo]ption|[Cc]hoice|[Oo]pt)[_ ]?)(?<label>[A-Ja-j]|[0-9]{1,2}))\z")]
    private static partial Regex OptionName();
}
