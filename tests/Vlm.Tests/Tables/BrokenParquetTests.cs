using System.Text;
using Vlm.Tables;

namespace Vlm.Tests.Tables;

public sealed class BrokenParquetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("broken").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Missing_columns_are_named_beside_those_that_are_there()
    {
        string file = PathOf("short.parquet");
        ParquetFile.Write(file, [new("id", ColumnType.Text), new("answer", ColumnType.Text)], []);

        Assert.Equal(
            $"error: the file lacks the columns image, question\n   at: {file}\n"
            + "  try: rename or add columns; present: id, answer",
            Assert.Throws<UsageException>(() => ParquetFile.Read(file, "id", "image", "question")).Render());
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_refused()
    {
        string missing = PathOf("none.parquet");

        Assert.Equal(
            $"error: there is no such Parquet file\n   at: {missing}\n  try: the path of a .parquet file",
            Refusal(missing));
        Assert.Equal(
            $"error: that is a folder, not a Parquet file\n   at: {_folder}\n  try: the path of a .parquet file in it",
            Refusal(_folder));
    }

    [Theory]
    [InlineData("", "too small to be a Parquet file")]
    [InlineData("PAR1 and then nothing", "No magic bytes found at end of file")]
    [InlineData("id,answer\n1,yes\n", "No magic bytes found at end of file")]
    public void A_file_of_another_kind_is_refused_in_three_lines(string content, string reason)
    {
        string file = PathOf("other.parquet");
        File.WriteAllText(file, content);

        string[] lines = Refusal(file).Split('\n');

        Assert.Equal(3, lines.Length);
        Assert.StartsWith("error: the file is not readable as Parquet: ", lines[0]);
        Assert.Contains(reason, lines[0], StringComparison.Ordinal);
        Assert.Equal(($"   at: {file}", "  try: download or write the file again"), (lines[1], lines[2]));
    }

    // Who administers the machine may read everything.
    [Fact]
    public void A_file_or_folder_that_may_not_be_read_is_refused()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
            return;
        string locked = PathOf("locked.parquet"), folder = PathOf("locked"), inside = PathOf("locked/in.parquet");
        foreach (string file in (string[])[locked, inside])
            ParquetFile.Write(file, [new("n", ColumnType.Integer)], [[1]]);
        File.SetUnixFileMode(locked, UnixFileMode.None);
        File.SetUnixFileMode(folder, UnixFileMode.None);

        foreach (string file in (string[])[locked, inside])
            Assert.Equal(
                $"error: the file, or a folder on its path, may not be read\n   at: {file}\n  try: chmod u+r {file}",
                Refusal(file));
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    // Links in a circle open nowhere, and are no folder and not missing.
    [Fact]
    public void A_path_that_leads_nowhere_is_refused()
    {
        if (OperatingSystem.IsWindows())
            return;
        string link = PathOf("circle.parquet");
        File.CreateSymbolicLink(link, link);

        Assert.StartsWith("error: the file does not open: ", Refusal(link), StringComparison.Ordinal);
        Assert.StartsWith("error: there is no such Parquet file\n   at: \n", Refusal(""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_anywhere_is_refused()
    {
        byte[] whole = Sample();
        string file = PathOf("cut.parquet");

        for (int length = 0; length < whole.Length; length += length < whole.Length - 20 ? 7 : 1)
        {
            File.WriteAllBytes(file, whole[..length]);
            Assert.StartsWith("error: the file is not readable as Parquet: ", Refusal(file));
        }
    }

    // Pages carry no checksum, so a wrong byte may give wrong values. It may not give anything but values or a refusal.
    [Fact]
    public void A_wrong_byte_anywhere_is_read_or_refused()
    {
        byte[] whole = Sample();
        string file = PathOf("wrong.parquet");
        int refused = 0;
        for (int at = 4; at < whole.Length - 4; at += 5)
        {
            byte[] wrong = [.. whole];
            wrong[at] ^= 0x55;
            File.WriteAllBytes(file, wrong);
            refused += Refuses(file) ? 1 : 0;
        }

        Assert.InRange(refused, whole.Length / 50, whole.Length / 5);
    }

    // The end of the file, which says where everything lies, is whole.
    [Fact]
    public void A_damaged_page_is_refused_when_it_is_met()
    {
        string file = PathOf("page.parquet");
        ParquetFile.Write(
            file, [new("text", ColumnType.Text)], Enumerable.Range(0, 4096).Select(i => new object?[] { $"{i * i}" }));
        byte[] bytes = File.ReadAllBytes(file);
        bytes.AsSpan(bytes.Length * 3 / 4, 64).Fill(0xEE);
        File.WriteAllBytes(file, bytes);

        IEnumerable<TableRow> rows = ParquetFile.Read(file);
        var refused = Assert.Throws<UsageException>(() => rows.Count());

        Assert.StartsWith("the file is not readable as Parquet: Invalid Input Error: ", refused.Message);
        Assert.Equal(file, refused.Where);
    }

    private static bool Refuses(string file)
    {
        try
        {
            return ParquetFile.Read(file).Count() < 0;
        }
        catch (UsageException)
        {
            return true;
        }
    }

    private byte[] Sample()
    {
        string file = PathOf("whole.parquet");
        ParquetFile.Write(
            file, [new("id", ColumnType.Text), new("images", ColumnType.List(ColumnType.Image))],
            [["a", new[] { new object?[] { Encoding.UTF8.GetBytes("an image"), "a.png" } }], ["b", null]]);
        return File.ReadAllBytes(file);
    }

    private static string Refusal(string file) =>
        Assert.Throws<UsageException>(() => ParquetFile.Read(file).Count()).Render();

    private string PathOf(string name) => Path.Combine(_folder, name);
}
