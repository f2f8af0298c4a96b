using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vlm.Grpo;

/// <summary>
/// <c>answers.jsonl</c>: every answer of a score run as soon as it is there, so that a run that was stopped goes on after the last.
/// </summary>
/// <remarks>
/// A line holds a batch: of each answer what a <see cref="Rollout"/> has beside its prompt. A line that a killed run left half-written is
/// dropped, so a resumed run asks in the same batches as one that was never stopped. answers.parquet takes its place at the end.
/// </remarks>
public sealed class AnswerJournal : IDisposable
{
    /// <summary>The file, in the run's folder.</summary>
    public const string FileName = "answers.jsonl";

    private const string TryAnew = "the same data and options as before; or run without --resume, which asks all again";
    // A log-probability of minus infinity is no number of JSON.
    private static readonly JsonSerializerOptions s_json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };
    private readonly string _path;
    private readonly Dictionary<string, Queue<KeptRollout>> _kept;
    private readonly FileStream _file;

    private AnswerJournal(string path)
    {
        _path = path;
        (List<JournalLine> lines, long length) = Read(path);
        _kept = lines.GroupBy(line => line.Task).ToDictionary(
            group => group.Key, group => new Queue<KeptRollout>(group.SelectMany(line => line.Answers)));
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        _file.SetLength(length);
        _file.Position = length;
    }

    /// <summary>Opens the journal of a run: with the answers of the run that it goes on with, or none.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="UsageException">A line of it cannot be read.</exception>
    public static AnswerJournal Open(Run run) => At(run.Folder);

    internal static AnswerJournal At(string folder) => new(Path.Combine(folder, FileName));

    /// <summary>True where a run in a folder was stopped between its answers.</summary>
    public static bool IsAt(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Answers of a task that were kept and not taken yet.</summary>
    /// <param name="task">Its name; empty where the run has none.</param>
    public int Kept(string task) => _kept.TryGetValue(task, out Queue<KeptRollout>? answers) ? answers.Count : 0;

    /// <summary>The kept answers to a prompt; they are asked for in the order in which they were written.</summary>
    /// <param name="task">Its name; empty where the run has none.</param>
    /// <param name="prompt">The prompt.</param>
    /// <param name="samples">How many answers there are to each prompt.</param>
    /// <exception cref="InvalidOperationException">Fewer were kept.</exception>
    /// <exception cref="UsageException">They were given to another question.</exception>
    public Rollout[] Take(string task, Prompt prompt, int samples)
    {
        Queue<KeptRollout> answers = _kept.GetValueOrDefault(task) ?? new();
        var taken = new Rollout[samples];
        for (int i = 0; i < samples; i++)
        {
            KeptRollout kept = answers.Dequeue();
            if (kept.Id != prompt.Id || kept.Prompt != Hash(prompt))
                throw new UsageException($"answers were kept to {kept.Id}, and the question in its place is {prompt.Id}"
                    + (kept.Id == prompt.Id ? " in other words" : ""), _path, TryAnew);
            taken[i] = kept.Rollout(prompt, i);
        }

        return taken;
    }

    /// <summary>Refuses a run that has no questions to answers that were kept.</summary>
    /// <param name="task">Its name; empty where the run has none.</param>
    /// <exception cref="UsageException">Some were not taken.</exception>
    public void CheckTaken(string task)
    {
        if (Kept(task) > 0)
            throw new UsageException($"answers were kept to {_kept[task].Peek().Id}, and this question is not asked any more", _path, TryAnew);
    }

    /// <summary>Keeps answers; they are on their way to the disk when this returns.</summary>
    /// <param name="task">Its name; empty where the run has none.</param>
    /// <param name="answers">A batch: those of one prompt side by side.</param>
    public void Add(string task, IReadOnlyList<Rollout> answers)
    {
        _file.Write([.. JsonSerializer.SerializeToUtf8Bytes(new JournalLine(task, [.. answers.Select(KeptRollout.Of)]), s_json), (byte)'\n']);
        _file.Flush();
    }

    /// <summary>The run has finished: nothing is left to go on with.</summary>
    public void Delete()
    {
        _file.Dispose();
        File.Delete(_path);
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string Hash(Prompt prompt) =>
        Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(prompt.Tokens.AsSpan())).AsSpan(0, 8));

    // Whole lines, and where they end.
    private static (List<JournalLine> Lines, long Length) Read(string path)
    {
        if (!File.Exists(path))
            return ([], 0);
        byte[] bytes = File.ReadAllBytes(path);
        var lines = new List<JournalLine>();
        int at = 0;
        for (int end; (end = bytes.AsSpan(at).IndexOf((byte)'\n')) >= 0; at += end + 1)
            lines.Add(Line(bytes.AsSpan(at, end), path, lines.Count + 1));
        return (lines, at);
    }

    private static JournalLine Line(ReadOnlySpan<byte> bytes, string path, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<JournalLine>(bytes, s_json) is { Answers: not null } line
                ? line : throw new JsonException("it has no answers");
        }
        catch (JsonException bad)
        {
            throw new UsageException(
                $"a kept answer cannot be read: {bad.Message.ReplaceLineEndings(" ")}",
                string.Create(CultureInfo.InvariantCulture, $"{path}, line {number}"), "the run without --resume, which asks all again");
        }
    }

    /// <summary>A line: the answers of a batch.</summary>
    private sealed record JournalLine(string Task, KeptRollout[] Answers);

    /// <summary>An answer without its prompt.</summary>
    private sealed record KeptRollout(
        string Id, string Prompt, int[] Tokens, int[]? Actions, float[] LogProbs, string Text, StopReason Stop, long Version,
        IReadOnlyList<string>? Pieces)
    {
        public static KeptRollout Of(Rollout rollout) => new(
            rollout.Prompt.Id, Hash(rollout.Prompt), rollout.Tokens, rollout.Codes is null ? null : rollout.Actions,
            rollout.LogProbs, rollout.Text, rollout.Stop, rollout.PolicyVersion, rollout.Pieces);

        public Rollout Rollout(Prompt prompt, int member) => new(prompt, member, Tokens, Actions ?? Tokens, LogProbs, Text, Stop, Version)
        {
            Pieces = Pieces,
        };
    }
}
