using Vlm.Rewards;
using Vlm.Tables;
using Vlm.Testing;

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
                "two images", "choice", [Pictures.Png(3, 2), Pictures.Png(5, 4)],
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
            [["a", Pictures.Png(3, 2), "What?", "That."]]);

        Example example = ParquetExamples.Read(file).Single();

        Same(
            new Example("a", "vqa", [Pictures.Png(3, 2)], [Message.User("What?", images: 1)], new Truth.Word("That."), "That."),
            example);
    }

    [Theory]
    [InlineData(12, 30, 40, 80, "box [12, 30, 40, 80] reaches outside the 64 x 64 image")]
    [InlineData(12, 30, 70, 60, "box [12, 30, 70, 60] reaches outside the 64 x 64 image")]
    [InlineData(-2, 30, 40, 60, "box [-2, 30, 40, 60] reaches outside the 64 x 64 image")]
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
            $"error: {problem}\n   at: {file}, row 2 (id bad)\n  try: x1 < x2 within 0 to 64, y1 < y2 within 0 to 64",
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
    public void A_box_without_a_frame_is_refused_with_its_row()
    {
        string file = PathOf("frameless.parquet");
        ParquetFile.Write(
            file,
            [
                new("id", ColumnType.Text), new("image", ColumnType.Bytes), new("question", ColumnType.Text),
                new("answer", ColumnType.Text), new("box", ColumnType.List(ColumnType.Real)),
            ],
            [["a", Pictures.Png(9, 9), "Where?", "There.", new object?[] { 1.0, 2.0, 3.0, 4.0 }]]);

        Assert.Equal(
            $"error: nothing says what the numbers of the box [1, 2, 3, 4] mean\n   at: {file}, row 1 (id a)\n"
            + "  try: Frame = original-pixels, or one of original-pixels, resized-pixels, unit, thousand",
            Assert.Throws<UsageException>(() => ParquetExamples.Read(file).ToList()).Render());
    }

    [Theory]
    [InlineData("number", "many", "the truth 'many' is no number", "a number such as 3, 0.5, 1,000 or 12%")]
    [InlineData("choice", "C", "the truth 'C' is none of 2 choices", "the letter of a choice, its text, or its number, 0 to 1")]
    [InlineData("regoin", "3", "there is no answer_type 'regoin'", "region")]
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
            $"error: {problem}\n   at: {file}, row 1 (id r1)\n  try: {fix}",
            Assert.Throws<UsageException>(() => ParquetExamples.Read(file).ToList()).Render());
    }

    // As VLM-R1 and Visual-RFT write their solutions; the names of rewards may carry numbers.
    [Theory]
    [InlineData("""[{"bbox_2d": [1, 2, 5, 6], "label": "cat"}]""", "cat")]
    [InlineData("<answer>[{'Position': [1, 2, 5, 6], 'Confidence': 1.0}]</answer>", "")]
    public void Boxes_with_labels_are_read_and_written_back(string answer, string label)
    {
        string file = PathOf("boxes.parquet"), copy = PathOf("boxes-copy.parquet");
        ParquetFile.Write(
            file,
            [
                new("id", ColumnType.Text), new("image", ColumnType.Bytes), new("question", ColumnType.Text), new("answer", ColumnType.Text),
                new("answer_type", ColumnType.Text), new("frame", ColumnType.Text), new("reward", ColumnType.Text),
            ],
            [["a", Pictures.Png(9, 9), "Detect.", answer, "boxes", "OriginalPixels", "od_length + 0.5 box_f1@0.75"]]);

        Example read = ParquetExamples.Read(file).Single();
        ParquetExamples.Write(copy, [read]);

        Assert.Equal(new Truth.Boxes([new(new(1, 2, 5, 6), label)], Frame.OriginalPixels, 9, 9), read.Truth);
        Assert.Equal(read.Truth, ParquetExamples.Read(copy).Single().Truth);
        Assert.Equal("1 od_length + 0.5 box_f1@0.75", $"{read.Rewards}");
        Assert.Equal(1.5, read.Score(answer).Value, 1e-12);
    }

    [Fact]
    public void Boxes_that_leave_the_image_or_have_no_frame_are_refused_with_their_row()
    {
        string outside = """[{"bbox_2d": [1, 2, 5, 16], "label": "cat"}]""";

        Assert.Equal("box [1, 2, 5, 16] reaches outside the 9 x 9 image", Refused(outside, "OriginalPixels").Message);
        Assert.StartsWith("nothing says what the numbers of the box [1, 2, 5, 16] mean", Refused(outside, null).Message);

        UsageException Refused(string answer, string? frame)
        {
            string file = PathOf("boxes-refused.parquet");
            ParquetFile.Write(
                file,
                [
                    new("id", ColumnType.Text), new("image", ColumnType.Bytes), new("question", ColumnType.Text), new("answer", ColumnType.Text),
                    new("answer_type", ColumnType.Text), new("frame", ColumnType.Text),
                ],
                [["a", Pictures.Png(9, 9), "Detect.", answer, "boxes", frame]]);
            var error = Assert.Throws<UsageException>(() => ParquetExamples.Read(file).ToList());
            Assert.Equal($"{file}, row 1 (id a)", error.Where);
            return error;
        }
    }

    // 2 of 3 words said are true, 2 of 2 true ones are said: F1 0.8, twice. The metric says whether all are the same: no.
    [Fact]
    public void A_row_names_its_reward_and_its_metric()
    {
        string file = PathOf("rewards.parquet");
        Example plain = Shapes.Example(5, Split.Test, 6);
        Example own = plain with
        {
            Id = "own",
            Truth = new Truth.Word("red ball"),
            Rewards = RewardSet.Parse("2 token_f1", "exact_match"),
            Metric = Reward.Table["exact_match"],
        };
        ParquetExamples.Write(file, [plain, own]);

        Example[] read = [.. ParquetExamples.Read(file)];

        Assert.Equal((null, null), (read[0].Rewards, read[0].Metric));
        TotalScore score = read[1].Score("red ball left");
        Assert.Equal((2 * 0.8, 0), (Math.Round(score.Value, 12), score.Accuracy!.Value.Value));
        Assert.Equal(1, read[1].Accuracy("red ball").Value);
        Assert.Equal(0, read[1].Accuracy("Red ball").Value);
    }

    [Theory]
    [InlineData("tokenf1", null, "there is no reward 'tokenf1'", "token_f1")]
    [InlineData(null, "iuo", "there is no reward 'iuo'", "iou")]
    [InlineData("iou", null, "iou takes a truth of type region, and this one is word",
        "a reward for answer_type word, or none")]
    [InlineData(null, "yes_no", "the truth 'red' is neither yes nor no",
        "a reward for answer_type word, or none")]
    public void A_reward_that_cannot_be_is_refused_with_its_row(string? reward, string? metric, string problem, string fix)
    {
        string file = PathOf("named.parquet");
        ParquetFile.Write(
            file,
            [
                new("id", ColumnType.Text), new("question", ColumnType.Text), new("answer", ColumnType.Text),
                new("reward", ColumnType.Text), new("metric", ColumnType.Text),
            ],
            [["r1", "What?", "red", reward, metric]]);

        Assert.Equal(
            $"error: {problem}\n   at: {file}, row 1 (id r1)\n  try: {fix}",
            Assert.Throws<UsageException>(() => ParquetExamples.Read(file).ToList()).Render());
    }

    // A kind of truth that no package of ours knows, in a table, read back and scored.
    [Fact]
    public void A_kind_of_truth_from_outside_is_written_read_and_scored()
    {
        TruthKind.Table.Add(Parity.Numbers);
        Example example = Shapes.Example(5, Split.Test, 6) with { Truth = new Parity(Even: true) };
        string file = PathOf("parity.parquet");

        ParquetExamples.Write(file, [example]);

        Example read = ParquetExamples.Read(file).Single();
        Assert.Equal(new Parity(Even: true), read.Truth);
        Assert.Equal((1, 0), (read.Score("4").Value, read.Score("3").Value));
    }

    [Fact]
    public void An_image_may_lie_beside_the_file()
    {
        File.WriteAllBytes(PathOf("a.png"), Shapes.Example(5, Split.Test, 6).Images[0].Encoded("a"));
        Example example = ParquetExamples.Read(WithPath("a.png")).Single();

        Assert.Equal((64, 64), example.Images[0].Size("a"));
    }

    [Theory]
    [InlineData("b.png", "there is no image b.png in {0}", "the path of an image file in the folder of this file, or ImageFolder = FOLDER")]
    [InlineData("https://example.org/b.png", "an image is 'https://example.org/b.png', an address; nothing is downloaded",
        "download the images first, and write their paths into the file")]
    [InlineData(null, "an image has neither bytes nor a path", "the path of an image file in the folder of this file, or ImageFolder = FOLDER")]
    public void An_image_that_is_not_there_is_refused_with_its_row(string? path, string problem, string fix)
    {
        string file = WithPath(path);
        Assert.Equal(
            $"error: {string.Format(System.Globalization.CultureInfo.InvariantCulture, problem, _folder)}\n   at: {file}, row 1 (id r1)\n"
            + $"  try: {fix}",
            Assert.Throws<UsageException>(() => ParquetExamples.Read(file).ToList()).Render());
    }

    private string WithPath(string? path)
    {
        string file = PathOf("paths.parquet");
        ParquetFile.Write(
            file,
            [
                new("id", ColumnType.Text), new("image", ColumnType.Image), new("question", ColumnType.Text),
                new("answer", ColumnType.Text),
            ],
            [["r1", new object?[] { null, path }, "What?", "That."]]);
        return file;
    }

    private sealed record Parity(bool Even) : Truth
    {
        public static TruthKind Numbers { get; } = new(
            "test-parity", Reward.Of<Parity>("test_parity", Judge), Reward.Of<Parity>("test_parity", Judge), [],
            row => new Parity(row.Text == "even"), truth => new() { Text = ((Parity)truth).Even ? "even" : "odd" });

        public override TruthKind Kind => Numbers;

        private static Score Judge(string text, Parity truth) =>
            NumberMatch.Read(text).Number is { } number && number % 2 == 0 == truth.Even
                ? Score.One("same parity") : Score.Zero("other parity");
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
        else if (expected.Truth is CaptionTruth caption)
            Assert.Equal(caption.Objects, Assert.IsType<CaptionTruth>(actual.Truth).Objects);
        else
            Assert.Equal(expected.Truth, actual.Truth);
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
