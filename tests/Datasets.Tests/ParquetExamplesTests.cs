using Vlm.Rewards;
using Vlm.Tables;

namespace Vlm.Datasets.Tests;

public sealed class ParquetExamplesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("examples").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Examples_come_back_bit_for_bit()
    {
        var options = new ShapesOptions { Kinds = ShapesOptions.All };
        Example[] examples =
        [
            .. Enumerable.Range(0, 27).Select(i => Shapes.Example(5, Split.Test, i, options)),
            new Example(
                "two images", "choice", [new byte[] { 1, 2, 3 }, new byte[] { 4 }],
                [
                    new Message("system", [new Content("Look.")]),
                    new Message("user", [Content.Image, new Content("or"), Content.Image, new Content("?")]),
                ],
                new Truth.Choice('B', ["this", "that"]), "B) that"),
        ];
        string file = PathOf("all.parquet");

        ParquetExamples.Write(file, examples);

        Example[] read = [.. ParquetExamples.Read(file)];
        Assert.Equal(28, read.Length);
        foreach ((Example expected, Example actual) in examples.Zip(read))
            Same(expected, actual);
    }

    [Fact]
    public void One_image_each_makes_the_image_column_that_viewers_show()
    {
        string file = PathOf("single.parquet");
        ParquetExamples.Write(file, [.. Enumerable.Range(0, 7).Select(i => Shapes.Example(5, Split.Test, i))]);

        Assert.Contains(("image", "STRUCT(bytes BLOB, path VARCHAR)"), ParquetFile.Columns(file));
        Same(Shapes.Example(5, Split.Test, 6), ParquetExamples.Read(file).Last());
    }

    [Fact]
    public void A_plain_file_of_questions_and_answers_is_enough()
    {
        string file = PathOf("plain.parquet");
        ParquetFile.Write(
            file,
            [
                new("id", ColumnType.Text), new("image", ColumnType.Bytes),
                new("question", ColumnType.Text), new("answer", ColumnType.Text),
            ],
            [["a", new byte[] { 9 }, "What?", "That."]]);

        Example example = ParquetExamples.Read(file).Single();

        Same(
            new Example("a", "vqa", [new byte[] { 9 }], [Message.User("What?", images: 1)], new Truth.Word("That."), "That."),
            example);
    }

    [Theory]
    [InlineData(12, 30, 40, 80, "box [12, 30, 40, 80] reaches outside the 64 x 64 image")]
    [InlineData(12, 30, 70, 60, "box [12, 30, 70, 60] reaches outside the 64 x 64 image")]
    [InlineData(-1, 30, 40, 60, "box [-1, 30, 40, 60] reaches outside the 64 x 64 image")]
    [InlineData(12, 30, 12, 60, "box [12, 30, 12, 60] on the 64 x 64 image has no area")]
    [InlineData(40, 30, 12, 60, "box [40, 30, 12, 60] on the 64 x 64 image has no area")]
    public void A_box_outside_its_image_or_without_area_is_refused(
        double x1, double y1, double x2, double y2, string problem)
    {
        string file = PathOf("boxes.parquet");
        Example good = Shapes.Example(5, Split.Test, 6);
        var truth = new Truth.Region(new Box(x1, y1, x2, y2), Frame.OriginalPixels, 64, 64);
        ParquetExamples.Write(file, [good, good with { Id = "bad", Truth = truth }]);

        var error = Assert.Throws<UsageException>(() => ParquetExamples.Read(file).ToList());

        Assert.Equal(
            $"error: {problem}\n   at: {file}, row bad\n  try: x1 < x2 within 0 to 64, y1 < y2 within 0 to 64",
            error.Render());
    }

    // Sets that come out of databases have DECIMAL columns.
    [Fact]
    public void A_box_of_decimals_is_a_box()
    {
        string file = PathOf("decimals.parquet");
        using (var database = DuckDb.Open())
            database.Execute($"""
                COPY (SELECT 'a' AS id, 'Where?' AS question, 'There.' AS answer, 'Unit' AS frame,
                    [0.1, 0.2, 0.5, 1.0]::DECIMAL(4, 2)[] AS box) TO {DuckDb.Literal(file)} (FORMAT parquet)
                """);

        Assert.Equal(
            new Truth.Region(new Box(0.1, 0.2, 0.5, 1), Frame.Unit, 1, 1), ParquetExamples.Read(file).Single().Truth);
    }

    [Fact]
    public void A_box_without_a_frame_is_refused_before_any_row_is_read()
    {
        string file = PathOf("frameless.parquet");
        ParquetFile.Write(
            file,
            [
                new("id", ColumnType.Text), new("question", ColumnType.Text), new("answer", ColumnType.Text),
                new("box", ColumnType.List(ColumnType.Real)),
            ],
            []);

        Assert.Equal(
            $"error: the file lacks the column frame\n   at: {file}\n"
            + "  try: rename or add columns; present: id, question, answer, box",
            Assert.Throws<UsageException>(() => ParquetExamples.Read(file)).Render());
    }

    [Theory]
    [InlineData("number", "four", "the truth 'four' is no number", "a number such as 3 or 0.5")]
    [InlineData("choice", "C", "the truth 'C' is the letter of none of 2 choices", "the letter of a choice")]
    [InlineData("point", "3", "there is no answer_type 'point'", "answer_type word, number, choice, region, text or caption")]
    [InlineData(
        "caption", "small red blob 0.5 0.5", "the truth 'small red blob 0.5 0.5' is not a list of objects that captions are read for",
        "small red circle 0.25 0.5; large blue square 0.75 0.125")]
    public void A_truth_that_cannot_be_is_refused(string type, string truth, string problem, string fix)
    {
        string file = PathOf("truths.parquet");
        ParquetFile.Write(
            file,
            [
                new("id", ColumnType.Text), new("question", ColumnType.Text), new("answer", ColumnType.Text),
                new("answer_type", ColumnType.Text), new("choices", ColumnType.List(ColumnType.Text)),
            ],
            [["r1", "What?", truth, type, new[] { "this", "that" }]]);

        Assert.Equal(
            $"error: {problem}\n   at: {file}, row r1\n  try: {fix}",
            Assert.Throws<UsageException>(() => ParquetExamples.Read(file).ToList()).Render());
    }

    internal static void Same(Example expected, Example actual)
    {
        Assert.Equal((expected.Id, expected.Kind, expected.Answer), (actual.Id, actual.Kind, actual.Answer));
        Assert.Equal(
            expected.Images.Select(image => image.Encoded(expected.Id)), actual.Images.Select(image => image.Encoded(actual.Id)));
        Assert.Equal(
            expected.Messages.SelectMany(message => message.Content.Select(part => (message.Role, part))),
            actual.Messages.SelectMany(message => message.Content.Select(part => (message.Role, part))));
        if (expected.Truth is Truth.Choice choice)
            Assert.Equal(choice.Options, Assert.IsType<Truth.Choice>(actual.Truth).Options);
        else if (expected.Truth is Truth.Caption caption)
            Assert.Equal(caption.Objects, Assert.IsType<Truth.Caption>(actual.Truth).Objects);
        else
            Assert.Equal(expected.Truth, actual.Truth);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
