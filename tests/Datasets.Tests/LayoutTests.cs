using System.Text.Json;
using Vlm.Rewards;
using Vlm.Testing;

namespace Vlm.Datasets.Tests;

/// <summary>Each layout is recognised and read with the right values.</summary>
public sealed class LayoutTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layouts").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("trl", "Parquet")]
    [InlineData("easyr1", "Parquet")]
    [InlineData("ms-swift", "JSON lines")]
    [InlineData("llava", "JSON")]
    [InlineData("coco", "JSON")]
    public void Thirty_rows_of_a_layout_are_recognised_and_read(string layout, string kind)
    {
        Dataset read = Dataset.Open(OwnDataFiles.Write(layout, _folder, 30));

        FileReport file = read.Report.Files.Single();
        Assert.Equal((layout == "ms-swift" ? "messages" : layout, kind, 30, 30), (file.Layout.Name, file.Kind, file.Rows, file.Examples));
        for (int i = 0; i < 30; i++)
            Same(OwnDataFiles.Square.Of(i, 0), read.Examples[i], layout == "coco" || (layout == "ms-swift" && i % 2 == 1));
    }

    private static void Same(OwnDataFiles.Square square, Example example, bool boxed)
    {
        Assert.Equal((64, 64), Assert.Single(example.Images).Size("x"));
        Assert.Null(Assert.Single(example.Messages).Content[0].Text);
        Assert.DoesNotContain('<', example.Question);
        int[] box = square.Box;
        Assert.Equal(boxed
            ? new Truth.Region(new Box(box[0], box[1], box[2], box[3]), Frame.OriginalPixels, 64, 64)
            : new Truth.Word(square.Color), example.Truth);
        Assert.Contains(boxed ? $"the {square.Color} square" : "What color is the square?", example.Question, StringComparison.Ordinal);
        Assert.Equal(1, example.Accuracy(example.Answer).Value);
    }

    public static TheoryData<string, string, string, string> Rows => new()
    {
        // layout, row, question, truth
        { "verl", """{"data_source": "geo", "prompt": [{"role": "user", "content": "<image>Q?"}], "images": ["a.png"], "reward_model": {"style": "rule", "ground_truth": "12"}}""", "Q?", "number 12" },
        { "trl", """{"prompt": "Q?", "image": "a.png", "solution": "<answer>red</answer>"}""", "Q?", "word red" },
        { "trl", """{"prompt": [{"role": "user", "content": "Q?"}], "completion": [{"role": "assistant", "content": "blue"}], "images": ["a.png"]}""", "Q?", "word blue" },
        { "ms-swift", """{"query": "<image>Q?", "response": "red", "images": ["a.png"]}""", "Q?", "word red" },
        { "ms-swift", """{"messages": [{"role": "user", "content": "<image>Q?"}], "images": ["a.png"], "solution": "7"}""", "Q?", "number 7" },
        { "llava", """{"conversation": [{"human": "Q?", "assistant": "yes"}], "image": "a.png"}""", "Q?", "word yes" },
        { "llava", """{"image": "a.png", "conversations": [{"from": "human", "value": "<image>\nQ?"}, {"from": "gpt", "value": "the quick brown fox jumps over"}]}""", "Q?", "text the quick brown fox jumps over" },
        { "messages", """{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "file:a.png"}}, {"type": "text", "text": "Q?"}]}, {"role": "assistant", "content": "1,000"}]}""", "Q?", "number 1000" },
        { "easyr1", """{"problem": "Q?", "solution": [2, 3, 9, 8], "image": "a.png"}""", "Q?", "region 2 3 9 8" },
        { "vqa", """{"question": "Q?", "answers": ["red", "red", "blue"], "image": "a.png", "question_id": 5}""", "Q?", "answers red" },
        { "vqa", """{"question": "Q?", "options": ["cat", "dog"], "answer": 1, "image": "a.png"}""", "Q?\nA. cat\nB. dog", "choice B" },
        { "vqa", """{"question": "Is it cat or dog?", "choices": "['cat', 'dog']", "answer": "dog", "image": "a.png"}""", "Is it cat or dog?", "choice B" },
        { "vqa", """{"question": "Q?", "A": "cat", "B": "dog", "C": "cow", "D": null, "answer": "C", "image": "a.png"}""", "Q?\nA. cat\nB. dog\nC. cow", "choice C" },
        { "vqa", """{"question": "Is <image 1> it?", "image_1": "a.png", "image_2": null, "answer": "no"}""", "Is  it?", "word no" },
        { "vqa", """{"instruction": "Say it", "input": "now", "output": "12%"}""", "Say it\nnow", "number 12" },
        { "refcoco", """{"image": "a.png", "sentences": ["the left cup", "cup"], "bbox": [12, 3, 4, 5]}""", "Where is the left cup? Answer with its box as [x1, y1, x2, y2].", "region 12 3 16 8" },
        { "refcoco", """{"image": "a.png", "expression": "the cup", "bbox_xyxy": [2, 3, 4, 5]}""", "Where is the cup? Answer with its box as [x1, y1, x2, y2].", "region 2 3 4 5" },
        { "own", """{"id": 9, "question": "Q?", "answer": true, "image": "a.png"}""", "Q?", "word true" },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public void A_row_is_recognised_and_says_what_is_asked_and_what_is_right(string layout, string row, string question, string truth)
    {
        File.WriteAllBytes(PathOf("a.png"), Pictures.Png(20, 10));
        Dataset read = Dataset.Open(Written("rows.jsonl", row.Replace("file:a.png", $"file://{PathOf("a.png")}", StringComparison.Ordinal)));

        Assert.Equal(layout, read.Report.Files.Single().Layout.Name);
        Example example = read.Examples.Single();
        Assert.Equal(question, example.Question);
        Assert.Equal(truth, Said(example.Truth));
        Assert.Equal(row.Contains("a.png", StringComparison.Ordinal) ? 1 : 0, example.Images.Count);
    }

    [Fact]
    public void A_shape_that_published_frames_name_is_read_in_it()
    {
        File.WriteAllBytes(PathOf("a.png"), Pictures.Png(20, 10));
        const string turns = "\"messages\": [{\"role\": \"user\", \"content\": \"<image>Where?\"}, {\"role\": \"assistant\", \"content\": \"<bbox>\"}], \"images\": [\"a.png\"]";
        string file = Written("swift.jsonl",
            $"{{{turns}, \"objects\": {{\"ref\": [], \"bbox\": [[0.1, 0.2, 0.5, 1]], \"bbox_type\": \"norm1\"}}}}\n"
            + $"{{{turns}, \"objects\": {{\"ref\": [], \"bbox\": [[100, 200, 500, 1000]], \"bbox_type\": \"norm1000\"}}}}");

        Assert.Equal(
            [new Truth.Region(new(0.1, 0.2, 0.5, 1), Frame.Unit, 1, 1), new Truth.Region(new(100, 200, 500, 1000), Frame.Thousand, 1000, 1000)],
            Dataset.Open(file).Examples.Select(example => example.Truth));
    }

    // COCO: two cups have no single right box; one dog has.
    [Fact]
    public void Of_coco_the_pairs_with_one_object_are_asked_for_and_the_others_counted()
    {
        File.WriteAllBytes(PathOf("a.png"), Pictures.Png(20, 10));
        Dataset read = Dataset.Open(Written("coco.json", """
            {"images": [{"id": 1, "file_name": "a.png"}], "categories": [{"id": 1, "name": "cup"}, {"id": 2, "name": "dog"}],
             "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 5, 5]}, {"id": 2, "image_id": 1, "category_id": 1, "bbox": [9, 0, 5, 5]},
                             {"id": 3, "image_id": 1, "category_id": 2, "bbox": [10, 2, 10, 8.4], "iscrowd": 0}]}
            """));

        Assert.Equal("region 10 2 20 10", Said(read.Examples.Single().Truth));
        Assert.Equal(
            [
                "1 pairs of an image and a category have several objects, or a crowd, and so no single right box: left out",
                "1 boxes passed the border by at most a pixel and were clipped",
            ],
            read.Report.Files.Single().Notes);
    }

    // [2, 3, 4, 5] on 20 x 10 can be both; [12, 3, 4, 5] has its right edge left of its left one.
    [Fact]
    public void Other_rows_tell_whether_a_box_is_two_corners_or_a_corner_with_its_size()
    {
        File.WriteAllBytes(PathOf("a.png"), Pictures.Png(20, 10));
        const string open = "{\"image\": \"a.png\", \"phrase\": \"it\", \"bbox\": [2, 3, 4, 5]}\n";
        string told = Written("told.jsonl", open + "{\"image\": \"a.png\", \"phrase\": \"it\", \"bbox\": [12, 3, 4, 5]}");
        string untold = Written("untold.jsonl", open);

        Assert.Equal(["region 2 3 6 8", "region 12 3 16 8"], Dataset.Open(told).Examples.Select(example => Said(example.Truth)));
        var error = Assert.Throws<UndecidedBoxException>(() => Dataset.Open(untold));
        Assert.Equal(("the box [2, 3, 4, 5] can be two corners, or a corner with width and height", $"{untold}, line 1"), (error.Message, error.Where));
        Assert.Equal("region 2 3 4 5", Said(Dataset.Open(untold, new DatasetOptions { BoxForm = BoxForm.Xyxy }).Examples.Single().Truth));
    }

    [Fact]
    public void Ten_answers_pay_a_third_each_and_fewer_all()
    {
        var ten = AcceptedAnswers.Of(["2", "2", "two", "3", "3", "3", "3", "3", "4", "5"]);
        var two = AcceptedAnswers.Of(["dark red", "red"]);

        // "4" is one of ten: 1/3; "3" five of ten: 1.
        Assert.Equal(1 / 3.0, AcceptedAnswers.Reward.Compute("4", ten).Value, 12);
        Assert.Equal(1, AcceptedAnswers.Reward.Compute("3", ten).Value);
        Assert.Equal((1, 1, 0), (AcceptedAnswers.Reward.Compute("red", two).Value, AcceptedAnswers.Reward.Compute("dark red", two).Value,
            AcceptedAnswers.Reward.Compute("blue", two).Value));
        Assert.Equal(two, AcceptedAnswers.Answers.Read(AcceptedAnswers.Answers.Write(two)));

        // By VQA's formula "4" is the answer of one of the other nine to nine people, and of none to the one who gave it.
        Assert.Equal(0.9 / 3, Reward.Table["vqa_score"].Compute("4", ten).Value, 12);
        Assert.Equal(1, Reward.Table["anls"].Compute("dark red", two).Value);
        Assert.Equal(1, Reward.Table["anls"].Compute("red", two).Value);
    }

    [Fact]
    public void Of_a_conversation_the_last_answer_is_asked_or_each()
    {
        string file = Written("talk.jsonl", JsonSerializer.Serialize(new
        {
            messages = (object[])
            [
                new { role = "user", content = "One?" }, new { role = "assistant", content = "1" },
                new { role = "user", content = "Two?" }, new { role = "assistant", content = "2" },
            ],
        }));

        Dataset last = Dataset.Open(file);
        Assert.Equal(("talk-1", 3, "2"), (last.Examples.Single().Id, last.Examples[0].Messages.Count, last.Examples[0].Answer));
        Assert.Contains("1 conversations have several answers; the last one is asked for", last.Report.Files[0].Notes);
        Assert.Equal(
            [("talk-1.0", "1"), ("talk-1.1", "2")],
            Dataset.Open(file, new DatasetOptions { Turns = AskedTurns.All }).Examples.Select(example => (example.Id, example.Answer)));
    }

    private static string Said(Truth truth) => truth switch
    {
        Truth.Region { Box: var box } => $"region {box.X1} {box.Y1} {box.X2} {box.Y2}",
        Truth.Choice choice => $"choice {choice.Letter}",
        Truth.Number number => $"number {number.Answer}",
        Truth.Written written => $"{truth.Kind.Name} {written.Answer}",
        _ => $"{truth}",
    };

    private string PathOf(string name) => Path.Combine(_folder, name);

    private string Written(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }
}
