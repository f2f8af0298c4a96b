using System.IO.Compression;
using System.Text;
using Vlm.Rewards;
using Vlm.Tables;
using Vlm.Testing;

namespace Vlm.Datasets.Tests;

/// <summary>Forms in which published sets hold their rows: each is read with the right value, or refused with the cure.</summary>
public sealed class PublishedFormTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("forms").FullName;

    public PublishedFormTests() => File.WriteAllBytes(PathOf("a.png"), Pictures.Png(40, 20));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string, string> Read => new()
    {
        // row, what is asked, what is right
        { """{"question": "Q?", "options": "['$\\\\nu$', 'a\\\\b', \"it's\"]", "answer": "A"}""", "Q?\nA. $\\nu$\nB. a\\b\nC. it's", "choice A" },
        { """{"question": "Q?", "options": "[]", "answer": "['1.06', '1.060']"}""", "Q?", "answers 1.06" },
        { """{"question": "Which?", "options": "['<image 1>', '<image 2>']", "image_1": "a.png", "image_2": "a.png", "answer": "B"}""", "Which?\nA. |\nB. |", "choice B" },
        { """{"question": "See <image 1>", "options": ["x", "y"], "image_1": "a.png", "answer": "B"}""", "See |\nA. x\nB. y", "choice B" },
        { """{"question": "Q?", "options": {"B": "dog", "A": "cat", "C": null}, "answer": "B"}""", "Q?\nA. cat\nB. dog", "choice B" },
        { """{"question": "Q?", "choices": {"label": ["2", "1"], "text": ["dog", "cat"]}, "answerKey": "2"}""", "Q?\nA. cat\nB. dog", "choice B" },
        { """{"question": "Q?", "options": ["A. cat", "B. dog"], "answer": "B"}""", "Q?\nA. cat\nB. dog", "choice B" },
        { """{"question": "Q?", "option_a": "cat", "option_b": "dog", "option_c": "", "answer": "b"}""", "Q?\nA. cat\nB. dog", "choice B" },
        { """{"question": "Q?", "option_1": "cat", "option_2": "dog", "answer": "1"}""", "Q?\nA. cat\nB. dog", "choice A" },
        { """{"question": "Q?", "choice_A": "cat", "choice_B": "dog", "answer": "B"}""", "Q?\nA. cat\nB. dog", "choice B" },
        { """{"prompt": [{"role": "user", "content": "Q?"}], "reward_model": {"ground_truth": {"target": ["48", "XLVIII"]}}}""", "Q?", "answers 48" },
        { """{"messages": [{"role": "user", "content": [{"type": "input_text", "text": "Q?"}]}, {"role": "assistant", "content": [{"type": "output_text", "text": "red"}]}]}""", "Q?", "word red" },
        { """{"question": "Q?", "answer": "red", "image_0": "a.png", "image_1": "a.png"}""", "||Q?", "word red" },
        { """{"question": "Q?", "answer": "red", "image": "a.png", "image_path": "raw/b.png", "image_source": "c.png"}""", "|Q?", "word red" },
        { """{"question": "Q?", "answer": 12345678901234567890123}""", "Q?", "number 1.2345678901234568E+22" },
        { """{"image": "a.png", "phrase": "the cup", "x": 1, "y": 2, "width": 10, "height": 12}""", "|Where is the cup? Answer with its box as [x1, y1, x2, y2].", "region 1 2 11 14" },
        { """{"image": "a.png", "ref": "the cup", "xmin": 1, "ymin": 2, "xmax": 10, "ymax": 12}""", "|Where is the cup? Answer with its box as [x1, y1, x2, y2].", "region 1 2 10 12" },
    };

    [Theory]
    [MemberData(nameof(Read))]
    public void A_published_form_is_read_with_the_right_value(string row, string asked, string truth)
    {
        Example example = Dataset.Open(Written("rows.jsonl", row)).Examples.Single();

        Assert.Equal(asked, string.Concat(example.Messages[^1].Content.Select(part => part.Text ?? "|")));
        Assert.Equal(truth, Show(example.Truth));
        Assert.Equal(1, example.Accuracy(example.Answer).Value);
    }

    public static TheoryData<string, string, string> Refused => new()
    {
        { """{"messages": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "red"}], "label": true}""", "label is true or false beside an answer", "IgnoreColumns = label" },
        { """{"messages": [{"role": "user", "content": "<image><image>Find <ref-object>"}, {"role": "assistant", "content": "<bbox>"}], "images": ["a.png", "a.png"], "objects": {"ref": ["it"], "bbox": [[1, 2, 3, 4]], "image_id": [1]}}""", "image_id of the objects is 1", "image_id: [0, ...]" },
        { """{"messages": [{"role": "user", "content": "<image>What is in <bbox>?"}, {"role": "assistant", "content": "red"}], "images": ["a.png"]}""", "a text holds <bbox>", "objects: {ref" },
        { """{"query": "Find <ref-object>", "response": "red"}""", "a text holds <ref-object>", "objects: {ref" },
        { """{"question": "Q?", "answer": "red", "image_id": 458752}""", "the column image_id says of which image", "image=COLUMN" },
        { """{"question": "Q?", "answer": "red", "imageId": "n161313"}""", "the column imageId says of which image", "IgnoreColumns = imageId" },
        { """{"question": "Q?", "answer": "red", "image_url": "https://x.org/photo?id=7"}""", "the column image_url says of which image", "image=COLUMN" },
        { """{"question": "Q?", "answer": "red", "picture_of_it": "my photo.png"}""", "the column picture_of_it holds an image", "image=picture_of_it" },
        { """{"question": "Q?", "answer": "red", "image": "a.png", "second_image": "a.png"}""", "the column second_image holds an image", "IgnoreColumns = second_image" },
        { """{"question": "Q?", "answer": "red", "image": "a.png", "image_2": "a.png"}""", "the columns image and image_2 each hold images", "IgnoreColumns" },
        { """{"question": "Q?", "answer": "red", "video_path": "a.mp4"}""", "the column video_path holds what no prompt here shows", "IgnoreColumns = video_path" },
        { """{"question": "See <IMAGE>", "answer": "red", "image": "a.png"}""", "a text holds <IMAGE>", "<image> where" },
        { """{"question": "See <image_token>", "answer": "red", "image": "a.png"}""", "a text holds <image_token>", "<image> where" },
        { """{"question": "See <Image 1>", "answer": "red", "image": "a.png"}""", "a text holds <Image 1>", "<image> where" },
        { """{"question": "Q?", "answer": NaN}""", "the line is not JSON: 'N'", "null in place of NaN" },
        { """{"question": "Q?", "answer": "red",}""", "the line is not JSON: The JSON object contains a trailing comma", "one object on each line" },
        { """{"question": "  ", "answer": "red", "image": "a.png"}""", "the question is empty", "a question in every row" },
        { """{"question": "Q?", "options": ["a", "b", "c"], "answer": ["A", "C"]}""", "the answer is A and C: several of the choices", "one choice" },
        { """{"question": "Q?", "A": "cat", "B": "", "C": "dog", "answer": "C"}""", "the option in column B is empty", "a text for each option" },
        { """{"question": "Q?", "option_1": "2", "option_2": "1", "answer": "1"}""", "the answer '1' is option B by its text and option A by its label", "choices whose texts" },
        { """{"question": "Where?", "image": "a.png", "bbox": [1, 2, 3, 4]}""", "the row has no answer", "box=bbox" },
        { """{"question": "Where?", "image": "a.png", "answer": "[{\"bbox_2d\": [1, 2, 3, 4]}, {\"bbox_2d\": [5, 6, 7, 8]}]"}""", "the answer has 2 boxes", "AnswerType = text" },
        { """{"question": "Q?", "answer": "red", "images": ["a.png", null]}""", "one of the images is nothing", "for each image" },
        { """{"image": "a.png", "phrase": "it", "bbox_xyxy": [1, 2, 3, 4], "image_width": 80, "image_height": 40}""", "the row's box is of an image of 80 x 40, and its image has 40 x 20", "at the size" },
        { """{"image": "a.png", "label": 3}""", "the columns image, label are no layout", "question=COLUMN" },
        { "{}", "the row has no columns", "COLUMN" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_a_prompt_or_a_truth_would_lose_is_refused(string row, string problem, string fix) =>
        Refuses(Written("rows.jsonl", row), problem, fix);

    [Fact]
    public void An_object_of_each_id_is_a_row_whether_on_one_line_or_on_many()
    {
        const string rows = """{"7": {"question": "Q?", "answer": "red"}, "8": {"question": "P?", "answer": "blue"}}""";
        foreach (string text in (string[])[rows, rows.Replace(", \"8\"", ",\n\"8\"", StringComparison.Ordinal), $"\uFEFF{rows}\n"])
        {
            Dataset read = Dataset.Open(Written("problems.json", text));

            Assert.Equal(["7 red", "8 blue"], read.Examples.Select(example => $"{example.Id} {example.Answer}"));
        }

        Refuses(Written("pandas.json", """{"question": {"0": "Q?"}, "answer": {"0": "red"}}"""), "the file holds one column after the other, as pandas", "lines=True");
        Assert.Equal("1", Dataset.Open(Written("one.jsonl", """{"prompt": [{"role": "user", "content": "Q?"}], "answer": 1}""")).Examples.Single().Answer);
    }

    [Theory]
    [InlineData("""{"data": [{"question": "Q?", "answer": "red", "info": "x", "annotations": []}]}""")]
    [InlineData("""{"info": {"year": 2015}, "license": {}, "questions": [{"question": "Q?", "answer": "red"}]}""")]
    public void A_file_is_of_coco_by_its_own_properties_and_not_by_those_of_its_rows(string text) =>
        Assert.Equal("red", Dataset.Open(Written("rows.json", text)).Examples.Single().Answer);

    [Theory]
    [InlineData("1", "\"1\"", "0")]
    [InlineData("\"x7\"", "\"x7\"", "false")]
    [InlineData("1", "1.0", "null")]
    public void Ids_of_coco_are_numbers_or_texts(string id, string same, string crowd)
    {
        string file = Written("coco.json", $$"""
            {"images": [{"id": {{id}}, "file_name": "a.png", "width": 40, "height": 20}], "categories": [{"id": 2, "name": "dog"}],
             "annotations": [{"id": "n1", "image_id": {{same}}, "category_id": 2, "bbox": [1, 2, 3, 4], "iscrowd": {{crowd}}}]}
            """);
        if (crowd == "null")
            Refuses(file, "the file is no COCO annotation file: $.annotations[0].iscrowd is of another kind", "annotations: [{id");
        else
            Assert.Equal("region 1 2 4 6", Show(Dataset.Open(file).Examples.Single().Truth));
    }

    [Fact]
    public void A_box_drawn_on_an_image_of_another_size_is_refused() => Refuses(
        Written("coco.json", """
            {"images": [{"id": 1, "file_name": "a.png", "width": 80, "height": 40}], "categories": [{"id": 2, "name": "dog"}],
             "annotations": [{"id": 5, "image_id": 1, "category_id": 2, "bbox": [1, 2, 3, 4]}]}
            """),
        "the row's box is of an image of 80 x 40, and its image has 40 x 20", "at the size that its boxes were drawn on");

    [Theory]
    [InlineData("a.jsonl", "{\"question\": \"Qu\u00e9?\", \"answer\": \"red\"}")]
    [InlineData("a.json", "[{\"question\": \"Qu\u00e9?\", \"answer\": \"red\"}]")]
    [InlineData("a.csv", "question,answer\nQu\u00e9?,red\n")]
    public void Text_that_is_not_utf8_is_refused_and_not_read_with_other_letters(string name, string text)
    {
        File.WriteAllBytes(PathOf(name), Encoding.Latin1.GetBytes(text));

        Refuses(PathOf(name), "the text of the file is not UTF-8", $"iconv -f LATIN1 -t UTF-8 {PathOf(name)}");
    }

    [Theory]
    [InlineData("question,answer\nQ?,4,5\n", "the line has 3 values, and the header 2", 2)]
    [InlineData("question,answer\n\"a\nb\",4\n\nQ?\n", "the line has 1 values, and the header 2", 5)]
    [InlineData("question,answer\nQ?,4\n\"open,4\nX,5\n", "a quote is opened and not closed", 3)]
    public void A_broken_line_of_csv_is_named(string text, string problem, int line)
    {
        UsageException error = Refuses(Written("a.csv", text), $"the file is not readable as CSV: {problem}", "a header");

        Assert.Equal($"{PathOf("a.csv")}, line {line}", error.Where);
    }

    [Theory]
    [InlineData("train/a.jsonl", "test/a.jsonl", "train")]
    [InlineData("mine_train.jsonl", "mine_val.jsonl", "*val*")]
    [InlineData("data/train-00000-of-00001.jsonl", "data/test-00000-of-00001.jsonl", "train*")]
    public void The_splits_of_a_folder_are_not_read_as_one(string one, string other, string cure)
    {
        Written(one, """{"question": "Q?", "answer": "red"}""");
        Written(other, """{"question": "Q?", "answer": "red"}""");

        Refuses(_folder, "the folder holds the splits", cure);
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\0b.jsonl")]
    public void A_path_that_is_none_is_refused(string path) => Refuses(path, "the path of the data is empty, or holds a zero", "the path of a");

    [Fact]
    public void A_shard_without_the_images_of_the_first_is_said()
    {
        Written("part-0.jsonl", """{"question": "Q?", "answer": "red", "image": "a.png"}""");
        Written("part-1.jsonl", """{"question": "Q?", "answer": "red"}""");

        Assert.Equal(
            ["part-1.jsonl has nothing in image, which is read of part-0.jsonl"], Dataset.Open(PathOf("part-*.jsonl")).Report.Notes);
        File.Delete(PathOf("part-0.jsonl"));
        Assert.Empty(Dataset.Open(PathOf("part-*.jsonl")).Report.Notes);
    }

    [Fact]
    public void Hidden_folders_hold_no_data()
    {
        Written("train.jsonl", """{"question": "Q?", "answer": "red"}""");
        Written(".ipynb_checkpoints/train-checkpoint.jsonl", """{"question": "Q?", "answer": "red"}""");
        Written(".cache/huggingface/download/x.json", """{"a": 1}""");

        Assert.Single(Dataset.Open(_folder).Examples);
    }

    [Fact]
    public void Files_of_other_kinds_are_named_with_the_cure()
    {
        byte[] tar = new byte[1024];
        Encoding.ASCII.GetBytes("a.png").CopyTo(tar, 0);
        Encoding.ASCII.GetBytes("ustar").CopyTo(tar, 257);
        File.WriteAllBytes(PathOf("shard-000.tar"), tar);
        File.WriteAllBytes(PathOf("a.pkl"), [0x80, 2, 0x5D, 0x71, 0]);
        using (var zip = new ZipArchive(File.Create(PathOf("a.xlsx")), ZipArchiveMode.Create))
            zip.CreateEntry("x");

        Refuses(PathOf("shard-000.tar"), "the file is a tar archive (WebDataset)", "unpack it");
        Refuses(PathOf("a.pkl"), "the file is a Python pickle", "read_pickle");
        Refuses(PathOf("a.xlsx"), "the file is an Excel workbook", "CSV");
        File.Delete(PathOf("a.pkl"));
        Refuses(_folder, "the folder holds tar archives (WebDataset)", "unpack them");
    }

    [Fact]
    public void Numbers_of_tables_are_those_that_were_written()
    {
        using (var database = DuckDb.Open())
            database.Execute($"""
                COPY (SELECT 'Q?' question, 0.1::FLOAT answer) TO '{PathOf("float.parquet")}' (FORMAT parquet);
                COPY (SELECT 'Q?' question, 'NaN'::DOUBLE answer) TO '{PathOf("nan.parquet")}' (FORMAT parquet);
                """);

        Assert.Equal("0.1", Dataset.Open(PathOf("float.parquet")).Examples.Single().Answer);
        Refuses(PathOf("nan.parquet"), "the row has no answer", "an answer in every row");
    }

    [Fact]
    public void A_hint_that_is_not_asked_is_said()
    {
        string file = Written("rows.jsonl", """{"question": "Q?", "hint": "Look up.", "answer": "red"}""");

        Assert.Contains("the column hint is not asked; Template = \"{hint} {question}\" asks it", Dataset.Open(file).Report.Files.Single().Notes);
        Dataset asked = Dataset.Open(file, new DatasetOptions { Template = "{hint} {question}" });
        Assert.Equal("Look up. Q?", asked.Examples.Single().Question);
        Assert.Empty(asked.Report.Files.Single().Notes);
    }

    private static UsageException Refuses(string path, string problem, string fix)
    {
        var error = Assert.Throws<UsageException>(() => Dataset.Open(path));

        Assert.StartsWith(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
        Assert.Equal(3, error.Render().Split('\n').Length);
        return error;
    }

    private static string Show(Truth truth) => truth switch
    {
        Truth.Region { Box: var box } => FormattableString.Invariant($"region {box.X1} {box.Y1} {box.X2} {box.Y2}"),
        Truth.Choice choice => $"choice {choice.Letter}",
        Truth.Number number => FormattableString.Invariant($"number {number.Answer}"),
        Truth.Written written => $"{written.Kind} {written.Answer}",
        _ => $"{truth}",
    };

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Written(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(name))!);
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
