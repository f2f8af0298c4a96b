using Vlm.Tables;

namespace Vlm.Tests.Tables;

/// <summary>What other readers find in the files written here.</summary>
public sealed class ParquetLayoutTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layout").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists, the form that Arrow, pandas and
    // datasets write: an optional group, a repeated group "list", an optional "element".
    [Fact]
    public void A_list_has_the_three_levels_of_the_format()
    {
        ColumnType scores = ColumnType.List(ColumnType.Of(("name", ColumnType.Text), ("value", ColumnType.Real)));
        string file = Written([new("scores", scores)], [[null]]);

        Assert.Equal(
            [
                ("scores", null, "OPTIONAL", "ListType()"), ("list", null, "REPEATED", null),
                ("element", null, "OPTIONAL", null),
                ("name", "BYTE_ARRAY", "OPTIONAL", "StringType()"), ("value", "DOUBLE", "OPTIONAL", null),
            ],
            Rows($"SELECT name, type, repetition_type, logical_type FROM parquet_schema({DuckDb.Literal(file)})")
                .Skip(1).Select(row => (
                    row["name"] as string, row["type"] as string, row["repetition_type"] as string,
                    row["logical_type"] as string)));
    }

    [Fact]
    public void Groups_are_bounded_in_rows_and_in_bytes()
    {
        string small = Written(
            [new("n", ColumnType.Integer)], Enumerable.Range(0, 4100).Select(i => new object?[] { i }));
        Assert.Equal([2048, 2048, 4], Groups(small));

        // 3 MiB a row: the third passes 8 MiB.
        string large = Written(
            [new("image", ColumnType.Image)],
            Enumerable.Range(0, 7).Select(_ => new object?[] { new object?[] { new byte[3 << 20], null } }));
        Assert.Equal([3, 3, 1], Groups(large));
    }

    // A full-width bracket, U+FF08, is less than an emoji in UTF-8 and greater in UTF-16; NaN is greatest to DuckDB.
    [Fact]
    public void A_filter_loses_no_row_to_what_a_group_says_of_its_values()
    {
        string file = Written(
            [new("text", ColumnType.Text), new("x", ColumnType.Real)],
            [["\uFF08a", 1.0], ["\U0001F600b", double.NaN], ["\U0001F600c", 2.0]]);
        string source = DuckDb.Literal(file);

        Assert.Equal(2.0, Rows($"SELECT x FROM {source} WHERE text = '\U0001F600c'").Single()["x"]);
        Assert.Equal("\U0001F600b", Rows($"SELECT text FROM {source} WHERE x > 5").Single()["text"]);
        Assert.Equal("\U0001F600b", Rows($"SELECT text FROM {source} WHERE x = 'nan'").Single()["text"]);
    }

    // Half a character cannot be written as UTF-8.
    [Fact]
    public void Half_a_character_becomes_the_sign_for_none()
    {
        string file = Written([new("text", ColumnType.Text)], [["a\uD800b"]]);

        Assert.Equal("a\uFFFDb", ParquetFile.Read(file).Single()["text"]);
    }

    private string Written(Column[] columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        string file = Path.Combine(_folder, $"{Guid.NewGuid()}.parquet");
        ParquetFile.Write(file, columns, rows);
        return file;
    }

    private static IEnumerable<long> Groups(string file) => Rows(
        "SELECT DISTINCT row_group_id, row_group_num_rows AS n "
        + $"FROM parquet_metadata({DuckDb.Literal(file)}) ORDER BY row_group_id").Select(row => row.Get<long>("n"));

    private static TableRow[] Rows(string sql)
    {
        using var database = DuckDb.Open();
        return [.. database.Query(sql)];
    }
}
