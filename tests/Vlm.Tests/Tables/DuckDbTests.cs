using Vlm.Tables;

namespace Vlm.Tests.Tables;

public sealed class DuckDbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("duckdb").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
        Assert.Equal("Catalog Error: Table with name nowhere does not exist!", early.Message);
        var late = Assert.Throws<DuckDbException>(
            () => database.Query("SELECT CAST(v || 'x' AS BIGINT) FROM range(5) t(v)").Count());
        Assert.StartsWith("Conversion Error: Could not convert string '0x'", late.Message);
        Assert.DoesNotContain('\n', late.Message);
        var absent = Assert.Throws<ArgumentException>(() => row["y"]);
        Assert.StartsWith("no column y; there are text, n, x", absent.Message);
        Assert.Equal(row.Columns.Select(column => row[column]), row.Values);
    }

    [Fact]
    public void Two_columns_of_one_name_are_refused()
    {
        using var database = DuckDb.Open();

        Assert.Equal(
            "two columns are named a",
            Assert.Throws<DuckDbException>(() => database.Query("SELECT 1 AS a, 2 AS a").Count()).Message);
    }

    [Fact]
    public void A_result_may_be_left_half_read_and_outlive_its_database()
    {
        var database = DuckDb.Open();
        using IEnumerator<TableRow> rows = database.Query("SELECT v FROM range(100000) t(v)").GetEnumerator();
        Assert.True(rows.MoveNext());
        database.Dispose();

        for (long i = 0; i < 100_000; i++)
        {
            Assert.Equal(i, rows.Current["v"]);
            Assert.Equal(i < 99_999, rows.MoveNext());
        }

        Assert.Throws<ObjectDisposedException>(() => database.Execute("SELECT 1"));
    }

    [Fact]
    public void A_question_within_the_answer_to_another_ends_that_one_aloud()
    {
        using var database = DuckDb.Open();

        Assert.Throws<DuckDbException>(() => database.Query("SELECT v FROM range(100000) t(v)")
            .Count(row => database.Query("SELECT ? AS v", row["v"]).Single()["v"] is null));
    }

    [Fact]
    public void JSON_lines_and_CSV_are_read()
    {
        string json = Path.Combine(_folder, "a.jsonl"), csv = Path.Combine(_folder, "a.csv");
        File.WriteAllText(json, """
            {"id": 1, "turns": [{"role": "user", "text": "Q"}, null], "scores": [0.5, null]}
            {"id": 2, "turns": [], "scores": null}
            """);
        File.WriteAllText(csv, "id,word\n1,one\n2,\"two, too\"\n");
        using var database = DuckDb.Open();

        TableRow[] rows = [.. database.Query("SELECT * FROM read_json(?)", json)];
        object?[] turns = rows[0].Get<object?[]>("turns");
        Assert.Equal("Q", ((IReadOnlyDictionary<string, object?>)turns[0]!)["text"]);
        Assert.Null(turns[1]);
        Assert.Equal([0.5, null], rows[0].Get<object?[]>("scores"));
        Assert.Empty(rows[1].Get<object?[]>("turns"));
        Assert.Null(rows[1]["scores"]);
        Assert.Equal(
            [(1L, "one"), (2L, "two, too")],
            database.Query("SELECT * FROM read_csv(?)", csv).Select(row => (row["id"], row["word"])));
    }

    // An address needs an extension, which is neither there nor fetched.
    [Fact]
    public void Nothing_is_fetched_from_the_network()
    {
        using var database = DuckDb.Open();

        Assert.StartsWith(
            "Missing Extension Error: File https://localhost/a.parquet requires the extension httpfs to be loaded",
            Assert.Throws<DuckDbException>(
                () => database.Query("SELECT * FROM read_parquet('https://localhost/a.parquet')").Count()).Message);
        Assert.Empty(database.Query(
            "SELECT extension_name FROM duckdb_extensions() WHERE loaded AND install_mode <> 'STATICALLY_LINKED'"));
        Assert.All(
            database.Query(
                "SELECT name, value FROM duckdb_settings() WHERE name IN ('autoinstall_known_extensions', "
                + "'autoload_known_extensions', 'allow_community_extensions', 'allow_persistent_secrets')"),
            row => Assert.Equal("false", row["value"]));
    }

    // Training keeps the cores: DuckDB works on the thread that asks. The threads of a process are folders on Linux.
    [Fact]
    public void No_thread_is_started()
    {
        using (var first = DuckDb.Open())
            Assert.Equal("1", first.Query("SELECT current_setting('threads')::VARCHAR AS n").Single()["n"]);
        if (!Directory.Exists("/proc/self/task"))
            return;

        int before = Threads();
        DuckDb[] open = [.. Enumerable.Range(0, 16).Select(_ => DuckDb.Open())];
        foreach (DuckDb database in open)
            Assert.Equal(1_000_000L, database.Query("SELECT count(*) AS n FROM range(1000000)").Single()["n"]);
        int after = Threads();
        foreach (DuckDb database in open)
            database.Dispose();

        Assert.InRange(after - before, -100, 3);      // the runtime may start one or another of its own
    }

    private static int Threads() => Directory.GetDirectories("/proc/self/task").Length;
}
