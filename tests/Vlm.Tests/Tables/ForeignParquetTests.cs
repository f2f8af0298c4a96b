using System.Runtime.CompilerServices;
using Parquet;
using Parquet.Schema;
using Vlm.Tables;
using Vlm.Testing;

namespace Vlm.Tests.Tables;

/// <summary>Files that other programs write.</summary>
public sealed class ForeignParquetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("foreign").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Lists_have_null_elements_at_every_depth()
    {
        string file = Made("""
            SELECT * FROM (VALUES
                ([1, NULL, 3], [NULL, 0.5], [true, NULL], ['a', NULL], [{'a': 1, 'b': [NULL, 2]}, NULL]),
                ([NULL], [], NULL, [NULL, NULL], [{'a': NULL, 'b': NULL}])) t(whole, real, flags, texts, deep)
            """);

        TableRow[] rows = [.. ParquetFile.Read(file)];

        Assert.Equal([1L, null, 3L], rows[0].Get<object?[]>("whole"));
        Assert.Equal([null, 0.5], rows[0].Get<object?[]>("real"));
        Assert.Equal([true, null], rows[0].Get<object?[]>("flags"));
        Assert.Equal(["a", null], rows[0].Get<object?[]>("texts"));
        object?[] deep = rows[0].Get<object?[]>("deep");
        Assert.Equal((1L, 2), (Field(deep[0], "a"), deep.Length));
        Assert.Equal([null, 2L], (object?[])Field(deep[0], "b")!);
        Assert.Null(deep[1]);

        Assert.Equal([null], rows[1].Get<object?[]>("whole"));
        Assert.Empty(rows[1].Get<object?[]>("real"));
        Assert.Null(rows[1]["flags"]);
        Assert.Equal([null, null], rows[1].Get<object?[]>("texts"));
        object? only = Assert.Single(rows[1].Get<object?[]>("deep"));
        Assert.Equal((null, null), (Field(only, "a"), Field(only, "b")));
    }

    // golden/README.md says what each row holds.
    [Fact]
    public void RLE_booleans_are_read()
    {
        TableRow[] rows = [.. ParquetFile.Read(Golden("rle-booleans.parquet"))];

        Assert.Equal(50, rows.Length);
        Assert.All(rows.Select((row, i) => (row, i)), item =>
        {
            Assert.Equal(item.i % 3 == 0, item.row["flag"]);
            Assert.Equal(item.i % 5 == 0 ? null : item.i % 2 == 0, item.row["maybe"]);
            Assert.Equal(
                Enumerable.Range(0, item.i % 4).Select(k => (object?)((item.i + k) % 2 == 0)),
                item.row.Get<object?[]>("flags"));
        });
    }

    // A decimal of no places is a whole number; of 38 digits, text. 0.1 is the double next to it, not 1 * 0.1 rounded.
    [Fact]
    public void Decimals_are_numbers()
    {
        string file = Made("""
            SELECT 0.1::DECIMAL(4, 1) AS small, -12345.6789::DECIMAL(18, 4) AS middle,
                123456789012345678901234567.25::DECIMAL(38, 2) AS large, 42::DECIMAL(10, 0) AS whole,
                12345678901234567890123456789012345678::DECIMAL(38, 0) AS digits,
                [1.5::DECIMAL(4, 1), NULL] AS box, NULL::DECIMAL(4, 1) AS none
            """);

        TableRow row = ParquetFile.Read(file).Single();

        Assert.Equal((0.1, -12345.6789, 123456789012345678901234567.25), (row["small"], row["middle"], row["large"]));
        Assert.Equal((42L, "12345678901234567890123456789012345678"), (row["whole"], row["digits"]));
        Assert.Equal([1.5, null], row.Get<object?[]>("box"));
        Assert.Null(row["none"]);
    }

    [Fact]
    public void Whole_numbers_of_every_width_are_read_and_lose_no_digit()
    {
        string file = Made("""
            SELECT (-128)::TINYINT AS a, (-32768)::SMALLINT AS b, (-2147483648)::INTEGER AS c,
                (-9223372036854775807 - 1)::BIGINT AS d, 255::UTINYINT AS e, 65535::USMALLINT AS f,
                4294967295::UINTEGER AS g, 7::UBIGINT AS h, 18446744073709551615::UBIGINT AS i, 0.5::FLOAT AS j
            """);

        Assert.Equal(
            [
                -128L, -32768L, -2147483648L, long.MinValue, 255L, 65535L, 4294967295L, 7L, "18446744073709551615", 0.5,
            ],
            ParquetFile.Read(file).Single().Values);
    }

    [Fact]
    public void Dates_and_times_are_text_to_the_last_digit()
    {
        string file = Made("""
            SELECT '2024-02-29 12:30:00.5'::TIMESTAMP AS micro, '1969-12-31 23:59:59.999'::TIMESTAMP_MS AS milli,
                '2024-02-29 12:30:00.123456789'::TIMESTAMP_NS AS nano,
                '2024-02-29 12:30:00+02'::TIMESTAMPTZ AS zoned, '2024-02-29'::DATE AS day, '0001-01-01'::DATE AS first,
                '23:59:59.25'::TIME AS clock, 'infinity'::TIMESTAMP AS never, '10000-01-01'::DATE AS late,
                ['2024-01-01 00:00:00'::TIMESTAMP, NULL] AS list, INTERVAL '1 year 3 days 1.5 seconds' AS span
            """);

        TableRow row = ParquetFile.Read(file).Single();

        Assert.Equal(
            [
                "2024-02-29T12:30:00.5", "1969-12-31T23:59:59.999", "2024-02-29T12:30:00.123456789",
                "2024-02-29T10:30:00Z", "2024-02-29", "0001-01-01", "23:59:59.25", "9223372036854775807", "2932897",
            ],
            row.Values.Take(9));
        Assert.Equal(["2024-01-01T00:00:00", null], row.Get<object?[]>("list"));
        Assert.Equal("P12M3DT1.5S", row["span"]);
    }

    // INT96: what Spark and old versions of Impala and pandas wrote.
    [Fact]
    public async Task Times_of_96_bits_are_read()
    {
        string file = Path.Combine(_folder, "int96.parquet");
        var field = new DataField("made", typeof(DateTime));
        var schema = new ParquetSchema(field);
        DateTime[] made = [new(2024, 2, 29, 12, 30, 0, DateTimeKind.Utc)];
        CancellationToken stop = TestContext.Current.CancellationToken;
        await using (FileStream stream = File.Create(file))
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(schema, stream, cancellationToken: stop))
        using (ParquetRowGroupWriter group = writer.CreateRowGroup())
            await group.WriteAsync<DateTime>(field, made, cancellationToken: stop);

        Assert.Equal("2024-02-29T12:30:00", ParquetFile.Read(file).Single()["made"]);
    }

    [Fact]
    public void Maps_are_lists_of_key_and_value_and_enums_are_words()
    {
        string file = Made("SELECT MAP {'a': 1, 'b': NULL} AS map, 'yes'::ENUM ('no', 'yes') AS word, uuid() AS id");

        TableRow row = ParquetFile.Read(file).Single();

        object?[] pairs = row.Get<object?[]>("map");
        Assert.Equal(("a", 1L), (Field(pairs[0], "key"), Field(pairs[0], "value")));
        Assert.Equal(("b", null), (Field(pairs[1], "key"), Field(pairs[1], "value")));
        Assert.Equal(("yes", 36), (row["word"], row.Get<string>("id").Length));
    }

    // What a query gives without a file.
    [Fact]
    public void Words_and_arrays_of_a_query_are_read_and_what_has_no_form_here_is_named()
    {
        using var database = DuckDb.Open();

        TableRow row = database.Query(
            "SELECT 'yes'::ENUM ('no', 'yes') AS word, v::INTEGER[2] AS pair "
            + "FROM (VALUES ([1, 2]), ([3, NULL])) t(v)").ElementAt(1);
        Assert.Equal("yes", row["word"]);
        Assert.Equal([3L, null], row.Get<object?[]>("pair"));
        Assert.EndsWith(
            "are not read here; CAST them in the query",
            Assert.Throws<DuckDbException>(() => database.Query("SELECT union_value(a := 1) AS u").Count()).Message);
    }

    // 2,048 rows of this one group have more than 2 GiB, which DuckDB does not hand out at a time. The file is small:
    // it holds the one text as a dictionary of its column.
    [Fact]
    public void Rows_of_a_megabyte_are_read_a_few_at_a_time()
    {
        string file = Made(
            "SELECT i, x FROM range(2100) t(i), (SELECT repeat('x', 1100000) AS x)",
            "ROW_GROUP_SIZE 4096, STRING_DICTIONARY_PAGE_SIZE_LIMIT 2000000");

        TableRow[] rows = [.. ParquetFile.Read(file).Take(3)];

        Assert.Equal([(0L, 1_100_000), (1L, 1_100_000), (2L, 1_100_000)],
            rows.Select(row => (row.Get<long>("i"), row.Get<string>("x").Length)));
    }

    [SharedFact]
    public void The_files_of_the_trials_are_read()
    {
        string[] files = Directory.GetFiles(
            SharedFiles.PathOf("trials"), "*.parquet", SearchOption.AllDirectories);

        Assert.True(files.Length >= 19, $"{files.Length} files");
        Assert.All(files, file => Assert.NotEqual(0, Rows(file)));
    }

    // A file that is damaged on purpose is refused in words.
    private static int Rows(string file)
    {
        try
        {
            return ParquetFile.Read(file).Count();
        }
        catch (UsageException refused)
        {
            Assert.StartsWith("the file is not readable as Parquet: ", refused.Message);
            return -1;
        }
    }

    private string Made(string select, string options = "ROW_GROUP_SIZE 2048")
    {
        string file = Path.Combine(_folder, "made.parquet");
        using var database = DuckDb.Open();
        database.Execute($"COPY ({select}) TO {DuckDb.Literal(file)} (FORMAT parquet, {options})");
        return file;
    }

    private static string Golden(string name, [CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "golden", name);

    private static object? Field(object? value, string name) => Assert.IsType<Dictionary<string, object?>>(value)[name];
}
