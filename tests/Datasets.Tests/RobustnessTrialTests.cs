using Vlm.Testing;

namespace Vlm.Datasets.Tests;

/// <summary>Files that were made to break readers: three lines that name the row, and no file outside the folder is opened.</summary>
public sealed class RobustnessTrialTests
{
    public static TheoryData<string, string> Bad => new()
    {
        { "19/conv-traversal/abs.jsonl", "lies outside of" },
        { "19/conv-traversal/rel.jsonl", "in " },
        { "19/conv-traversal/fileurl.jsonl", "lies outside of" },
        { "19/conv-traversal/http.jsonl", "an address; nothing is downloaded" },
        { "20/conv-devzero/c.jsonl", "lies outside of" },
        { "24/pq-answer-empty/t.parquet", "the true answer is empty" },
        { "24/pq-box-huge-frame/t.parquet", "1E+200" },
        { "24/pq-box-tiny/t.parquet", "no area" },
        { "24/pq-choice-40/t.parquet", "40" },
        { "24/pq-choice-dup/t.parquet", "twice" },
        { "24/pq-choice-empty/t.parquet", "empty" },
        { "24/pq-passage-empty/t.parquet", "the true answer is empty" },
        { "25/pq-messages-nocontent/t.parquet", "a turn has no content" },
        { "25/pq-messages-norole/t.parquet", "a turn has no role" },
        { "25/pq-messages-partnotype/t.parquet", "an item of a turn has no type" },
        { "25/pq-messages-parttext/t.parquet", "an item of a turn is no object" },
        { "25/pq-messages-texts/t.parquet", "a turn is no object" },
        { "26/pq-choice-null/t.parquet", "one of the choices is nothing" },
        { "27/pq-box-frame-combo/t.parquet", "there is no frame 'Unit, Thousand'" },
        { "27/pq-box-frame-number/t.parquet", "there is no frame '0'" },
        { "28/pq-messages-rolenull/t.parquet", "a turn has no role" },
        { "28/pq-messages-rolezzz/t.parquet", "there is no role 'zzz'" },
        { "29/pq-conv-extra-date/t.parquet", "the columns messages and question could each be what is asked" },
        { "29/pq-conv-extra-map/t.parquet", "the columns messages and question could each be what is asked" },
        { "29/pq-conv-extra-timestamp/t.parquet", "the columns messages and question could each be what is asked" },
        { "29/pq-conv-ubigint/t.parquet", "the columns messages and question could each be what is asked" },
        { "30/parquet-bytes-17/x.parquet", "the file is not readable as Parquet" },
    };

    [Theory(Skip = SharedFiles.Missing, SkipUnless = nameof(HasShared))]
    [MemberData(nameof(Bad))]
    public void A_broken_row_is_refused_in_three_lines(string file, string problem)
    {
        string path = SharedFiles.PathOf("trials", "robustness", file);

        var error = Assert.Throws<UsageException>(() => Dataset.Open(path));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, error.Where);
        Assert.Equal(3, error.Render().Split('\n').Length);
    }

    // Columns that nobody needs may hold a date, a time, a map or a number of 64 bits: the conversation is read.
    [SharedFact]
    public void A_column_of_another_type_is_listed_and_not_read()
    {
        foreach (string name in (string[])["extra-date", "extra-map", "extra-timestamp", "ubigint"])
        {
            Dataset read = Dataset.Open(SharedFiles.PathOf("trials", "robustness", "29", $"pq-conv-{name}", "t.parquet"),
                new DatasetOptions { IgnoreColumns = ["question"] });
            Assert.Equal("dog", Assert.IsType<Rewards.Truth.Word>(read.Examples.Single().Truth).Answer);
            Assert.NotEmpty(read.Report.Files.Single().ColumnsNotRead);
        }

        Assert.IsType<Rewards.Truth.Region>(
            Dataset.Open(SharedFiles.PathOf("trials", "robustness", "29", "pq-box-decimal", "t.parquet")).Examples.Single().Truth);
    }

    public static bool HasShared => SharedFiles.Root is not null;
}
