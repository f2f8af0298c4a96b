using System.Text.Encodings.Web;
using System.Text.Json;
using Vlm.Images;
using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Datasets.Tests;

/// <summary>The samples of conversations and of text alone: made here, and read back.</summary>
public class TalkSamplesTests
{
    private static readonly JsonSerializerOptions Lines =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonSerializerOptions Pretty = new(Lines) { WriteIndented = true, NewLine = "\n" };

    private static string Folder => Path.Combine(SamplesTests.Root(), "datasets", "samples");

    private static bool Writing => Environment.GetEnvironmentVariable("VLM_WRITE_SAMPLES") is not null;

    public TalkSamplesTests()
    {
        Directory.CreateDirectory(Path.Combine(Folder, "images"));
        for (int i = 0; Writing && i < 4; i++)
            File.WriteAllBytes(Path.Combine(Folder, Image(i)), ImageCodec.EncodePng(Drawing(i)));
    }

    [Fact]
    public void Drawings_of_the_samples_are_what_the_generator_draws()
    {
        for (int i = 0; i < 4; i++)
            Assert.Equal(
                Drawing(i).Pixels,
                ImageCodec.Decode(File.ReadAllBytes(Path.Combine(Folder, Image(i))), Image(i)).Pixels);
    }

    // 3 dialogues of 3 answers each; the character's name becomes the system's turn.
    [Fact]
    public void The_mmrole_sample_gives_one_example_for_each_answer()
    {
        Kept("mmrole.json", JsonSerializer.Serialize(Enumerable.Range(0, 3).Select(Comment), Pretty) + "\n");

        Example[] read = [.. Conversations.Read(Path.Combine(Folder, "mmrole.json"))];

        Assert.Equal(9, read.Length);
        Assert.Equal("Ada_the_Painter_comment_shapes_1.2", read[5].Id);
        Assert.Equal(
            ["system", "user", "assistant", "user", "assistant", "user"], read[5].Messages.Select(turn => turn.Role));
        Assert.Equal("You are Ada the Painter.", read[5].Messages[0].Content[0].Text);
        Assert.Equal([null, "What do you see here?"], read[5].Messages[1].Content.Select(part => part.Text));
        Assert.Equal(new Truth.Passage(read[5].Answer), read[5].Truth);
        Assert.Equal("A painter counts before she paints: " + Talk(1)[1].Answer + ".", read[4].Answer);
        Assert.Equal(File.ReadAllBytes(Path.Combine(Folder, "images", "shapes-1.png")), Assert.Single(read[5].Images).Encoded("x"));
    }

    // 3 questions and 1 dialogue of 3 answers.
    [Fact]
    public void The_pcogalign_sample_gives_one_example_for_each_answer()
    {
        object[] rows = [Query(0), Query(1), Query(2), Chat(3)];
        Kept("pcogalign.json", JsonSerializer.Serialize(rows, Pretty) + "\n");

        Example[] read = [.. Conversations.Read(Path.Combine(Folder, "pcogalign.json"))];

        Assert.Equal(6, read.Length);
        Assert.Equal(
            "The user is Pupil at School, Child at Home.", read[0].Messages[0].Content[0].Text);
        Assert.All(read, example => Assert.Single(example.Images));
        Assert.All(read, example => Assert.True(example.Messages[1].Content[0].IsImage));
        Assert.Equal(6, read[5].Messages.Count);
        Assert.Equal(Talk(3)[2].Answer, read[5].Answer);
    }

    // A list of items in one row, a literal mark in the next, both in the third: one place each.
    [Fact]
    public void The_messages_samples_are_the_same_conversations_as_lines_and_as_parquet()
    {
        Kept("messages.jsonl", string.Concat(
            Enumerable.Range(0, 3).Select(i => JsonSerializer.Serialize(Marked(i), Lines) + "\n")));
        string parquet = Path.Combine(Folder, "messages.parquet");
        if (Writing)
            WriteParquet(parquet);

        Example[] lines = [.. Conversations.Read(Path.Combine(Folder, "messages.jsonl"))];
        Example[] rows = [.. Conversations.Read(parquet)];

        Assert.Equal((9, 9), (lines.Length, rows.Length));
        foreach ((Example line, Example row) in lines.Zip(rows))
        {
            ParquetExamplesTests.Same(line, row);
            Assert.Equal(1, line.Messages.Sum(turn => turn.Content.Count(part => part.IsImage)));
            Assert.DoesNotContain(line.Messages.SelectMany(turn => turn.Content),
                part => part.Text?.Contains("<image>", StringComparison.Ordinal) == true);
        }
    }

