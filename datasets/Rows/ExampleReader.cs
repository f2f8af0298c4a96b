using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Makes examples of rows of one layout, and refuses a row that does not say what a prompt or a reward needs.</summary>
/// <param name="options">What the user says.</param>
/// <param name="layout">What stands where.</param>
/// <param name="images">Finds images.</param>
/// <param name="counts">What is counted on the way.</param>
internal sealed class ExampleReader(DatasetOptions options, DatasetLayout layout, RowImages images, ReadCounts counts)
{
    private readonly QuestionText _question = new(
        QuestionText.Text(options.System, nameof(DatasetOptions.System)), QuestionText.Text(options.Template, nameof(DatasetOptions.Template)));

    /// <summary>The examples of a row: one, or one for each answer of a conversation.</summary>
    /// <exception cref="UsageException">The row is wrong; the message names it and the cure.</exception>
    public IReadOnlyList<Example> Read(Row row)
    {
        if (layout.Examples is { } whole)
            return Counted(whole(row), row);
        RowParts parts = layout.Read(row);
        RowChoices? offered = ChoiceColumns.Read(row);
        IReadOnlyList<string>? choices = offered?.Texts;
        bool all = options.Turns == AskedTurns.All;
        PlacedChat chat = PlacedChat.Of(
            _question.Of(parts.Turns, choices, parts.IsQuestion, all, row), parts.Inside, parts.Beside, row);
        string id = row.Id ?? row.Name;
        row.ReadId();
        int[] answers = Asked(chat, parts, row);
        if (choices is not null && !parts.IsQuestion && !Names(chat, choices))
            counts.UnlistedChoices++;
        Example[] examples = [.. answers.Select((turn, i) => Example(
            all && chat.Turns.Any(message => message.Role == "assistant") ? string.Create(CultureInfo.InvariantCulture, $"{id}.{i}") : id,
            row, parts, offered, chat, turn))];
        UnreadColumns.Refuse(row, chat.Images.Count > 0);
        return Counted(examples, row);
    }

    private IReadOnlyList<Example> Counted(IReadOnlyList<Example> examples, Row row)
    {
        counts.Read.UnionWith(row.Read);
        counts.Unread.UnionWith(row.Unread.Select(field => field.Key));
        return examples;
    }

    // The turns that are answers; the number of turns where what is right stands in a column and the last turn asks.
    private int[] Asked(PlacedChat chat, RowParts parts, Row row)
    {
        int count = chat.Turns.Count;
        bool answered = chat.Turns[^1].Role == "assistant";
        if (answered && !parts.EndsWithAnswer)
            throw row.Wrong("the prompt ends with an answer", "a prompt whose last turn asks, and a column with what is right");
        if (answered && parts.Answer is bool && row.Has("label") && !row.Map.Has("answer"))
            throw row.Wrong(
                "label is true or false beside an answer: it may judge that answer, and it may be what is right",
                $"{nameof(DatasetOptions.IgnoreColumns)} = label, or {nameof(DatasetOptions.Columns)} = answer=label");
        int[] answers = [.. Enumerable.Range(0, count).Where(turn => chat.Turns[turn].Role == "assistant")];
        if (options.Turns == AskedTurns.All && answers.Length > 0 && parts.Answer is null)
            return answers;
        if (!answered)
            return [count];
        counts.LongerTalks += answers.Length > 1 ? 1 : 0;
        return [count - 1];
    }

    private Example Example(string id, Row row, RowParts parts, RowChoices? choices, PlacedChat chat, int turn)
    {
        string? reference = turn < chat.Turns.Count ? chat.TextOf(turn) : null;
        if (chat.Turns[turn - 1].Role != "user")
            throw row.Wrong("no question stands before an answer", "turns of user and assistant in alternation");
        if (parts.IsQuestion && chat.TextOf(turn - 1).All(char.IsWhiteSpace))
            throw row.Wrong("the question is empty", "a question in every row");
        if (reference is null && parts.Answer is null && parts.Box is null && !row.Has("truth"))
            throw RowTruth.NoAnswer(row);
        ImageSource[] sources = [.. chat.Images.Take(chat.PlacesBefore(turn)).Select((image, i) => images.Read(image, row, i))];
        RowTruth known = RowTruth.Read(
            row, parts, choices, reference, sources.Length > 0 ? sources[0] : null, options, counts);
        if (string.IsNullOrWhiteSpace(known.Answer))
            throw row.Wrong("the answer is empty", "an answer in every row");
        (RewardSet? rewards, Reward? metric) = Rewards(row, known.Truth);
        return new Example(
            id, Values.Text(row["kind"]) ?? parts.Kind ?? KindOf(known.Truth), sources, [.. chat.Turns.Take(turn)], known.Truth, known.Answer)
        {
            Rewards = rewards,
            Metric = metric,
            AsksForModelFrame = (known.Truth is Truth.Region or Truth.Boxes || parts.Named.Count > 0) && !OwnLayout.Is(row),
            Boxes = Written(parts, sources, row),
        };
    }

    // Pixels are those of the first image.
    private static WrittenBox[] Written(RowParts parts, ImageSource[] sources, Row row)
    {
        if (parts.Named.Count == 0 || parts.Frame is not { } frame || (frame == Frame.OriginalPixels && sources.Length == 0))
            return [];
        Extent? image = frame == Frame.OriginalPixels && sources[0].Size(row.Where) is var (width, height) ? new(width, height) : null;
        Extent extent = Frames.ExtentOf(frame, image, null);
        return [.. parts.Named.Select(numbers => new WrittenBox(BoxText.Show(numbers), numbers, frame, extent.Width, extent.Height))];
    }

    private static string KindOf(Truth truth) => truth is Truth.Region ? "ground" : "vqa";

    private static bool Names(PlacedChat chat, IReadOnlyList<string> choices)
    {
        string said = string.Concat(chat.Turns.SelectMany(turn => turn.Content.Select(part => part.Text)));
        return choices.All(choice => said.Contains(choice, StringComparison.Ordinal));
    }

    // Names that are in no table, and truths that a reward does not take, are found here and not in the middle of a run.
    private static (RewardSet? Rewards, Reward? Metric) Rewards(Row row, Truth truth)
    {
        bool own = OwnLayout.Is(row);
        string? metricName = own || row.Map.Has("metric") ? row["metric"] as string : null;
        Reward? metric = metricName is null ? null : Reward.Find(metricName, row.Where);
        RewardSet? rewards = (own || row.Map.Has("reward")) && row["reward"] is string text
            ? RewardSet.Parse(text, metricName, row.Where) : null;
        if (((rewards ?? truth.Kind.Rewards).Problem(truth) ?? metric?.Problem(truth)) is { } problem)
            throw row.Wrong(problem, $"a reward for answer_type {truth.Kind.Name}, or none");
        return (rewards, metric);
    }
}
