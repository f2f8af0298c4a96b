using Vlm.Tables;

namespace Vlm.Datasets.Tests;

public sealed class TextExamplesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("texts").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Parquet_and_lists_are_read_as_lines_are()
    {
        string parquet = PathOf("texts.parquet");
        ParquetFile.Write(parquet, [new("text", ColumnType.Text)], [["One."], ["Two."]]);
        string list = Written("texts.json", "\uFEFF[{\"text\": \"One.\"}, {\"text\": \"Two.\"}]");
        string lines = Written("texts.jsonl", "{\"text\": \"One.\"}\r\n\r\n{\"text\": \"Two.\"}");

        foreach (string file in (string[])[parquet, list, lines])
            Assert.Equal(
                [("texts-1", "One."), ("texts-2", "Two.")],
                TextExamples.Read(file).Select(example => (example.Id, example.Answer)));
    }

    [Theory]
    [InlineData("{\"text\": \"See <image> here.\"}", "a document holds <image>, the mark of an image")]
    [InlineData("{\"text\": \"<|image_pad|>\"}", "a document holds <|image_pad|>, the mark of an image")]
    [InlineData(
        "{\"messages\": [{\"role\": \"user\", \"content\": \"<|vision_start|>\"}, {\"role\": \"assistant\", \"content\": \"A\"}]}",
        "a text holds <|vision_start|>, which a model takes for more than text")]
    [InlineData(
        "{\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image\"}]}, {\"role\": \"assistant\", \"content\": \"A\"}]}",
        "the messages have 1 places for 0 images")]
    [InlineData("{\"text\": \"One.\", \"image\": \"a.png\"}", "the row has a text and an image, and no question")]
    public void An_image_or_the_mark_of_one_is_refused_with_its_line(string line, string problem)
    {
        string file = Written("texts.jsonl", "{\"text\": \"One.\", \"images\": []}\n" + line);

        var error = Assert.Throws<UsageException>(() => TextExamples.Read(file).ToList());

        Assert.Equal((problem, $"{file}, line 2"), (error.Message, error.Where));
    }

    [Theory]
    [InlineData("{\"text\": \"  \"}", "the row has no text")]
    [InlineData("{\"text\": 3}", "the row has no text")]
    [InlineData("{\"words\": \"One.\"}", "the row has no text")]
    [InlineData("One.", "the line is not JSON: 'O' is an invalid start of a value")]
    public void A_row_without_text_is_refused_with_its_line(string line, string problem)
    {
        string file = Written("texts.jsonl", "{\"text\": \"One.\"}\n" + line);

        var error = Assert.Throws<UsageException>(() => TextExamples.Read(file).ToList());

        Assert.Equal((problem, $"{file}, line 2"), (error.Message, error.Where));
    }

    [Fact]
    public void An_empty_half_is_refused_before_anything_is_read()
    {
        string file = Written("texts.jsonl", "\n\n"), list = Written("texts.json", "[]");

        Assert.Equal("the file has no rows", Assert.Throws<UsageException>(() => TextExamples.Read(file)).Message);
        Assert.Equal(
            $"error: the file holds no text, and the text-only half cannot be empty\n   at: {list}\n"
            + "  try: one row or more: {\"text\": \"...\"} on each line",
            Assert.Throws<UsageException>(() => TextExamples.Read(list)).Render());
        Assert.Throws<UsageException>(() => TextExamples.Read(PathOf("none.jsonl")));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Written(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
