using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Replies that were paid for: a JSON line each, appended as they come.</summary>
/// <remarks>
/// A process that is ended while it writes leaves a last line without an end, which the next one takes away. One
/// process writes a file at a time; judges of one process share it. Safe to use from several threads.
/// </remarks>
internal sealed class ReplyFile : IDisposable
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    };

    private static readonly byte[] s_start = [.. "{\"key\":\""u8];
    private static readonly Dictionary<string, ReplyFile> s_open = new(StringComparer.Ordinal);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly FileStream _file;
    private readonly string _path, _full;
    private int _users = 1;

    private sealed record Line(string Key, string Text, bool Truncated);

    /// <summary>Opens a file and reads what it holds; makes it, and its folder, where there is none.</summary>
    /// <remarks>Where it is open in this process, that is shared: each who opened it disposes it.</remarks>
    /// <exception cref="UsageException">It cannot be written, another run writes it, or it
    /// holds something else.</exception>
    public static ReplyFile Of(string path)
    {
        string full = Path.GetFullPath(path);
        lock (s_open)
        {
            if (s_open.TryGetValue(full, out ReplyFile? open))
                open._users++;
            return open ?? (s_open[full] = new(path, full));
        }
    }

    private ReplyFile(string path, string full)
    {
        (_path, _full) = (path, full);
        _file = Open(path);
        try
        {
            long end = EndOfLastLine(_file);
            Read(end);
            RequireTorn(end);
            _file.SetLength(end);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>How many replies it holds.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _lines.Count;
        }
    }

    /// <summary>The reply under a key; null where nobody has asked yet.</summary>
    public JudgeReply? Find(string key)
    {
        lock (_lock)
            return _lines.GetValueOrDefault(key) is { } line
                ? JudgeReply.Answered(0, line.Text) with { IsTruncated = line.Truncated, IsCached = true } : null;
    }

    /// <summary>Keeps an answer; the first under its key stays.</summary>
    /// <returns>The one that stays: whoever asked the same beside gets what a resumed run will read.</returns>
    /// <exception cref="UsageException">It cannot be written; then nothing of it stays in the file.</exception>
    public JudgeReply Add(string key, JudgeReply answer)
    {
        var line = new Line(key, answer.Text!, answer.IsTruncated);
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(line, s_json), (byte)'\n'];
        lock (_lock)
            if (_lines.TryAdd(key, line))
                Append(bytes);
            else
                line = _lines[key];
        return JudgeReply.Answered(answer.Request, line.Text) with { IsTruncated = line.Truncated };
    }

    /// <summary>The last one waits until all is on the disk, and leaves the file to others.</summary>
    public void Dispose()
    {
        lock (s_open)
            if (--_users == 0)
            {
                s_open.Remove(_full);
                lock (_lock)
                    _file.Dispose();
            }
    }

    private void Append(byte[] line)
    {
        long end = _file.Length;
        try
        {
            _file.Position = end;
            _file.Write(line);
            _file.Flush();
        }
        catch (IOException error)
        {
            _file.SetLength(end);
            throw Unwritable(_path, error);
        }
    }

    private static FileStream Open(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(path, error);
        }
    }

    private static UsageException Unwritable(string path, Exception error) => new(
        $"the judge's replies cannot be kept: {error.Message}", path,
        "a file of its own for each run that goes on at once, with room to write");

    private static long EndOfLastLine(FileStream file)
    {
        var buffer = new byte[1 << 16];
        for (long end = file.Length; end > 0;)
        {
            long start = Math.Max(0, end - buffer.Length);
            Span<byte> part = buffer.AsSpan(0, (int)(end - start));
            file.Position = start;
            file.ReadExactly(part);
            if (part.LastIndexOf((byte)'\n') is >= 0 and var at)
                return start + at + 1;
            end = start;
        }

        return 0;
    }

    // Lines up to a place; what follows is no whole line.
    private void Read(long end)
    {
        _file.Position = 0;
        using var reader = new StreamReader(_file, leaveOpen: true);
        int number = 0;
        for (long at = 0; at < end && reader.ReadLine() is { } text; at += Encoding.UTF8.GetByteCount(text) + 1)
            if (Parse(text) is { Key: not null, Text: not null } line && ++number > 0)
                _lines.TryAdd(line.Key, line);
            else
                throw new UsageException(
                    "the line is no judge's reply", $"{_path}, line {number + 1}",
                    "another file, or this one without the line");
    }

    // Only the beginning of a line of ours is taken away: a file of something else, named by mistake, stays as it is.
    private void RequireTorn(long end)
    {
        Span<byte> tail = stackalloc byte[(int)Math.Min(_file.Length - end, s_start.Length)];
        _file.Position = end;
        _file.ReadExactly(tail);
        if (!tail.SequenceEqual(s_start.AsSpan(0, tail.Length)))
            throw new UsageException("the file's last line is no judge's reply", _path, "another file");
    }

    private static Line? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text, s_json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
