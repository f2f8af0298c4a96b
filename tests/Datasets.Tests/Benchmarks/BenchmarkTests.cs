using System.Globalization;
using Vlm.Rewards;

namespace Vlm.Datasets.Tests.Benchmarks;

/// <summary>Benchmarks: their samples and 200 rows of each layout are read, right answers score the most, and bad files say what is missing.</summary>
public sealed class BenchmarkTests : IDisposable
{
    private const int Many = 200, Few = 3;
    private readonly string _work = Directory.CreateTempSubdirectory("vlm-bench-").FullName;

    public static TheoryData<string> Names => [.. Benchmark.Table.Names];

    private static bool Writing => Environment.GetEnvironmentVariable("VLM_WRITE_SAMPLES") is not null;

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [Fact]
    public void Every_benchmark_has_rows_and_says_where_it_comes_from()
    {
        Assert.Equal(Benchmark.Table.Names.Order(StringComparer.Ordinal), BenchmarkRows.Of.Keys.Order(StringComparer.Ordinal));
        Assert.All(Benchmark.Table, benchmark =>
        {
            Assert.StartsWith("https://huggingface.co/datasets/", benchmark.Address, StringComparison.Ordinal);
            Assert.Contains("https://", benchmark.Scorer, StringComparison.Ordinal);
            Assert.Contains("arXiv:", benchmark.Title, StringComparison.Ordinal);
            Assert.NotEmpty(benchmark.Licence);
        });
    }

