using Vlm.Tables;

namespace Vlm.Tests.Tables;

public sealed class TablesTests : IDisposable
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

    // 12 bytes are the most that DuckDB keeps inside a string's own record; both sides of that edge are here.
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
        Parquet.Write(file, Everything, [full, new object?[8], sparse]);
        TableRow[] rows = [.. Parquet.Read(file)];

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

    // 5,000 rows are three of DuckDB's chunks of 2,048, so offsets and validity masks are read across chunk edges.
    [Fact]
    public void Many_rows_keep_their_order_and_only_the_named_columns_are_read()
    {
        string file = PathOf("many.parquet");
        Parquet.Write(
            file,
            [
                new("n", ColumnType.Integer), new("text", ColumnType.Text),
                new("list", ColumnType.List(ColumnType.Integer)),
            ],
            Enumerable.Range(0, 5000).Select(
                i => new object?[] { i, i % 3 == 0 ? null : $"row {i}", Enumerable.Range(0, i % 4) }));

        TableRow[] rows = [.. Parquet.Read(file, "list", "n")];

        Assert.Equal(["list", "n"], rows[0].Columns);
        Assert.Equal(Enumerable.Range(0, 5000).Select(i => (long)i), rows.Select(row => row.Get<long>("n")));
        Assert.All(rows, row => Assert.Equal(row.Get<long>("n") % 4, row.Get<object?[]>("list").Length));
        Assert.All(
            Parquet.Read(file, "n", "text"), row => Assert.Equal(row.Get<long>("n") % 3 == 0, row["text"] is null));
        Assert.Equal(5000, Parquet.Count(file));
        Assert.Equal([("n", "BIGINT"), ("text", "VARCHAR"), ("list", "BIGINT[]")], Parquet.Columns(file));
    }

    [Fact]
    public void The_same_rows_make_the_same_bytes()
    {
        object?[][] rows = [.. Enumerable.Range(0, 3000).Select(i => new object?[] { $"{i * i}", i / 7.0 })];
        Column[] columns = [new("a", ColumnType.Text), new("b", ColumnType.Real)];
        Parquet.Write(PathOf("1.parquet"), columns, rows);
        Parquet.Write(PathOf("2.parquet"), columns, rows);

        Assert.Equal(File.ReadAllBytes(PathOf("1.parquet")), File.ReadAllBytes(PathOf("2.parquet")));
    }

    [Fact]
    public void A_path_with_quotes_and_pattern_letters_is_only_a_path()
    {
        string file = PathOf("it's [one] of * and ?.parquet");
        Parquet.Write(file, [new("a \"b\"", ColumnType.Integer)], [[3]]);

        Assert.Equal(3L, Parquet.Read(file).Single()["a \"b\""]);
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_nothing_else()
    {
        string file = PathOf("kept.parquet");
        Column[] columns = [new("n", ColumnType.Integer)];
        Parquet.Write(file, columns, [[1]]);

        var error = Assert.Throws<ArgumentException>(() => Parquet.Write(file, columns, [[2], ["three"]]));

        Assert.StartsWith("a value of type String does not fit a column of type BIGINT", error.Message);
        Assert.Equal(1L, Parquet.Read(file).Single()["n"]);
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Queries_take_parameters_and_speak_of_their_mistakes()
    {
        using var database = DuckDb.Open();
        TableRow row = database.Query(
            "SELECT ? AS text, ? + 1 AS n, ? AS x, ? AS ok, octet_length(?) AS size, ? AS nothing, sum(v) AS total "
            + "FROM range(5) t(v)",
            "it's", 41, 0.5, true, new byte[] { 1, 2, 3 }, null).Single();

        Assert.Equal(("it's", 42L, 0.5, true, 3L), (row["text"], row["n"], row["x"], row["ok"], row["size"]));
        Assert.Null(row["nothing"]);
        Assert.Equal(10L, row["total"]);
        var early = Assert.Throws<DuckDbException>(() => database.Execute("SELECT * FROM nowhere"));
        Assert.Contains("nowhere", early.Message);
        var late = Assert.Throws<DuckDbException>(
            () => database.Execute("SELECT CAST(v || 'x' AS BIGINT) FROM range(5) t(v)"));
        Assert.Contains("Conversion Error", late.Message);
        var absent = Assert.Throws<ArgumentException>(() => row["y"]);
        Assert.StartsWith("no column y; there are text, n, x", absent.Message);
    }

    [Fact]
    public void A_result_may_be_left_half_read_and_outlive_its_database()
    {
        var database = DuckDb.Open();
        using IEnumerator<TableRow> rows = database.Query("SELECT v FROM range(100000) t(v)").GetEnumerator();
        Assert.True(rows.MoveNext());
        database.Dispose();

        Assert.True(rows.MoveNext());
        Assert.Equal(1L, rows.Current["v"]);
        Assert.Throws<ObjectDisposedException>(() => database.Execute("SELECT 1"));
    }

    [Fact]
    public void Missing_columns_are_named_beside_those_that_are_there()
    {
        string file = PathOf("short.parquet");
        Parquet.Write(file, [new("id", ColumnType.Text), new("answer", ColumnType.Text)], []);

        Assert.Equal(
            $"error: the file lacks the columns image, question\n   at: {file}\n"
            + "  try: rename or add columns; present: id, answer",
            Assert.Throws<UsageException>(() => Parquet.Read(file, "id", "image", "question")).Render());
    }

    [Fact]
    public void A_missing_or_broken_file_is_refused()
    {
        string missing = PathOf("none.parquet"), broken = PathOf("broken.parquet");
        File.WriteAllText(broken, "PAR1 and then nothing");

        Assert.Equal(
            $"error: there is no such Parquet file\n   at: {missing}\n  try: the path of a .parquet file",
            Assert.Throws<UsageException>(() => Parquet.Read(missing)).Render());
        Assert.Equal(
            "error: the file is not readable as Parquet; it may be cut short or of another format\n"
            + $"   at: {broken}\n  try: download or write the file again",
            Assert.Throws<UsageException>(() => Parquet.Read(broken)).Render());
    }

    [Fact]
    public void A_missing_library_says_what_installs_it()
    {
        Assert.Equal(
            "error: the DuckDB library, which reads and writes Parquet, is not there\n"
            + "   at: /nowhere/@duckdb/node-bindings-linux-x64/libduckdb.so\n  try: ./vlm setup",
            Assert.Throws<UsageException>(() => DuckDbLibrary.Load(null, "/nowhere")).Render());
        Assert.Equal(
            "error: the DuckDB library, which reads and writes Parquet, is not there\n"
            + "   at: DUCKDB_LIBRARY=/else/where.so\n  try: ./vlm setup",
            Assert.Throws<UsageException>(() => DuckDbLibrary.Load("/else/where.so", "/nowhere")).Render());
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private static object? Field(object? value, string name) => Assert.IsType<Dictionary<string, object?>>(value)[name];
}
