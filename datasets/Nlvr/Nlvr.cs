using System.Text.Json;
using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Datasets;

/// <summary>
/// NLVR: sentences people wrote about small drawings of three grey boxes, true or false (Suhr, Lewis, Yeh and Artzi,
/// ACL 2017; CC-BY-4.0), from Parquet files with columns id, image, sentence, label, permutation, structured_rep.
/// </summary>
/// <remarks>
/// A sentence comes with several drawings, and a drawing with six orders of its boxes. Splits are made by the words of
/// the sentence, so neither is ever on both sides. 33 sentences are in the hidden and in the dev file alike.
/// </remarks>
public static class Nlvr
{
    private static readonly string[] Columns = ["id", "image", "sentence", "label", "permutation", "structured_rep"];

    // The orders of itertools.permutations(range(3)): place k of the image shows box Orders[p][k] of the list.
    private static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    /// <summary>True where a row is one of NLVR's files.</summary>
    internal static bool Is(Row row) => Columns.All(row.Columns.Contains);

    /// <summary>A row's true/false question and, where words can single out an object of it, where that is; as three images.</summary>
    internal static IReadOnlyList<Example> Examples(Row row)
    {
        string id = row["id"] as string ?? row.Name;
        ImageSource image = (row["image"] as IReadOnlyDictionary<string, object?>)?.GetValueOrDefault("bytes") as byte[] ?? throw row.Wrong("the row has no image", "the file of this project");
        if (row["sentence"] is not string sentence || row["label"] is not string label
            || row["structured_rep"] is not string structured || row["permutation"] is not long permutation)
            throw row.Wrong("the row lacks a sentence, its label or its drawing", "the file of this project");
        Example question = InParts(Question(id, image, sentence, label));
        return NlvrPhrases.Some(SceneOf(structured, (int)permutation), new RandomStream(0, $"nlvr-ground {id}")) is var (phrase, box)
            ? [question, InParts(NlvrLike.Pointing(id + "-ground", image, phrase, box))] : [question];
    }

    /// <summary>All true/false questions of a file: 5,910 in nlvr-hidden.parquet, 5,934 in nlvr-dev.parquet.</summary>
    /// <param name="path">The file.</param>
    public static IEnumerable<Example> Read(string path) => Rows(path).Select(row => Question(row, path));

    /// <summary>
    /// The true/false questions of one side of a file: nine sentences in ten to train on, the tenth held out to choose
    /// settings by.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="split"><see cref="Split.Train"/> or <see cref="Split.Validation"/>.</param>
    public static IEnumerable<Example> Read(string path, Split split) =>
        Rows(path).Where(row => SplitOf(row.Get<string>("sentence")) == split).Select(row => Question(row, path));

    /// <summary>
    /// One grounding question for each row of a file that has an object words can single out; boxes in original pixels.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="split">As in <see cref="Read(string, Split)"/>; null for all rows.</param>
    /// <param name="seed">Which object each row asks for.</param>
    public static IEnumerable<Example> Ground(string path, Split? split = null, long seed = 0) => Rows(path)
        .Where(row => split is null || SplitOf(row.Get<string>("sentence")) == split)
        .Select((row, i) => Pointing(row, path, new RandomStream(seed, "nlvr-ground", i)))
        .OfType<Example>();

    /// <summary>The side a sentence is on; case, spaces and the full stop do not matter.</summary>
    public static Split SplitOf(string sentence)
    {
        string[] words = sentence.ToLowerInvariant().Split([' ', '.'], StringSplitOptions.RemoveEmptyEntries);
        return Splits.Of(string.Join(' ', words)) == Split.Validation ? Split.Validation : Split.Train;
    }

    /// <summary>The example with its drawing as three images, one for each grey box, asked in the same words.</summary>
    public static Example InParts(Example example) => example with
    {
        Images = NlvrScene.Parts(example.Images[0]),
        Messages = [Message.User(example.Question, images: 3)],
    };

    /// <summary>The drawing of a row as its structured_rep and permutation give it, boxes from left to right.</summary>
    internal static NlvrScene SceneOf(string structured, int permutation)
    {
        using JsonDocument json = JsonDocument.Parse(structured);
        NlvrItem[][] boxes =
            [.. json.RootElement.EnumerateArray().Select(box => box.EnumerateArray().Select(Item).ToArray())];
        return new NlvrScene([.. Orders[permutation].Select(index => boxes[index])]);
    }

    private static NlvrItem Item(JsonElement item) => new(
        item.GetProperty("x_loc").GetInt32(),
        item.GetProperty("y_loc").GetInt32(),
        item.GetProperty("size").GetInt32(),
        Enum.Parse<NlvrShape>(item.GetProperty("type").GetString()!, ignoreCase: true),
        item.GetProperty("color").GetString() switch
        {
            "Yellow" => NlvrColor.Yellow,
            "#0099ff" => NlvrColor.Blue,
            _ => NlvrColor.Black,
        });

    private static IEnumerable<TableRow> Rows(string path) => ParquetFile.Read(path, Columns);

    private static Example Question(TableRow row, string path)
    {
        return Question(row.Get<string>("id"), Image(row, path), row.Get<string>("sentence"), row.Get<string>("label"));
    }

    private static Example Question(string id, ImageSource image, string sentence, string label) => new(
        id, "nlvr", [image], [Message.User(NlvrLike.Ask(sentence.Trim()), images: 1)], new Truth.Word(label), label);

    private static Example? Pointing(TableRow row, string path, RandomStream random)
    {
        NlvrScene scene = SceneOf(row.Get<string>("structured_rep"), (int)row.Get<long>("permutation"));
        return NlvrPhrases.Some(scene, random) is var (phrase, box)
            ? NlvrLike.Pointing(row.Get<string>("id") + "-ground", Image(row, path), phrase, box)
            : null;
    }

    private static byte[] Image(TableRow row, string path) =>
        row["image"] is IReadOnlyDictionary<string, object?> image && image["bytes"] is byte[] bytes
            ? bytes
            : throw new UsageException("the row has no image", $"{path}, row {row.Get<string>("id")}", "the file of this project");
}