    [Fact]
    public void The_documentation_lists_every_benchmark()
    {
        string docs = File.ReadAllText(Path.Combine(SamplesTests.Root(), "docs", "benchmarks.md"));

        Assert.All(Benchmark.Table, benchmark => Assert.Contains(
            $"| `{benchmark.Name}` | {benchmark.Title} | `{benchmark.Metric}` | {benchmark.Licence} | {benchmark.Address} |", docs, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_sample_is_as_it_is_made_and_can_be_read(string name)
    {
        string folder = Path.Combine(SamplesTests.Root(), "datasets", "samples", "benchmarks"), file = Path.Combine(folder, $"{name}.jsonl");
        string text = BenchmarkRows.Lines(Enumerable.Range(0, Few).Select(i => BenchmarkRows.Of[name](i, Image(name, i))));
        if (Writing)
        {
            Directory.CreateDirectory(Path.Combine(folder, "images"));
            for (int i = 0; i < Few; i++)
                File.WriteAllBytes(Path.Combine(folder, Image(name, i)), BenchmarkRows.Drawing(name, i));
            File.WriteAllText(file, text);
        }

        Assert.Equal(text, File.ReadAllText(file));
        Assert.Equal(Few, BenchmarkData.Open(Benchmark.Table[name], [file], new(ScoringMode.Official)).Questions.Count);

        static string Image(string name, int i) => $"images/{BenchmarkRows.KindOf(name, i)}-{i}.png";
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Two_hundred_rows_are_read_and_right_answers_score_the_most(string name)
    {
        Benchmark benchmark = Benchmark.Table[name];
        foreach (ScoringMode mode in benchmark.Modes)
        {
            IReadOnlyList<BenchmarkQuestion> questions = BenchmarkData.Open(benchmark, [Rows(name, Many)], new(mode)).Questions;
            BenchmarkAnswer[] right = [.. questions.Select((question, i) => Answered(benchmark, question, RightTo(name, question, i, mode), mode))];
            BenchmarkAnswer[] wrong = [.. questions.Select((question, i) => Answered(benchmark, question, BenchmarkRows.Of[name](i, "").Wrong, mode))];

            Assert.Equal(Many, questions.Count);
            // lmms-eval never counts an open answer to MMMU.
            Assert.Equal([], right.Where((answer, i) => answer.Score.Value < (IsLost(i) ? 0 : 1)).Select(answer => $"{mode}, {answer.Text}: {answer.Score}").Take(3));
            Assert.Equal([], wrong.Where(answer => answer.Score.Value > 0).Select(answer => $"{mode}, {answer.Text}: {answer.Score}").Take(3));
            (double least, double most) = Most(name, mode, Enumerable.Range(0, Many).Average(i => IsLost(i) ? 0.0 : 1));
            Assert.InRange(benchmark.Measure(right, mode).Value, least - 1e-9, most + 1e-9);
            Assert.Equal(0, benchmark.Measure(wrong, mode).Value, 1e-9);
            Assert.All(questions, question => Assert.Contains(question.Example.Messages[^1].Content, part => part.IsImage));

            bool IsLost(int i) => name == "mmmu" && mode == ScoringMode.LmmsEval && i % 3 == 2;
        }
    }

    // VLMEvalKit compares "seen." with "seen": two of five captions are the same there.
    private static (double Least, double Most) Most(string name, ScoringMode mode, double share) => (name, mode) switch
    {
        ("coco_caption" or "flickr30k" or "nocaps", ScoringMode.VlmEvalKit) => (4, 9.9),
        ("coco_caption" or "flickr30k" or "nocaps", _) => (10, 10),
        ("ocrbench", ScoringMode.LmmsEval) => (0.2, 0.2),
        ("ocrbench", _) => (Many, Many),
        _ => (share, share),
    };

    // A caption's own score is that of COCO's scorer over all of them, and resampling 5,000 of them takes no second scorer.
    [Fact]
    public void Captions_are_measured_one_by_one_as_all_together_and_their_interval_is_quick()
    {
        Benchmark benchmark = Benchmark.Table["coco_caption"];
        IReadOnlyList<BenchmarkQuestion> questions = BenchmarkData.Open(benchmark, [Rows("coco_caption", Many)], new(ScoringMode.Official)).Questions;
        string[] said = [.. questions.Select((question, i) => i % 3 == 0 ? question.Answers[1] : i % 3 == 1 ? $"A thing of drawing {i}!" : "")];
        Score[] scores = [.. questions.Zip(said, (question, text) => question.Example.Accuracy(text))];
        CiderCaption[] all = [.. questions.Zip(said, (question, text) => new CiderCaption(text, question.Answers))];

        Assert.Equal(Cider.Each(all), scores.Select(score => score.Value));
        Assert.Equal([10.0, 0.0], [scores[0].Value, scores[2].Value]);
        Assert.InRange(scores[1].Value, 0.5, 9);
        Assert.Equal([false, false, true], scores.Take(3).Select(score => score.IsUnparsed()));
        BenchmarkAnswer[] many = [.. Enumerable.Range(0, 5000).Select(i => new BenchmarkAnswer(
            questions[i % Many] with { Group = $"{i}" }, said[i % Many], scores[i % Many]))];
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Interval interval = benchmark.IntervalOf(many, new(ScoringMode.Official));
        Assert.InRange(interval.Mean, interval.Low, interval.High);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 30);
    }

    // The person is found, the dog is taken for a cat; a crowd of persons excuses what is claimed in it. Areas are those of outlines.
    [Theory]
    [InlineData("""[{"bbox_2d": [10, 10, 30, 30], "label": "Person"}, {"bbox_2d": [40, 40, 60, 60], "label": "dog"}]""", 1, 1)]
    [InlineData("""[{"bbox_2d": [10, 10, 30, 30], "label": "person"}, {"bbox_2d": [40, 40, 60, 60], "label": "cat"}]""", 0.5, 0.5)]
    [InlineData("""[{"bbox_2d": [2, 50, 6, 54], "label": "person"}, {"bbox_2d": [10, 10, 30, 30], "label": "person"}]""", 0.5, 0.5)]
    [InlineData("""[{"bbox_2d": [40, 2, 44, 6], "label": "person"}, {"bbox_2d": [10, 10, 30, 30], "label": "person"}]""", 0.25, 0.25)]
    [InlineData("[]", 0, 0)]
    [InlineData("<think>A cat?</think>[]", 0, 0)]
    [InlineData("many things", 0, 0)]
    public void Objects_are_measured_as_COCOs_scorer_does(string answer, double own, double all)
    {
        Benchmark benchmark = Benchmark.Table["coco_detection"];
        BenchmarkQuestion question = Detection("\"category\": [0, 16, 0], \"bbox\": [[10, 10, 30, 30], [40, 40, 60, 60], [0, 45, 20, 64]], \"area\": [200, 300, 380], \"iscrowd\": [0, 0, 1]");
        BenchmarkAnswer answered = Answered(benchmark, question, answer, ScoringMode.Official);
        CorpusScore score = benchmark.Measure([answered], ScoringMode.Official);

        Assert.Equal((own, all), (Math.Round(answered.Score.Value, 9), Math.Round(score.Value, 9)));
        Assert.Equal(answer == "many things" ? 1 : 0, score.Unparsed);
        Assert.Equal([200.0, 300, 380], question.Objects.Select(one => one.Area));
        Assert.Equal(2, ((Truth.Boxes)question.Example.Truth).Items.Count);
        Interval interval = benchmark.IntervalOf([answered, answered], new(ScoringMode.Official));
        Assert.InRange(interval.Mean, interval.Low - 1e-9, interval.High + 1e-9);
    }

    // What is claimed where nothing is costs as a false alarm among all images, and such an image alone is right where nothing is claimed.
    [Fact]
    public void An_image_without_objects_is_right_where_nothing_is_claimed()
    {
        Benchmark benchmark = Benchmark.Table["coco_detection"];
        BenchmarkQuestion nothing = Detection("\"category\": [], \"bbox\": []"), dog = Detection("\"category\": [16], \"bbox\": [[10, 10, 30, 30]]");
        BenchmarkAnswer silent = Answered(benchmark, nothing, "[]", ScoringMode.Official);
        BenchmarkAnswer claimed = Answered(benchmark, nothing, """[{"bbox_2d": [10, 10, 30, 30], "label": "dog"}]""", ScoringMode.Official);
        BenchmarkAnswer found = Answered(benchmark, dog, claimed.Text, ScoringMode.Official);

        Assert.Equal((1, 0, 1), (silent.Score.Value, claimed.Score.Value, found.Score.Value));
        Assert.Equal(1, benchmark.Measure([silent, found], ScoringMode.Official).Value, 1e-9);
        Assert.Equal(0.5, benchmark.Measure([claimed, found], ScoringMode.Official).Value, 1e-9);
    }

    [Theory]
    [InlineData("\"category\": [80], \"bbox\": [[10, 10, 30, 30]]", "the label '80' is none of 80 categories", "COCO's names")]
    [InlineData("\"category\": [\"unicorn\"], \"bbox\": [[10, 10, 30, 30]]", "the label 'unicorn' is none of 80 categories", "COCO's names")]
    [InlineData("\"category\": [1], \"bbox\": [[40, 10, 20, 20]]", "the box [40, 10, 20, 20] is none of a 64 x 64 image", "x, y, width, height")]
    [InlineData("\"category\": [1], \"bbox\": [[10, 10, 20, 90]]", "the box [10, 10, 20, 90] is none of a 64 x 64 image", "corners")]
    [InlineData("\"category\": [1, 2], \"bbox\": [[10, 10, 20, 20]]", "the row has 1 boxes and 2 labels", "a label for each box")]
    [InlineData("\"category\": [1], \"bbox\": [[10, 10, 20]]", "the boxes in column objects.bbox are", "a list of lists of 4 numbers")]
    public void Objects_that_cannot_be_are_told(string objects, string problem, string fix)
    {
        UsageException error = Assert.Throws<UsageException>(() => Detection(objects));

        Assert.StartsWith(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }

    // Five thousand images of seven objects each, as COCO's: half of them found.
    [Fact]
    public void The_interval_of_COCOs_AP_is_quick()
    {
        Benchmark benchmark = Benchmark.Table["coco_detection"];
        BenchmarkQuestion question = Detection("\"category\": [0, 16], \"bbox\": [[10, 10, 30, 30], [40, 40, 60, 60]]");
        BenchmarkAnswer[] many = [.. Enumerable.Range(0, 5000).Select(i => Answered(benchmark, question with { Group = $"{i}" },
            $$"""[{"bbox_2d": [{{(i % 2 == 0 ? 10 : 1)}}, 10, 30, 30], "label": "person"}]""", ScoringMode.Official))];
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Interval interval = benchmark.IntervalOf(many, new(ScoringMode.Official));

        Assert.InRange(interval.Mean, interval.Low, interval.High);
        Assert.InRange(interval.High - interval.Low, 0.001, 0.05);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
    }

    [Fact]
    public void Captions_without_their_file_are_refused()
    {
        Benchmark benchmark = Benchmark.Table["coco_caption"];
        BenchmarkQuestion question = BenchmarkData.Open(benchmark, [Rows("coco_caption", 2)], new(ScoringMode.Official)).Questions[0];

        Assert.Throws<InvalidOperationException>(() => benchmark.Score("a dog", question with { Captions = null }, ScoringMode.Official));
    }

    [Fact]
    public void Options_are_listed_and_asked_for_in_the_words_of_the_harness()
    {
        BenchmarkQuestion lmms = BenchmarkData.Open(Benchmark.Table["mmbench"], [Rows("mmbench", 1)], new(ScoringMode.LmmsEval)).Questions[0];
        BenchmarkQuestion kit = BenchmarkData.Open(Benchmark.Table["mmbench"], [Rows("mmbench", 1)], new(ScoringMode.VlmEvalKit)).Questions[0];
        string options = string.Join('\n', lmms.Options.Select((option, i) => $"{(char)('A' + i)}. {option}"));

        Assert.EndsWith($" There are several options:\n{options}\n\nAnswer with the option's letter from the given choices directly.", lmms.Example.Question, StringComparison.Ordinal);
        Assert.EndsWith($"Options:\n{options}\nPlease select the correct answer from the options above. \n", kit.Example.Question, StringComparison.Ordinal);
        Assert.StartsWith("Question: ", kit.Example.Question, StringComparison.Ordinal);
        Assert.DoesNotContain("nan", kit.Example.Question, StringComparison.Ordinal);
    }

    [Fact]
    public void Circular_questions_are_asked_in_every_order_and_right_where_all_answers_are()
    {
        Benchmark benchmark = Benchmark.Table["ai2d"];
        IReadOnlyList<BenchmarkQuestion> questions = BenchmarkData.Open(
            benchmark, [Rows("ai2d", 5)], new(ScoringMode.Official) { Choices = ChoiceOrder.Circular }).Questions;

        Assert.Equal(20, questions.Count);
        foreach (IGrouping<string, BenchmarkQuestion> group in questions.GroupBy(question => question.Group))
        {
            Assert.Equal("ABCD", string.Concat(group.Select(question => question.Example.Answer).Order()));
            Assert.Single(group.Select(question => question.Options[question.Example.Answer[0] - 'A']).Distinct());
        }

        // Always A: a quarter of the answers, and no question.
        BenchmarkAnswer[] always = [.. questions.Select(question => Answered(benchmark, question, "A", ScoringMode.Official))];
        Assert.Equal((0.25, 0, 5), (benchmark.Measure(always, ScoringMode.Official).Value, Benchmark.MeasureCircular(always).Value, Benchmark.MeasureCircular(always).Count));
        Assert.Equal(0.25, Benchmark.MeasureCircular(always)["vanilla"]);
        BenchmarkAnswer[] right = [.. questions.Select(question => Answered(benchmark, question, question.Example.Answer, ScoringMode.Official))];
        Assert.Equal(1, Benchmark.MeasureCircular(right).Value);
    }

    [Fact]
    public void Shuffled_options_keep_the_right_one_and_their_order_is_that_of_the_seed()
    {
        BenchmarkQuestion[] Asked(ChoiceOrder order, long seed) => [.. BenchmarkData.Open(
            Benchmark.Table["ai2d"], [Rows("ai2d", 40)], new(ScoringMode.Official) { Choices = order, Seed = seed }).Questions];
        string Right(BenchmarkQuestion question) => question.Options[question.Example.Answer[0] - 'A'];
        BenchmarkQuestion[] file = Asked(ChoiceOrder.File, 1), one = Asked(ChoiceOrder.Shuffled, 1), same = Asked(ChoiceOrder.Shuffled, 1), two = Asked(ChoiceOrder.Shuffled, 2);

        Assert.Equal(file.Select(Right), one.Select(Right));
        Assert.Equal(one.Select(question => question.Example.Question), same.Select(question => question.Example.Question));
        Assert.NotEqual(one.Select(question => question.Example.Question), two.Select(question => question.Example.Question));
        Assert.All(one, question => Assert.Contains($"{question.Example.Answer}. {Right(question)}", question.Example.Question, StringComparison.Ordinal));
    }

    // MMBench's circular file has the rotations of question 241 as rows 1000241, 2000241 ...
    [Fact]
    public void Rotations_that_a_file_holds_are_one_question()
    {
        string file = Path.Combine(_work, "circular.jsonl"), row = File.ReadAllText(Rows("mmbench", 1));
        File.WriteAllText(file, string.Concat(Enumerable.Range(0, 2).Select(turn => row.Replace("\"index\":241", $"\"index\":{(turn * 1_000_000) + 241}", StringComparison.Ordinal))));
        Benchmark benchmark = Benchmark.Table["mmbench"];
        IReadOnlyList<BenchmarkQuestion> questions = BenchmarkData.Open(benchmark, [file], new(ScoringMode.Official)).Questions;

        Assert.Equal(["241", "241"], questions.Select(question => question.Group));
        CorpusScore score = benchmark.Measure([Answered(benchmark, questions[0], "A", ScoringMode.Official), Answered(benchmark, questions[1], "B", ScoringMode.Official)], ScoringMode.Official);
        Assert.Equal((0.0, 1), (score.Value, score.Count));
    }

    [Fact]
    public void Thinking_is_no_part_of_an_answer_and_thinking_without_end_is_unparsed()
    {
        Benchmark benchmark = Benchmark.Table["docvqa"];
        BenchmarkQuestion question = BenchmarkData.Open(benchmark, [Rows("docvqa", 1)], new(ScoringMode.Official)).Questions[0];
        string right = question.Answers[0];

        Assert.Equal(1, benchmark.Score($"<think>It might be black.</think>{right}", question, ScoringMode.Official).Value);
        Assert.True(benchmark.Score($"<think>It is {right}", question, ScoringMode.Official).IsUnparsed());
        Assert.Equal(1, question.Example.Accuracy(right).Value);
        Assert.Equal(0, question.Example.Accuracy("dark elephant").Value);
    }

    // The official scorer of POPE takes "not" anywhere before the first full stop for a no, and NLVR2's takes one word: thinking has neither.
    [Theory]
    [InlineData("pope")]
    [InlineData("nlvr2")]
    public void Numbers_of_all_answers_leave_thinking_out_too(string name)
    {
        Benchmark benchmark = Benchmark.Table[name];
        IReadOnlyList<BenchmarkQuestion> questions = BenchmarkData.Open(benchmark, [Rows(name, 20)], new(ScoringMode.Official)).Questions;
        double Measured(Func<string, string> wrap) => benchmark.Measure([.. questions.Select(question => Answered(
            benchmark, question, wrap(question.Example.Answer), ScoringMode.Official))], ScoringMode.Official).Value;

        Assert.Equal(1, Measured(answer => $"<think>It is not easy, true or false.</think>{answer}"));
        Assert.Equal(0, Measured(answer => $"<think>It is {answer}"));
        Assert.Equal(20, benchmark.Measure([.. questions.Select(question => Answered(
            benchmark, question, "<think>So", ScoringMode.Official))], ScoringMode.Official).Unparsed);
    }

    [Fact]
    public void The_interval_holds_the_number_and_narrows_with_more_questions()
    {
        Benchmark benchmark = Benchmark.Table["gqa"];
        BenchmarkAnswer[] Half(int count) => [.. BenchmarkData.Open(benchmark, [Rows("gqa", count)], new(ScoringMode.Official)).Questions
            .Select((question, i) => Answered(benchmark, question, i % 2 == 0 ? question.Example.Answer : "zebra", ScoringMode.Official))];
        (_, double low, double high) = benchmark.IntervalOf(Half(20), new(ScoringMode.Official));
        (_, double nearLow, double nearHigh) = benchmark.IntervalOf(Half(Many), new(ScoringMode.Official));

        Assert.InRange(0.5, low, high);
        Assert.InRange(0.5, nearLow, nearHigh);
        Assert.Equal(0.138, nearHigh - nearLow, 0.02);         // 2 · 1.96 · sqrt(0.25 / 200)
        Assert.True(high - low > 2 * (nearHigh - nearLow));
    }

    [Theory]
    [InlineData("docvqa", "answers", "docvqa needs the answers, in a column called answers or answer; the row has", "Columns = answers=COLUMN")]
    [InlineData("mmbench", "answer", "mmbench needs the answer, in a column called answer; the row has", "")]
    [InlineData("refcoco", "bbox", "refcoco needs the box, in a column called bbox or box; the row has", "")]
    [InlineData("gqa", "image", "the row has no image, and gqa asks about images", "a column called image, with the bytes or the path of one")]
    public void A_column_that_is_missing_is_named_with_what_it_may_be_called(string name, string column, string problem, string fix)
    {
        string file = Rows(name, 2);
        File.WriteAllText(file, File.ReadAllText(file).Replace($"\"{column}\":", $"\"other_{column}x\":", StringComparison.Ordinal));

        UsageException error = Assert.Throws<UsageException>(() => BenchmarkData.Open(Benchmark.Table[name], [file], new(ScoringMode.Official)));

        Assert.StartsWith(problem, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(file, error.Where, StringComparison.Ordinal);
        Assert.Contains(fix, error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_name_of_a_column_can_be_given()
    {
        string file = Rows("docvqa", 2);
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"answers\":", "\"gold\":", StringComparison.Ordinal));

        Assert.Equal(2, BenchmarkData.Open(Benchmark.Table["docvqa"], [file], new(ScoringMode.Official), new() { Columns = ["answers=gold"] }).Questions.Count);
    }

    [Fact]
    public void Two_rows_of_one_id_and_images_that_are_missing_in_part_are_refused_or_skipped()
    {
        string twice = Rows("gqa", 2), missing = Path.Combine(_work, "missing.jsonl");
        File.WriteAllText(missing, File.ReadAllText(twice).Replace(Image("gqa", 1), "nowhere.png", StringComparison.Ordinal));
        File.AppendAllText(twice, File.ReadAllLines(twice)[0] + "\n");

        UsageException both = Assert.Throws<UsageException>(() => BenchmarkData.Open(Benchmark.Table["gqa"], [twice], new(ScoringMode.Official)));
        UsageException none = Assert.Throws<UsageException>(() => BenchmarkData.Open(Benchmark.Table["gqa"], [missing], new(ScoringMode.Official)));
        BenchmarkData skipped = BenchmarkData.Open(Benchmark.Table["gqa"], [missing], new(ScoringMode.Official), new() { SkipBad = 1 });

        Assert.StartsWith("the id 201307251 is also that of ", both.Message, StringComparison.Ordinal);
        Assert.Contains("there is no image nowhere.png", none.Message, StringComparison.Ordinal);
        Assert.Equal((1, 1), (skipped.Questions.Count, skipped.Skipped.Count));
        Assert.Contains(skipped.Lines(), line => line.StartsWith("skipped ", StringComparison.Ordinal));
    }

    private static BenchmarkAnswer Answered(Benchmark benchmark, BenchmarkQuestion question, string text, ScoringMode mode) =>
        new(question, text, Judged(benchmark.Rule(text, question, mode), question));

    // A judge that takes the last word of a reply, and compares what it took.
    private static Score Judged(Ruling ruling, BenchmarkQuestion question) => ruling switch
    {
        Ruling.Given given => given.Score,
        Ruling.Ask { Prompt: var prompt } ask => Judged(ask.Next(
            prompt.EndsWith("Extracted answer: ", StringComparison.OrdinalIgnoreCase) ? prompt.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^2].Split(' ')[^1].Trim('.', '\'')
            : prompt.Contains($"Model_answer] : {question.Answers[0]}\n", StringComparison.Ordinal)
                || prompt.Contains($"The answer is {question.Answers[0]}.", StringComparison.Ordinal) ? "1" : "0"), question),
        _ => throw new InvalidOperationException(),
    };

    // Boxes and points in the form that each scorer reads.
    private static string RightTo(string name, BenchmarkQuestion question, int i, ScoringMode mode)
    {
        if (question.Example.Truth is Truth.Region { Box: var box } region)
            return mode != ScoringMode.Official
                ? Text($"[{box.X1 / region.Width}, {box.Y1 / region.Height}, {box.X2 / region.Width}, {box.Y2 / region.Height}]")
                : Text($"[{box.X1}, {box.Y1}, {box.X2}, {box.Y2}]");
        if (!name.StartsWith("screenspot", StringComparison.Ordinal))
            return name.EndsWith("clevr", StringComparison.Ordinal) && mode != ScoringMode.Official
                ? $"<think>One, two ...</think><answer> {BenchmarkRows.Of[name](i, "").Right} </answer>" : BenchmarkRows.Of[name](i, "").Right;
        double[] element = [.. question.Facts["box"].Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        double[] size = [.. question.Facts["size"].Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        Box shares = ScreenSpot.Element(element, new(size[0], size[1]), mode);
        (double x, double y) = ((shares.X1 + shares.X2) / 2, (shares.Y1 + shares.Y2) / 2);
        return mode == ScoringMode.VlmEvalKit ? Text($"pyautogui.click(x={x:0.####}, y={y:0.####})") : Text($"[{x:0.####}, {y:0.####}]");
    }

    private BenchmarkQuestion Detection(string objects)
    {
        string file = Path.Combine(_work, "objects.jsonl");
        File.WriteAllBytes(Path.Combine(_work, Image("coco_detection", 0)), BenchmarkRows.Drawing("coco_detection", 0));
        File.WriteAllText(file, $"{{\"image_id\": 9, \"image\": \"{Image("coco_detection", 0)}\", \"objects\": {{{objects}}}}}\n");
        return Assert.Single(BenchmarkData.Open(Benchmark.Table["coco_detection"], [file], new(ScoringMode.Official)).Questions);
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);

    private static string Image(string name, int i) => $"{BenchmarkRows.KindOf(name, i)}-{i}.png";

    private string Rows(string name, int count)
    {
        string file = Path.Combine(_work, $"{name}-{count}.jsonl");
        for (int i = 0; i < count; i++)
            File.WriteAllBytes(Path.Combine(_work, Image(name, i)), BenchmarkRows.Drawing(name, i));
        File.WriteAllText(file, BenchmarkRows.Lines(Enumerable.Range(0, count).Select(i => BenchmarkRows.Of[name](i, Image(name, i)))));
        return file;
    }
}
