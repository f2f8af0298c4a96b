using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets;

/// <summary>Makes questions of a benchmark's rows.</summary>
/// <param name="benchmark">Whose rows.</param>
/// <param name="asking">How questions are asked.</param>
/// <param name="options">Which rows.</param>
internal sealed class BenchmarkReader(Benchmark benchmark, BenchmarkOptions asking, DatasetOptions options)
{
    private readonly ColumnMap _map = ColumnMap.Read(
        options.Columns, options.IgnoreColumns, [.. benchmark.Columns.Select(column => column.Role).Except(ColumnMap.Roles)]);
    private readonly RowImages _images = new(options.ImageFolder);
    private readonly RowSource _source = new(options);
    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);

    /// <summary>Bad rows that were skipped.</summary>
    public IReadOnlyList<SkippedRow> Skipped => _source.Skipped;

    /// <summary>The questions of a file in order.</summary>
    /// <exception cref="UsageException">A bad row more than are skipped; the message names it.</exception>
    public IEnumerable<BenchmarkQuestion> Read(string path, CancellationToken cancel)
    {
        bool first = true;
        foreach (RowOrProblem item in _source.Read(path, FileKinds.Of(path)))
        {
            cancel.ThrowIfCancellationRequested();
            if (item.Row?.With(_map) is { } row && first)
            {
                RowSource.CheckColumns(row);
                first = false;
            }

            foreach (BenchmarkQuestion question in Questions(item))
                yield return question;
        }
    }

    private IReadOnlyList<BenchmarkQuestion> Questions(RowOrProblem item)
    {
        try
        {
            return item.Row is { } row ? [.. Questions(row.With(_map))] : throw item.Problem!;
        }
        catch (UsageException bad) when (bad is not OptionException)
        {
            _source.Skip(bad);
            return [];
        }
    }

    private IEnumerable<BenchmarkQuestion> Questions(Row row)
    {
        string id = row.Id ?? Values.Text(row.Peek("index")) ?? Values.Text(row.Peek("questionId")) ?? row.Name;
        row.ReadId();
        RowImage[] beside = [.. Images(row).Select((image, i) => image with { Value = _images.Read(image.Value, row, i) })];
        ImageSource[] images = [.. beside.Select(image => image.Value).Cast<ImageSource>()];
        BenchmarkItem[] items = [.. benchmark.Read(new BenchmarkRow(row, benchmark, asking.Mode, images))];
        if (beside.Length == 0 && !benchmark.IsTextAllowed)
            throw row.Wrong(
                $"the row has no image, and {benchmark.Name} asks about images", "a column called image, with the bytes or the path of one");
        Claim(id, row);
        foreach ((int number, BenchmarkItem item) in items.Index())
            foreach ((int turn, BenchmarkItem asked) in Orders(item, id).Index())
            {
                string group = Numbered(id, items.Length > 1 ? number : -1, ".");
                string own = Numbered(group, asking.Choices == ChoiceOrder.Circular ? turn : -1, "/");
                yield return Question(own, item.Group ?? group, asked, beside, row);
            }
    }

    private IReadOnlyList<RowImage> Images(Row row) => benchmark.ImageNames.Count > 0 && benchmark.ImageNames.All(row.Has)
        ? [.. benchmark.ImageNames.Select(name => new RowImage(row[name]!))] : ImageColumns.Read(row);

    // Answers are kept and resumed by their id.
    private void Claim(string id, Row row)
    {
        if (!_ids.TryAdd(id, row.Where))
            throw row.Wrong(
                $"the id {ImageText.Short(id)} is also that of {_ids[id]}", "rows with an id of their own; a file without ids numbers its rows");
    }

    private BenchmarkQuestion Question(string id, string group, BenchmarkItem item, IReadOnlyList<RowImage> beside, Row row)
    {
        string text = item.Ask(item.Truth is Truth.Choice choice ? choice.Options : []);
        Message[] system = QuestionText.Text(options.System, nameof(DatasetOptions.System)) is { } said ? [new("system", [new(said)])] : [];
        PlacedChat chat = PlacedChat.Of([.. system, Message.User(text)], [], beside, row);
        ImageSource[] images = [.. chat.Images.Cast<ImageSource>()];
        string answer = item.Truth switch
        {
            Truth.Choice right => right.Letter.ToString(),
            Truth.Written written => written.Answer,
            _ => item.Answer,
        };
        return new(new Example(id, benchmark.Name, images, chat.Turns, item.Truth, answer)
        {
            AsksForModelFrame = item.AsksForModelFrame,
        })
        {
            Parts = item.Parts,
            Facts = item.Facts,
            Objects = item.Objects,
            Format = asking.Format,
            Group = group,
        };
    }

    // The orders in which the options are shown.
    private IEnumerable<BenchmarkItem> Orders(BenchmarkItem item, string id) => (item.Truth, asking.Choices) switch
    {
        (Truth.Choice choice, ChoiceOrder.Circular) => Enumerable.Range(0, choice.Options.Count)
            .Select(turn => With(item, choice, [.. Enumerable.Range(0, choice.Options.Count).Select(i => (i + turn) % choice.Options.Count)])),
        (Truth.Choice choice, ChoiceOrder.Shuffled) => [With(item, choice, Shuffled(choice.Options.Count, id))],
        _ => [item],
    };

    private int[] Shuffled(int count, string id)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        new RandomStream(asking.Seed, $"choices {id}").Shuffle(order);
        return order;
    }

    private static BenchmarkItem With(BenchmarkItem item, Truth.Choice choice, int[] order) => item with
    {
        Truth = new Truth.Choice((char)('A' + Array.IndexOf(order, choice.Letter - 'A')), [.. order.Select(i => choice.Options[i])]),
    };

    private static string Numbered(string id, int number, string mark) =>
        number < 0 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}{mark}{number}");
}
