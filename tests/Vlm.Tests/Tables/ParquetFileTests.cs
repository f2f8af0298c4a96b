using Vlm.Tables;

namespace Vlm.Tests.Tables;

public sealed class ParquetFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tables").FullName;

    private static readonly Column[] Everything =
    [
        new("id", ColumnType.Text),
        new("image", ColumnType.Image),
        new("images", ColumnType.List(ColumnType.Image)),
        new("steps", ColumnType.List(ColumnType.Integer)),
        new("log probs", ColumnType.List(ColumnType.Real)),
        new("n", ColumnType.Integer),
        new("x", ColumnType.Real),
        new("ok", ColumnType.Flag),
    ];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Every_type_comes_back_as_it_was_written()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        object?[] full =
        [
            "héllo 世界, longer than twelve", new object?[] { all, "a.png" },
            new[] { new object?[] { new byte[] { 1 }, null }, [Array.Empty<byte>(), "twelve bytes"] },
            new long[] { 1, -2, long.MaxValue }, new[] { -0.5f, 1.25f }, 7, Math.PI, true,
        ];
        string file = PathOf("all.parquet");

        object?[] sparse = ["", null, Array.Empty<object>(), null, null, -1L, double.NaN, false];
        ParquetFile.Write(file, Everything, [full, new object?[8], sparse]);
        TableRow[] rows = [.. ParquetFile.Read(file)];

        Assert.Equal(3, rows.Length);
        Assert.Equal(full[0], rows[0]["id"]);
        Assert.Equal(all, Field(rows[0]["image"], "bytes"));
        Assert.Equal("a.png", Field(rows[0]["image"], "path"));
        object?[] images = rows[0].Get<object?[]>("images");
        Assert.Equal([1], (byte[])Field(images[0], "bytes")!);
        Assert.Null(Field(images[0], "path"));
        Assert.Empty((byte[])Field(images[1], "bytes")!);
        Assert.Equal("twelve bytes", Field(images[1], "path"));
        Assert.Equal([1L, -2L, long.MaxValue], rows[0].Get<object?[]>("steps"));
        Assert.Equal([-0.5, 1.25], rows[0].Get<object?[]>("log probs"));
        Assert.Equal((7L, Math.PI, true), (rows[0]["n"], rows[0]["x"], rows[0]["ok"]));
        Assert.All(Everything, column => Assert.Null(rows[1][column.Name]));
        Assert.Equal("", rows[2]["id"]);
        Assert.Empty(rows[2].Get<object?[]>("images"));
        Assert.Equal((-1L, double.NaN, false), (rows[2]["n"], rows[2]["x"], rows[2]["ok"]));
    }

    // 5,000 rows are three groups of 2,048, and as many of DuckDB's chunks.
    [Fact]
    public void Many_rows_keep_their_order_and_only_the_named_columns_are_read()
    {
        string file = PathOf("many.parquet");
        ParquetFile.Write(
            file,
            [
                new("n", ColumnType.Integer), new("text", ColumnType.Text),
                new("list", ColumnType.List(ColumnType.Integer)),
            ],
            Enumerable.Range(0, 5000).Select(
                i => new object?[] { i, i % 3 == 0 ? null : $"row {i}", Enumerable.Range(0, i % 4) }));

        TableRow[] rows = [.. ParquetFile.Read(file, "list", "n")];

        Assert.Equal(["list", "n"], rows[0].Columns);
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => (long)i), rows.Select(row => row.Get<long>("n")));
        Assert.All(rows, row => Assert.Equal(row.Get<long>("n") % 4, row.Get<object?[]>("list").Length));
        Assert.All(
            ParquetFile.Read(file, "n", "text"), row => Assert.Equal(row.Get<long>("n") % 3 == 0, row["text"] is null));
        Assert.Equal(5000, ParquetFile.Count(file));
        Assert.Equal([("n", "BIGINT"), ("text", "VARCHAR"), ("list", "BIGINT[]")], ParquetFile.Columns(file));
    }

    [Fact]
    public void A_file_of_no_rows_keeps_its_columns()
    {
        string file = PathOf("none.parquet");
        ParquetFile.Write(file, Everything, []);

        Assert.Empty(ParquetFile.Read(file, "images", "id"));
        Assert.Equal(0, ParquetFile.Count(file));
        Assert.Equal(
            Everything.Select(column => (column.Name, column.Type.Sql.Replace("\"", "", StringComparison.Ordinal))),
            ParquetFile.Columns(file));
    }

    [Fact]
    public void The_same_rows_make_the_same_bytes()
    {
        object?[][] rows = [.. Enumerable.Range(0, 3000).Select(i => new object?[] { $"{i * i}", i / 7.0 })];
        Column[] columns = [new("a", ColumnType.Text), new("b", ColumnType.Real)];
        ParquetFile.Write(PathOf("1.parquet"), columns, rows);
        ParquetFile.Write(PathOf("2.parquet"), columns, rows);

        Assert.Equal(File.ReadAllBytes(PathOf("1.parquet")), File.ReadAllBytes(PathOf("2.parquet")));
    }

    [Theory]
    [InlineData("it's [one] of * and ?.parquet")]
    [InlineData("'; DROP TABLE x; --.parquet")]
    [InlineData("year=2024/part.parquet")]
    public void A_path_is_only_a_path(string name)
    {
        string file = PathOf(name);
        ParquetFile.Write(PathOf("it's o of all and 1.parquet"), [new("other", ColumnType.Integer)], []);
        ParquetFile.Write(file, [new("a \"b\". c", ColumnType.Integer)], [[3]]);

        TableRow row = ParquetFile.Read(file).Single();
        Assert.Equal(["a \"b\". c"], row.Columns);
        Assert.Equal(3L, row["a \"b\". c"]);
        Assert.Equal(1, ParquetFile.Count(file));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        string file = PathOf("kept.parquet");
        Column[] columns = [new("n", ColumnType.Integer)];
        ParquetFile.Write(file, columns, [[1]]);

        var error = Assert.Throws<ArgumentException>(() => ParquetFile.Write(file, columns, [[2], ["three"]]));

        Assert.StartsWith("a value of type String does not fit a column of type BIGINT", error.Message);
        Assert.Equal(1L, ParquetFile.Read(file).Single()["n"]);
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder));
    }

    public static TheoryData<string, ColumnType, object> Misfits => new()
    {
        { "Int32 does not fit a column of type VARCHAR", ColumnType.Text, 1 },
        { "String does not fit a column of type BLOB", ColumnType.Bytes, "x" },
        { "Double does not fit a column of type BIGINT", ColumnType.Integer, 1.0 },
        { "Int64 does not fit a column of type DOUBLE", ColumnType.Real, 1L },
        { "Int32 does not fit a column of type BOOLEAN", ColumnType.Flag, 1 },
        { "String does not fit a column of type VARCHAR[]", ColumnType.List(ColumnType.Text), "x" },
        { "Int32 does not fit a column of type VARCHAR", ColumnType.List(ColumnType.Text), new[] { 1 } },
        { "String does not fit a column of type STRUCT(\"a\" BIGINT)", ColumnType.Of(("a", ColumnType.Integer)), "x" },
        { "2 values for STRUCT(\"a\" BIGINT)", ColumnType.Of(("a", ColumnType.Integer)), new[] { 1, 2 } },
    };

    [Theory]
    [MemberData(nameof(Misfits))]
    public void A_value_of_another_type_is_refused(string problem, ColumnType type, object value)
    {
        string file = PathOf("misfit.parquet");

        var error = Assert.Throws<ArgumentException>(() => ParquetFile.Write(file, [new("c", type)], [[value]]));

        Assert.Contains(problem + " (", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_row_of_too_few_values_is_refused() => Assert.StartsWith(
        "1 values for 2 columns",
        Assert.Throws<ArgumentException>(() => ParquetFile.Write(
            PathOf("short.parquet"), [new("a", ColumnType.Text), new("b", ColumnType.Text)], [["x"]])).Message);

    [Fact]
    public void A_struct_takes_names_and_lacks_what_they_leave_out()
    {
        string file = PathOf("named.parquet");
        ParquetFile.Write(
            file, [new("image", ColumnType.Image)], [[new Dictionary<string, object?> { ["path"] = "a.png" }]]);

        Assert.Equal("a.png", Field(ParquetFile.Read(file).Single()["image"], "path"));
        Assert.Null(Field(ParquetFile.Read(file).Single()["image"], "bytes"));
    }

    // A link in the place of the temporary file, to a device that answers every write as a full disk does (ENOSPC).
    [Fact]
    public void A_full_disk_leaves_the_old_file_and_nothing_else()
    {
        if (!File.Exists("/dev/full"))
            return;
        string file = PathOf("full.parquet");
        ParquetFile.Write(file, Everything, []);
        byte[] old = File.ReadAllBytes(file);
        File.CreateSymbolicLink($"{file}.{Environment.ProcessId}.partial", "/dev/full");

        var error = Assert.Throws<IOException>(() => ParquetFile.Write(file, Everything, [new object?[8]]));

        Assert.Equal(28, error.HResult);
        Assert.Equal(old, File.ReadAllBytes(file));
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder));
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static object? Field(object? value, string name) => Assert.IsType<Dictionary<string, object?>>(value)[name];
}
