using System.IO.Compression;
using System.Text;
using Vlm.Rewards;
using Vlm.Tables;
using Vlm.Testing;

namespace Vlm.Datasets.Tests;

/// <summary>Files, folders, patterns and mixtures; columns, conditions, templates; what is skipped, held out and drawn.</summary>
public sealed class DatasetTests : IDisposable
{
    private const string Row = """{"id": "r", "question": "Q?", "answer": "red"}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("dataset").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_is_read_by_its_content_and_its_other_name_is_said()
    {
        string lines = Written("data.parquet", Row + "\n");
        string packed = PathOf("data.jsonl.gz");
        File.WriteAllBytes(packed, Packed(Row));
        string csv = Written("data.csv", "question,answer,extra\n\"Which, then?\",\"1,000\",x\n");
        string tsv = Written("data.tsv", "question\tA\tB\tanswer\nQ?\tcat\tdog\tB\n");
        string wrapped = Written("wrapped.json", "{\n  \"version\": 2,\n  \"data\": [\n    " + Row + "\n  ]\n}");

        Assert.Contains("data.parquet is JSON lines, whatever its name says, and is read as such", Dataset.Open(lines).Report.Files[0].Notes);
        Assert.Equal("red", Dataset.Open(packed).Examples.Single().Answer);
        Example comma = Dataset.Open(csv).Examples.Single();
        Assert.Equal(("Which, then?", new Truth.Number(1000)), (comma.Question, comma.Truth));
        Assert.Equal('B', Assert.IsType<Truth.Choice>(Dataset.Open(tsv).Examples.Single().Truth).Letter);
        Assert.Equal("red", Dataset.Open(wrapped).Examples.Single().Answer);
        Assert.Equal(["extra"], Dataset.Open(csv).Report.Files[0].ColumnsNotRead);
    }

    public static TheoryData<string, byte[], string> Others => new()
    {
        { "a.parquet", [.. "PK\u0003\u0004rest"u8], "the file is a zip archive" },
        { "a.jsonl", [.. "ARROW1\0\0"u8], "the file is an Arrow file" },
        { "a.parquet", [.. "version https://git-lfs.github.com/spec/v1"u8], "the file is a Git LFS pointer, not the file itself" },
        { "a.parquet", [.. "hello"u8], "the file is not Parquet: it begins with a text" },
        { "a.parquet", [.. "PAR1\0\0\0\0PAR1"u8], "the file is not readable as Parquet" },
        { "a.json", [.. "<!DOCTYPE html>"u8], "the file is a web page" },
        { "a.csv", [0xFF, 0xFE, 65, 0], "the text of the file is UTF-16" },
        { "a.jsonl", [1, 2, 0, 4], "the file is neither Parquet, JSON nor CSV; it begins with 01020004" },
        { "a.jsonl", [.. "  \n"u8], "the file has no rows" },
        { "a.jsonl", [], "the file does not open: it is empty, or no regular file" },
        { "a.json", [.. "[]"u8], "there are no rows to read" },
        { "a.json", [.. "{\"questions\": [], \"data\": []}"u8], "the file has the rows of questions and data" },
        { "a.csv", [.. "question,answer\n"u8], "there are no rows to read" },
        { "a.csv", [.. "question,answer\na,b\nc,d,e,f\n"u8], "the file is not readable as CSV" },
        { "a.json", [.. "{\"images\": [], \"annotations\": [{\"id\": 1}]}"u8], "the COCO file lacks categories" },
        { "a.json", [.. "{\"annotations\": [}"u8], "the line is not JSON" },
        { "a.jsonl.gz", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF, 0, 0, 1], "the gzip file is damaged" },
        { "a.jsonl", [.. "{\"foo\": \"x\", \"bar\": \"y\"}"u8], "the columns foo, bar are no layout that is known" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void A_file_of_another_kind_is_refused_by_its_name(string name, byte[] content, string problem)
    {
        File.WriteAllBytes(PathOf(name), content);

        UsageException error = Refused(() => Dataset.Open(PathOf(name)));

        Assert.StartsWith(problem, error.Message);
        Assert.StartsWith(PathOf(name), error.Where);
    }

    [Fact]
    public void Shards_are_read_by_name_and_splits_of_a_folder_are_not_mixed()
    {
        Directory.CreateDirectory(PathOf("hub/data"));
        foreach (string name in (string[])["train-00001", "train-00000", "test-00000"])
            Written($"hub/data/{name}.jsonl", Row.Replace("\"r\"", $"\"{name}\"", StringComparison.Ordinal));
        Written("hub/dataset_info.json", "{}");

        Assert.Equal(["train-00000", "train-00001"], Dataset.Open(PathOf("hub/data/train-*")).Examples.Select(example => example.Id));
        UsageException mixed = Refused(() => Dataset.Open(PathOf("hub")));
        Assert.Equal("the folder holds the splits test and train", mixed.Message);
        Assert.Equal($"one of them: \"{PathOf("hub/data/train")}*\"", mixed.Fix);
        Assert.Equal("no file has such a name", Refused(() => Dataset.Open(PathOf("hub/data/x-*"))).Message);
        Assert.Equal(PathOf("hub/data"), Refused(() => Dataset.Open(PathOf("hub/dat"))).Fix);
        Directory.CreateDirectory(PathOf("bare"));
        Assert.Equal("the folder holds no data files", Refused(() => Dataset.Open(PathOf("bare"))).Message);
    }

    [Fact]
    public void Columns_stand_for_what_they_are_said_to_be()
    {
        string file = Written("odd.jsonl", """{"ask": "Q?", "meta": {"gold": ["7"]}, "other": "x"}""");

        Example example = Dataset.Open(file, new DatasetOptions { Columns = ["question=ask,answer=meta.gold"] }).Examples.Single();

        Assert.Equal(("Q?", new Truth.Number(7)), (example.Question, example.Truth));
        Assert.Equal(
            $"error: there is no column metta for the answer; there are ask, meta, other\n   at: {file}, line 1\n  try: Columns = answer=meta",
            Refused(() => Dataset.Open(file, new DatasetOptions { Columns = ["question=ask", "answer=metta"] })).Render());
        Assert.Equal("Columns = answer=ask", Refused(() => Dataset.Open(file, new DatasetOptions { Columns = ["answr=ask"] })).Fix);
        Assert.Equal("'ask' is no column for a role", Refused(() => Dataset.Open(file, new DatasetOptions { Columns = ["ask"] })).Message);
        Assert.Equal("'answer' is given two columns, ask and other",
            Refused(() => Dataset.Open(file, new DatasetOptions { Columns = ["answer=ask", "solution=other"] })).Message);
    }

    [Fact]
    public void Two_columns_for_one_role_are_named_and_a_choice_between_them_is_taken()
    {
        string file = Written("two.jsonl", """{"question": "Q?", "answer": "red", "solution": "blue"}""");

        Assert.Equal(
            $"error: the columns answer and solution could each be the answer\n   at: {file}, line 1\n  try: Columns = answer=answer",
            Refused(() => Dataset.Open(file)).Render());
        Assert.Equal("red", Dataset.Open(file, new DatasetOptions { Columns = ["answer=answer"] }).Examples.Single().Answer);
        Assert.Equal("blue", Dataset.Open(file, new DatasetOptions { Columns = ["answer=solution"] }).Examples.Single().Answer);
        Assert.Equal("red", Dataset.Open(file, new DatasetOptions { IgnoreColumns = ["solution"] }).Examples.Single().Answer);
    }

    [Fact]
    public void A_problem_beside_a_question_is_named_too()
    {
        string file = Written("asked.jsonl", """{"question": "Q?", "problem": "P?", "answer": "red"}""");

        Assert.Equal("the columns problem and question could each be the question", Refused(() => Dataset.Open(file)).Message);
        Assert.Equal("P?", Dataset.Open(file, new DatasetOptions { Columns = ["question=problem"] }).Examples.Single().Question);
        Assert.Equal("Q?", Dataset.Open(file, new DatasetOptions { Columns = ["question=question"] }).Examples.Single().Question);
    }

    [Fact]
    public void A_condition_in_sql_chooses_rows_of_every_kind_of_file()
    {
        string[] files =
        [
            Written("a.jsonl", """{"question": "1?", "answer": "a", "n": 1}""" + "\n\n" + """{"question": "2?", "answer": "b", "n": 2}"""),
            Written("a.json", """[{"question": "1?", "answer": "a", "n": 1}, {"question": "2?", "answer": "b", "n": 2}]"""),
            Written("a.csv", "question,answer,n\n1?,a,1\n2?,b,2\n"),
            PathOf("a.parquet"),
        ];
        ParquetFile.Write(files[3], [new("question", ColumnType.Text), new("answer", ColumnType.Text), new("n", ColumnType.Integer)],
            [["1?", "a", 1], ["2?", "b", 2]]);

        string cut = PathOf("cut.jsonl.gz");
        File.WriteAllBytes(cut, Packed(string.Concat(Enumerable.Range(0, 999).Select(i => $"{{\"question\": \"{i * i}?\", \"answer\": \"{i}\"}}\n")))[..^40]);
        Assert.Equal("the gzip file is damaged", Refused(() => Dataset.Open(cut)).Message);

        foreach (string file in files)
            Assert.Equal("b", Dataset.Open(file, new DatasetOptions { Where = "n::INTEGER > 1 -- the second" }).Examples.Single().Answer);

        UsageException broken = Refused(() => Dataset.Open(files[3], new DatasetOptions { Where = "n IN (" }));
        Assert.StartsWith("the condition does not work: Parser Error", broken.Message);
        Assert.Equal(("Where = n IN (", "a condition over question, answer, n"), (broken.Where, broken.Fix));
        Assert.StartsWith("the condition does not work: Binder Error",
            Refused(() => Dataset.Open(files[0], new DatasetOptions { Where = "m = 1" })).Message);
        Assert.Equal("no row meets the condition", Refused(() => Dataset.Open(files[2], new DatasetOptions { Where = "n = '3'" })).Message);
        Assert.Single(Dataset.Open(files[1], new DatasetOptions { Limit = 1 }).Examples);
    }

    [Fact]
    public void A_template_puts_columns_around_the_question()
    {
        File.WriteAllBytes(PathOf("a.png"), Pictures.Png(3, 3));
        string file = Written("t.jsonl",
            """{"question": "<image>\nWhich?", "answer": "cat", "options": ["cat", "dog"], "hint": "look", "image": "a.png", "n": 3}""");
        Written("prompt.txt", "{question} Answer as {\"a\": ...}, {{so}}.\n");

        Example example = Dataset.Open(file, new DatasetOptions
        {
            Template = "{hint} {n}: {question}\n{choices}",
            System = "Be short.",
        }).Examples.Single();

        Assert.Equal(["system", "user"], example.Messages.Select(turn => turn.Role));
        Assert.Equal(["look 3: ", null, "Which?\nA. cat\nB. dog"], example.Messages[1].Content.Select(part => part.Text));
        Assert.Equal("Which? Answer as {\"a\": ...}, {so}.\nA. cat\nB. dog",
            Dataset.Open(file, new DatasetOptions { Template = $"@{PathOf("prompt.txt")}" }).Examples.Single().Question);
        UsageException unknown = Refused(() => Dataset.Open(file, new DatasetOptions { Template = "{questoin}" }));
        Assert.StartsWith("the template asks for {questoin}, and there is no such column", unknown.Message);
        Assert.StartsWith("{question}", unknown.Fix);
        Assert.StartsWith($"the file {PathOf("no.txt")} cannot be read",
            Refused(() => Dataset.Open(file, new DatasetOptions { Template = $"@{PathOf("no.txt")}" })).Message);
    }

    // Three bad rows of five: two may be skipped, the third stops.
    [Fact]
    public void Bad_rows_are_skipped_up_to_a_number_listed_and_counted()
    {
        string bad = """{"id": "x", "question": "Q?", "answer": ""}""";
        string two = Written("two.jsonl", string.Join('\n', Row, bad, "{nonsense", Row));
        string three = Written("three.jsonl", string.Join('\n', Row, bad, "{nonsense", Row, "3"));
        var options = new DatasetOptions { SkipBad = 2 };

        Dataset read = Dataset.Open(two, options);

        Assert.Equal(["r", "r#2"], read.Examples.Select(example => example.Id));
        Assert.Equal([$"{two}, line 2 (id x)", $"{two}, line 3"], read.Report.Skipped.Select(row => row.Where));
        Assert.Contains("2 bad rows skipped:", read.Report.Lines());
        Assert.Contains("1 ids were another row's too and got a number: #2", read.Report.Files[0].Notes);
        UsageException third = Refused(() => Dataset.Open(three, options));
        Assert.Equal(("a row is no object (the bad row after 2 that were skipped)", $"{three}, line 5"), (third.Message, third.Where));
    }

    // 2 : 0.5 : 1.5 are 50, 12.5 and 37.5 per cent of the draws.
    [Fact]
    public void A_mixture_draws_each_part_as_often_as_it_weighs()
    {
        string Part(string name, int rows) => Written(name, string.Join('\n', Enumerable.Range(0, rows).Select(i =>
            $$"""{"id": "{{name}}{{i}}", "question": "Q?", "answer": "red"}""")));
        Dataset read = Dataset.Open([$"{Part("a.jsonl", 4)}:2", $"{Part("b.jsonl", 6)}:0.5", $"{Part("c.jsonl", 3)}:1.5"]);

        Assert.Equal([(2.0, 0, 4), (0.5, 4, 6), (1.5, 10, 3)], read.Parts.Select(part => (part.Weight, part.Start, part.Count)));
        string[] drawn = [.. read.Stream(7).Take(0, 8000).Select(example => example.Id[..1])];
        Assert.Equal([0.5, 0.125, 0.375], new[] { "a", "b", "c" }.Select(part => Math.Round(drawn.Count(id => id == part) / 8000.0, 3)), Close);
        Assert.Equal(read.Stream(7).Take(5, 9), read.Stream(7).Take(5, 9));
        UsageException none = Refused(() => Dataset.Open([$"{PathOf("a.jsonl")}:0"]));
        Assert.Equal($"the weight of {PathOf("a.jsonl")} is 0; it must be above 0", none.Message);

        static bool Close(double expected, double actual) => Math.Abs(expected - actual) < 0.02;
    }

    // 40 rows over 20 images: 10 % are 4 rows of 2 images.
    [Fact]
    public void What_is_held_out_shares_no_image_with_the_rest()
    {
        for (int i = 0; i < 20; i++)
            File.WriteAllBytes(PathOf($"{i}.png"), Pictures.Png(4, 4, (byte)i));
        string file = Written("rows.jsonl", string.Join('\n', Enumerable.Range(0, 40).Select(i =>
            $$"""{"id": {{i}}, "question": "Q{{i}}?", "answer": "red", "image": "{{i % 20}}.png"}""")));

        (Dataset train, Dataset held) = Dataset.Open(file).Split("90/10", 3);

        Assert.Equal((36, 4), (train.Examples.Count, held.Examples.Count));
        static string[] Images(Dataset part) => [.. part.Examples.SelectMany(HeldOut.Keys).Distinct()];
        Assert.Empty(Images(train).Intersect(Images(held)));
        Assert.Equal(36, train.Parts.Single().Count);
        Assert.Contains("4 of 40 examples are held out (90/10), by image: no image, and of rows without images no question, is in both", held.Report.Notes);
        Assert.Equal(held.Examples.Select(example => example.Id), Dataset.Open(file).Split("90/10", 3).Held.Examples.Select(example => example.Id));
        Assert.Equal("Split must be two shares that make 100, as 95/5, got 90",
            Assert.Throws<OptionException>(() => train.Split("90", 1)).Message);
    }

    [Fact]
    public void Columns_that_are_kept_stand_beside_the_examples()
    {
        string file = Written("kept.jsonl", """{"question": "Q?", "answer": "red", "completion": "It is red."}""");

        Assert.Equal("It is red.", Dataset.Open(file, new DatasetOptions { Keep = ["completion"] }).Kept.Single()["completion"]);
    }

    private static byte[] Packed(string text)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionMode.Compress))
            gzip.Write(Encoding.UTF8.GetBytes(text));
        return file.ToArray();
    }

    private static UsageException Refused(Func<Dataset> read)
    {
        var error = Assert.ThrowsAny<UsageException>(read);
        Assert.Equal(3, error.Render().Split('\n').Length);
        return error;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Written(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