    // 8 documents, and 2 conversations of 2 answers.
    [Fact]
    public void The_text_sample_has_documents_and_conversations_without_images()
    {
        string[] lines =
        [
            .. Enumerable.Range(0, 8).Select(i => JsonSerializer.Serialize(
                new { text = Shapes.TextOnly(1, Split.Train, 3 * i).Answer }, Lines)),
            .. Enumerable.Range(0, 2).Select(i => JsonSerializer.Serialize(new
            {
                id = $"told-{i}",
                messages = Turns(
                    Shapes.TextOnly(1, Split.Train, (15 * i) + 2), Shapes.TextOnly(1, Split.Train, (15 * i) + 5)),
            }, Lines)),
        ];
        Kept("text.jsonl", string.Concat(lines.Select(line => line + "\n")));

        Example[] read = [.. TextExamples.Read(Path.Combine(Folder, "text.jsonl"))];

        Assert.Equal(12, read.Length);
        Assert.Equal(("text-1", "text", "text-8"), (read[0].Id, read[0].Kind, read[7].Id));
        Assert.Equal(TextExamples.Request, Assert.Single(read[0].Messages).Content[0].Text);
        Assert.Equal(Shapes.TextOnly(1, Split.Train, 0).Answer, read[0].Answer);
        Assert.Equal(("told-1.1", 3), (read[11].Id, read[11].Messages.Count));
        Assert.All(read, example => Assert.Empty(example.Images));
    }

    private static void Kept(string name, string text)
    {
        string file = Path.Combine(Folder, name);
        if (Writing)
            File.WriteAllText(file, text);
        Assert.Equal(text, File.ReadAllText(file));
    }

    private static IReadOnlyList<ShapesQuestion> Talk(int drawing) =>
        [.. Shapes.Questions(1, Split.Train, 3 * drawing, new ShapesOptions { Kinds = ["describe", "count", "exists"] })];

    private static RgbImage Drawing(int i) => Shapes.Draw(Talk(i)[0].Scene!);

    private static string Image(int drawing) => $"images/shapes-{drawing}.png";

    private static object Comment(int i)
    {
        (string Ask, string Say)[] lines =
        [
            ("What do you see here?", Talk(i)[0].Answer),
            (Talk(i)[1].Text, $"A painter counts before she paints: {Talk(i)[1].Answer}."),
            (Talk(i)[2].Text, $"With these eyes I say {Talk(i)[2].Answer}."),
        ];
        return new
        {
            id = $"Ada_the_Painter_comment_shapes_{i}",
            image = Image(i),
            conversations = lines.SelectMany(line => new object[]
            {
                new { from = "human", value = line.Ask }, new { role = "Ada the Painter", value = line.Say },
            }),
        };
    }

    private static object Query(int i) => new
    {
        individual_RoleSet = new Dictionary<string, string> { ["School"] = "Pupil", ["Home"] = "Child" },
        image = new { file_path = Image(i) },
        query = Talk(i)[0].Text,
        response = Talk(i)[0].Answer,
    };

    private static object Chat(int i) => new
    {
        id = $"chat-{i}",
        image = new { file_path = Image(i) },
        messages = new object[] { new { role = "system", content = "The user is Pupil at School." } }
            .Concat(Talk(i).SelectMany(question => new object[]
            {
                new { role = "user", content = question.Text }, new { role = "assistant", content = question.Answer },
            })),
    };

    private static object Marked(int i)
    {
        ShapesQuestion[] talk = [.. Talk(i)];
        object place = new { type = "image", image = Image(i) };
        object first = i switch
        {
            0 => new[] { place, new { type = "text", text = talk[0].Text } },
            1 => "<image>\n" + talk[0].Text,
            _ => new[] { place, new { type = "text", text = "<image>\n" + talk[0].Text } },
        };
        object[] turns = [.. talk.SelectMany((question, turn) => new object[]
        {
            new { role = "user", content = turn == 0 ? first : question.Text },
            new { role = "assistant", content = question.Answer },
        })];
        string id = $"messages-{i}";
        return i == 1 ? new { id, images = new[] { Image(i) }, messages = turns } : new { id, messages = turns };
    }

    private static void WriteParquet(string file)
    {
        ColumnType turns = ColumnType.List(ColumnType.Of(("role", ColumnType.Text), ("content", ColumnType.Text)));
        ParquetFile.Write(
            file,
            [new("id", ColumnType.Text), new("images", ColumnType.List(ColumnType.Image)), new("messages", turns)],
            Enumerable.Range(0, 3).Select(i => new object?[]
            {
                $"messages-{i}",
                new object?[] { new object?[] { File.ReadAllBytes(Path.Combine(Folder, Image(i))), Image(i) } },
                Talk(i).SelectMany((question, turn) => new object?[]
                {
                    new object?[] { "user", (turn == 0 ? "<image>\n" : "") + question.Text },
                    new object?[] { "assistant", question.Answer },
                }).ToArray(),
            }));
    }

    private static IEnumerable<object> Turns(params Example[] examples) => examples.SelectMany(example => new object[]
    {
        new { role = "user", content = example.Messages[0].Content[0].Text },
        new { role = "assistant", content = example.Answer },
    });
}
