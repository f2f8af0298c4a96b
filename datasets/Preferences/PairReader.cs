using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Makes pairs of rows, and refuses a row that does not say what a prompt or a comparison needs.</summary>
/// <param name="options">What the user says.</param>
/// <param name="images">Finds images.</param>
/// <param name="counts">What is counted on the way.</param>
internal sealed class PairReader(DatasetOptions options, RowImages images, ReadCounts counts)
{
    // Scores of both sides, where no column holds the difference.
    private static readonly (string Chosen, string Rejected)[] s_scores =
    [
        ("score_chosen", "score_rejected"), ("chosen_score", "rejected_score"), ("reward_chosen", "reward_rejected"),
        ("chosen_reward", "rejected_reward"), ("chosen_rating", "rejected_rating"),
    ];

    private static readonly string[] s_kinds = ["kind", "category", "subset"];

    private readonly QuestionText _question = new(
        QuestionText.Text(options.System, nameof(DatasetOptions.System)), QuestionText.Text(options.Template, nameof(DatasetOptions.Template)));

    private readonly ExampleReader _examples = new(options, DatasetLayout.Table["own"], images, counts);

    /// <summary>Rows that compare no two answers, by the reason.</summary>
    public Dictionary<string, int> Unusable { get; } = [];

    /// <summary>The pairs of a row: one, more of a ranking, none of a row that compares nothing.</summary>
    /// <exception cref="UsageException">The row is wrong; the message names it and the cure.</exception>
    public IReadOnlyList<Preference> Read(Row row, PreferenceLayout layout)
    {
        PairParts parts = layout.Read(row);
        if (parts.Unusable is { } reason)
        {
            Unusable[reason] = Unusable.GetValueOrDefault(reason) + 1;
            return [];
        }

        Example example = parts.Known is { } known ? _examples.Read(known).Single() : Asked(parts, row);
        double? strength = Strength(row);
        Preference[] pairs = [.. parts.Pairs.Select((sides, i) => Pair(sides, parts.Pairs.Count == 1 ? example
            : example with { Id = string.Create(CultureInfo.InvariantCulture, $"{example.Id}.{i}") }))];
        if (parts.Known is null)
            UnreadColumns.Refuse(row, example.Images.Count > 0);
        counts.Read.UnionWith(row.Read);
        counts.Unread.UnionWith(row.Unread.Select(field => field.Key));
        return pairs;

        Preference Pair(PairSides sides, Example one)
        {
            CheckText(sides.Chosen, "chosen", row);
            CheckText(sides.Rejected, "rejected", row);
            return Of(one.Truth.IsKnown ? one : one with { Answer = sides.Chosen }, sides, row) with { Strength = strength ?? sides.Strength };
        }
    }

    private Example Asked(PairParts parts, Row row)
    {
        RowParts prompt = parts.Prompt!;
        string id = row.Id ?? row.Name;
        row.ReadId();
        PlacedChat chat = PlacedChat.Of(
            _question.Of(prompt.Turns, ChoiceColumns.Read(row)?.Texts, prompt.IsQuestion, every: false, row), prompt.Inside, prompt.Beside, row);
        if (chat.Turns[^1].Role != "user" || chat.TextOf(chat.Turns.Count - 1).All(char.IsWhiteSpace))
            throw row.Wrong("no question stands before the answers", "a prompt whose last turn is a user's");
        ImageSource[] sources = [.. chat.Images.Select((image, i) => images.Read(image, row, i))];
        string? column = Array.Find(s_kinds, name => Values.Text(row.Peek(name)) is { Length: > 0 });
        return new Example(id, (column is null ? null : Values.Text(row[column])) ?? parts.Kind ?? "pair", sources, chat.Turns, Truth.Unknown, "");
    }

    // The message of the pair names the record; this one the file and the line too.
    private static Preference Of(Example example, PairSides sides, Row row)
    {
        try
        {
            return Preference.Of(example, sides.Chosen, sides.Rejected);
        }
        catch (UsageException bad)
        {
            throw row.Wrong(bad.Message, bad.Fix);
        }
    }

    private static void CheckText(string text, string side, Row row)
    {
        if ((Marks.In(text) ?? Marks.Foreign(text) ?? Marks.OfObject(text)) is { } mark)
            throw row.Wrong(
                $"the {side} answer holds {mark}, which a model takes for more than text", "answers of text, without tokens of templates");
    }

    private static double? Strength(Row row)
    {
        foreach (string column in (string[])["strength", "margin"])
            if (row.Has(column))
                return Number(row, column);
        return Array.Find(s_scores, pair => row.Has(pair.Chosen) && row.Has(pair.Rejected)) is { Chosen: { } better } found
            ? Number(row, better) - Number(row, found.Rejected) : null;
    }

    private static double Number(Row row, string column) => Values.Text(row[column]) is { } text
        && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number
            : throw row.Wrong($"the column {column} is {Values.Text(row.Peek(column)) ?? Values.KindOf(row.Peek(column))}", "a finite number");
}
