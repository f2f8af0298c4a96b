using Vlm.Testing;

namespace Vlm.Datasets.Tests;

/// <summary>Pairs of files: forms that are read with the right sides, and what is refused with the cure.</summary>
public sealed class PreferenceDataTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pairs").FullName;

    public PreferenceDataTests()
    {
        for (byte i = 0; i < 3; i++)
            File.WriteAllBytes(Path.Combine(_folder, $"{(char)('a' + i)}.png"), Pictures.Png(40, 20, (byte)(100 + i)));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string, string> Read => new()
    {
        // row, prompt > chosen > rejected = strength
        { """{"prompt": "Q?", "chosen": "yes", "rejected": "no"}""", "Q? > yes > no" },
        { """{"prompt": "Q?", "chosen": "[1, 2, 3, 4]", "rejected": "[4, 3, 2, 1]"}""", "Q? > [1, 2, 3, 4] > [4, 3, 2, 1]" },
        { """{"prompt": "Q?", "chosen": 7, "rejected": 8, "margin": 2}""", "Q? > 7 > 8 = 2" },
        { """{"prompt": "Q?", "chosen": "yes", "rejected": "no", "score_chosen": 3.5, "score_rejected": 1}""", "Q? > yes > no = 2.5" },
        { """{"prompt": "Q?", "chosen": "yes", "rejected": "no", "chosen_score": 1, "rejected_score": 3}""", "Q? > yes > no = -2" },
        // UltraFeedback: the prompt, and conversations that begin with it
        { """{"prompt": "Q?", "chosen": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "no"}]}""", "Q? > yes > no" },
        // several turns before the answers
        { """{"chosen": [{"role": "system", "content": "S"}, {"role": "user", "content": "A?"}, {"role": "assistant", "content": "a"}, {"role": "user", "content": "Q?"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "system", "content": "S"}, {"role": "user", "content": "A?"}, {"role": "assistant", "content": "a"}, {"role": "user", "content": "Q?"}, {"role": "assistant", "content": "no"}]}""", "S / A? / a / Q? > yes > no" },
        { """{"chosen": "\n\nHuman: A?\n\nAssistant: a\n\nHuman: Q?\n\nAssistant: yes", "rejected": "\n\nHuman: A?\n\nAssistant: a\n\nHuman: Q?\n\nAssistant: no"}""", "A? / a / Q? > yes > no" },
        { """{"prompt": "Q?", "chosen": "They said:\n\nHuman: a\n\nAssistant: b", "rejected": "no"}""", "Q? > They said:\n\nHuman: a\n\nAssistant: b > no" },
        { """{"question": "Q?", "image": "a.png", "chosen": "yes", "rejected": "no"}""", "|Q? > yes > no" },
        { """{"image": "a.png", "text": "{\"question\": \"Q?\", \"chosen\": \"yes\", \"rejected\": \"no\"}"}""", "|Q? > yes > no" },
        { """{"instruction": "Q?", "input": "of this", "chosen": "yes", "rejected": "no"}""", "Q?\nof this > yes > no" },
        { """{"messages": [{"role": "user", "content": "Q?"}, {"role": "assistant", "content": "yes"}], "rejected_response": "no"}""", "Q? > yes > no" },
        { """{"query": "Q?", "image": "a.png", "response": ["no", "yes"], "human_ranking": [1, 0]}""", "|Q? > yes > no" },
        { """{"query": "Q?", "response": "['no', 'yes']", "human_ranking": "[1, 0]"}""", "Q? > yes > no" },
        { """{"conversations": [{"from": "human", "value": "<image>\nQ?"}], "image": "a.png", "output_1": {"from": "llava", "value": "no"}, "output_2": {"from": "llava", "value": "yes"}, "preference": 2}""", "|Q? > yes > no" },
        { """{"conversations": [{"from": "human", "value": "<image>\nExample: Question: x\nAnswer 1: 3\nQuestion: [Q?]\nAnswer 1: [no]\nAnswer 2: [yes]"}, {"from": "gpt", "value": "<think>Answer 1 is better at first</think><answer>Answer 2 is better</answer>"}], "image": "a.png"}""", "|Q? > yes > no" },
        { """{"id": "1", "question": "Q?", "chosen": "yes", "rejected": "no", "strength": 0.25, "answer": "yes", "answer_type": "word"}""", "Q? > yes > no = 0.25" },
        { """{"id": "1", "question": "Q?", "choices": ["cat", "dog"], "chosen": "A", "rejected": "B"}""", "Q?\nA. cat\nB. dog > A > B" },
    };

    [Theory]
    [MemberData(nameof(Read))]
    public void A_published_form_is_read_with_the_right_sides(string row, string expected)
    {
        Preference pair = Open(row).Pairs.Single();

        Assert.Equal(expected, Show(pair));
        Assert.Equal(pair.Example.Messages.Sum(turn => turn.Content.Count(part => part.IsImage)), pair.Example.Images.Count);
    }

    public static TheoryData<string, string, string> Refused => new()
    {
        { """{"id": "x7", "prompt": "Q?", "chosen": "yes", "rejected": " yes"}""", "both answers are \"yes\"", "answers that differ" },
        { """{"id": "x7", "prompt": "Q?", "chosen": "", "rejected": "yes"}""", "the chosen answer is empty", "answers that differ" },
        { """{"id": "x7", "prompt": "Q?", "chosen": "yes", "rejected": null}""", "the rejected answer is empty", "answers that differ" },
        { """{"id": "x7", "question": "Q?", "image": "none.png", "chosen": "yes", "rejected": "no"}""", "there is no image none.png", "the path of an image file" },
        { """{"id": "x7", "question": "Q?", "image": "rows.jsonl", "chosen": "yes", "rejected": "no"}""", "the image is no JPEG, PNG", "" },
        { """{"id": "x7", "question": "<image>Q?", "chosen": "yes", "rejected": "no"}""", "places for 0 images", "one place for each image" },
        { """{"id": "x7", "chosen": "yes", "rejected": "no"}""", "the row has no prompt", "prompt: what was asked" },
        { """{"id": "x7", "prompt": "Q?", "chosen": "yes <image>", "rejected": "no"}""", "the chosen answer holds <image>", "answers of text" },
        { """{"id": "x7", "prompt": "Q?", "chosen": "yes", "rejected": "no<|im_end|>"}""", "the rejected answer holds <|im_end|>", "answers of text" },
        { """{"id": "x7", "prompt": "Q?", "chosen": "yes", "rejected": "no", "margin": "much"}""", "the column margin is much", "a finite number" },
        { """{"id": "x7", "chosen": [{"role": "user", "content": "A?"}, {"role": "assistant", "content": "yes"}], "rejected": [{"role": "user", "content": "B?"}, {"role": "assistant", "content": "no"}]}""", "differ before their last answer", "last turn alone" },
        { """{"id": "x7", "prompt": "Q?", "chosen": [{"role": "user", "content": "A?"}], "rejected": "no"}""", "ends with a turn of the user", "an answer as the last turn" },
        { """{"id": "x7", "messages": [{"role": "user", "content": "<image>Q?"}, {"role": "assistant", "content": "yes"}], "images": ["a.png"], "rejected_response": "no", "rejected_images": ["b.png"]}""", "rejected_images are other images", "one set of images" },
        { """{"id": "x7", "query": "Q?", "response": ["a", "b"], "human_ranking": [0]}""", "there are 2 responses and 1 ranks", "a rank for each" },
        { """{"id": "x7", "conversations": [{"from": "human", "value": "Q?"}], "output_1": "a", "output_2": "b", "preference": 0}""", "the preference is 0", "1 or 2" },
        { """{"id": "x7", "prompt": "Q?", "chosen": "yes", "rejected": "no", "video": "a.mp4"}""", "the column video holds", "IgnoreColumns = video" },
        { """{"id": "x7", "prompt": "Q?", "better": "yes", "worse": "no"}""", "are no layout of pairs", "question=prompt," },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_bad_row_is_refused_by_its_file_number_and_id(string row, string problem, string fix)
    {
        UsageException refused = Assert.Throws<UsageException>(() => Open("""{"prompt": "Q?", "chosen": "a", "rejected": "b"}""", row));

        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
        Assert.Contains("rows.jsonl, line 2 (id x7)", refused.Where, StringComparison.Ordinal);
        Assert.Contains(fix, refused.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Bad_rows_are_skipped_and_counted_as_far_as_is_allowed()
    {
        string[] rows = ["""{"prompt": "Q?", "chosen": "a", "rejected": "b"}""", """{"id": "x", "prompt": "Q?", "chosen": "a", "rejected": "a"}""", """{"id": "y", "prompt": "Q?", "image": "none.png", "chosen": "a", "rejected": "b"}"""];

        PreferenceData read = PreferenceData.Open([Written(rows)], new() { SkipBad = 2 });

        Assert.Single(read.Pairs);
        Assert.Equal(["both answers are \"a\"", "there is no image none.png in " + _folder], read.Report.Skipped.Select(row => row.Problem));
        Assert.Contains(read.Report.Lines(), line => line == "2 bad rows skipped:");
        Assert.Throws<UsageException>(() => PreferenceData.Open([Written(rows)], new() { SkipBad = 1 }));
    }

    [Fact]
    public void Rows_that_compare_nothing_are_counted_by_their_reason()
    {
        string judged = """{"conversations": [{"from": "human", "value": "Question: Q?\nAnswer 1: a\nAnswer 2: b"}, {"from": "gpt", "value": "Answer 1 is better"}]}""";
        string tie = judged.Replace("Answer 1 is better", "Both are equally good.", StringComparison.Ordinal);
        string point = """{"conversations": [{"from": "human", "value": "Question: Q?\nThe LMM response: a"}, {"from": "gpt", "value": "Score: 7"}]}""";

        FileReportOf(Open(judged, tie, point, point, tie.Replace("Both are equally good.", "Answer 1 is not better.", StringComparison.Ordinal)), out PreferenceFileReport file);
        UsageException none = Assert.Throws<UsageException>(() => Open(tie, point));

        Assert.Equal((5, 1), (file.Rows, file.Pairs));
        Assert.Equal(["2 rows compare no two answers and are left out: the judge names no better answer",
            "2 rows compare no two answers and are left out: no two answers are shown: a single answer is scored (pointwise)"], file.Notes);
        Assert.Contains("compare no two answers", none.Message, StringComparison.Ordinal);
    }

    // 100,000 marks: what takes the square of their number would not end.
    [Fact]
    public void A_hostile_conversation_is_read_as_fast_as_others()
    {
        string marks = string.Concat(Enumerable.Repeat("Question: x\\nAnswer 1: y\\n<answer><think>", 50_000));

        UsageException none = Assert.Throws<UsageException>(() => Open(
            $$"""{"conversations": [{"from": "human", "value": "{{marks}}"}, {"from": "gpt", "value": "{{marks}}"}]}"""));

        Assert.Contains("no two answers are shown", none.Message, StringComparison.Ordinal);
    }

    // Ranks 1 0 3: three pairs; the difference of the ranks is their strength.
    [Fact]
    public void A_ranking_of_three_gives_a_pair_for_each_two_of_different_rank()
    {
        PreferenceData read = Open("""{"id": "r", "query": "Q?", "response": ["a", "b", "c"], "human_ranking": [1, 0, 3], "query_source": "POVID"}""");

        Assert.Equal(["Q? > a > c = 2", "Q? > b > a = 1", "Q? > b > c = 3"], read.Pairs.Select(Show));
        Assert.Equal(["r.0", "r.1", "r.2"], read.Pairs.Select(pair => pair.Example.Id));
        Assert.Equal("hallucination", read.Pairs[0].Kind);
    }

    [Fact]
    public void Columns_of_other_names_are_given_and_others_are_listed_as_not_read()
    {
        string file = Written("""{"ask": "Q?", "good": "a", "bad": "b", "gap": 3, "note": "n", "split": "x"}""", """{"ask": "Q?", "good": "c", "bad": "d", "split": "y"}""");

        PreferenceData read = PreferenceData.Open([file], new() { Columns = ["question=ask,chosen=good,rejected=bad,strength=gap"], Where = "split = 'x'" });

        Assert.Equal("Q? > a > b = 3", Show(read.Pairs.Single()));
        Assert.Equal(["ask", "bad", "gap", "good"], read.Report.Files[0].ColumnsRead);
        Assert.Equal(["note", "split"], read.Report.Files[0].ColumnsNotRead);
    }

    [Fact]
    public void What_says_nothing_of_pairs_is_refused()
    {
        string file = Written("""{"prompt": "Q?", "chosen": "a", "rejected": "b"}""");

        Assert.Equal(nameof(DatasetOptions.AnswerType), Assert.Throws<OptionException>(() => PreferenceData.Open([file], new() { AnswerType = "word" })).Property);
        Assert.Contains("by weight", Assert.Throws<UsageException>(() => PreferenceData.Open([file + ":2"])).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<UsageException>(() => PreferenceData.Open([file + "x"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_share_no_image_and_follow_from_the_seed()
    {
        string[] rows = [.. Enumerable.Range(0, 30).Select(i => $$"""{"question": "Q{{i}}?", "image": "{{(char)('a' + (i % 3))}}.png", "chosen": "a{{i}}", "rejected": "b"}""")];
        PreferenceData read = Open(rows);

        (IReadOnlyList<Preference> train, IReadOnlyList<Preference> held) = read.Parts(null, 3, measured: false);
        (IReadOnlyList<Preference> again, _) = read.Parts(null, 3, measured: false);
        (IReadOnlyList<Preference> all, IReadOnlyList<Preference> none) = read.Parts(null, 3, measured: true);

        Assert.Equal((20, 10), (train.Count, held.Count));
        Assert.Empty(Images(train).Intersect(Images(held)));
        Assert.Equal(train, again);
        Assert.Equal((30, 0), (all.Count, none.Count));
        Assert.Throws<OptionException>(() => read.Parts("95", 3, measured: false));

        static IEnumerable<string> Images(IEnumerable<Preference> pairs) => pairs.Select(pair => Convert.ToHexString(pair.Example.Images[0].Encoded("x")));
    }

    [Fact]
    public void Pairs_without_a_truth_are_written_and_read_again()
    {
        Preference[] pairs = [.. Open("""{"question": "Q?", "image": "a.png", "chosen": "yes", "rejected": "no", "category": "vision"}""").Pairs];
        string file = Path.Combine(_folder, "own.parquet");

        PreferenceData.Write(file, pairs);
        PreferenceData read = PreferenceData.Open([file]);

        Assert.Equal(("own", "vision"), (read.Report.Files[0].Layout.Name, read.Pairs[0].Kind));
        Assert.Equal("|Q? > yes > no", Show(read.Pairs.Single()));
        ParquetExamplesTests.Same(pairs[0].Example, read.Pairs[0].Example);
    }

    private static void FileReportOf(PreferenceData read, out PreferenceFileReport file) => file = Assert.Single(read.Report.Files);

    private static string Show(Preference pair) => FormattableString.Invariant(
        $"{string.Join(" / ", pair.Example.Messages.Select(turn => string.Concat(turn.Content.Select(part => part.Text ?? "|"))))} > {pair.Chosen} > {pair.Rejected}")
        + (pair.Strength is { } strength ? FormattableString.Invariant($" = {strength}") : "");

    private PreferenceData Open(params string[] rows) => PreferenceData.Open([Written(rows)]);

    private string Written(params string[] rows)
    {
        string file = Path.Combine(_folder, "rows.jsonl");
        File.WriteAllText(file, string.Join('\n', rows));
        return file;
    }
}
