using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vlm.Grpo;

/// <summary><c>events.jsonl</c>: when the run began, was resumed, saved and ended, a line each, whatever became of it.</summary>
/// <param name="folder">The run's folder.</param>
/// <param name="time">The clock.</param>
internal sealed class RunEvents(string folder, TimeProvider time)
{
    public const string FileName = "events.jsonl";

    /// <summary>What a line may be about: the run began, went on from a checkpoint, saved one.</summary>
    public const string Started = "started", Resumed = "resumed", Checkpoint = "checkpoint";

    /// <summary>And how it ended: with its result, because it was asked to stop, or without a result.</summary>
    public const string Finished = "finished", Stopped = "stopped", Ended = "ended";

    // A report takes a twentieth of the time at most, so it is not written at each of many checkpoints.
    private const double ShareOfTime = 0.05;
    private long _reported = time.GetTimestamp();
    private TimeSpan _took;

    /// <summary>Writes a line.</summary>
    public void Write(string what, long step, JsonObject? more = null)
    {
        var line = new JsonObject { ["event"] = what, ["step"] = step, ["time"] = time.GetUtcNow().ToString("u") };
        foreach ((string name, JsonNode? value) in more ?? [])
            line.Add(name, value?.DeepClone());
        File.AppendAllText(Path.Combine(folder, FileName), line.ToJsonString() + "\n");
    }

    /// <summary>The run was opened: with what, and where.</summary>
    public void Opened(Run run) => Write(run.Resumed ? Resumed : Started, run.FirstStep - 1, new JsonObject
    {
        ["command"] = run.Command,
        ["seed"] = run.Seed,
        ["device"] = Machine.Describe(run.Device),
        ["commit"] = Machine.Commit(),
    });

    /// <summary>The run is left, with its result or without. A process that is killed says nothing.</summary>
    public void Closed(Run run)
    {
        if (run.Finished || !Directory.Exists(folder))
            return;
        try
        {
            Write(run.Cancelled ? Stopped : Ended, run.StepsDone);
        }
        catch (IOException)     // a full disk has been said by what met it first
        {
        }
    }

    /// <summary>Writes report.html. A report is a view of the run: where it fails that is said, and nothing ends.</summary>
    /// <param name="run">The run.</param>
    /// <param name="atEnd">Whatever the time it takes.</param>
    public void Report(Run run, bool atEnd)
    {
        if (!atEnd && _took > time.GetElapsedTime(_reported) * ShareOfTime)
            return;
        long began = time.GetTimestamp();
        try
        {
            RunReport.WriteOwn(folder);
        }
#pragma warning disable CA1031 // whatever a view of the run meets, days of training must not end by it; a full disk is said as ever
        catch (Exception error) when (!Disk.IsFull(error))
#pragma warning restore CA1031
        {
            run.Say($"{RunReport.FileName} was not written: {error.Message}");
        }

        _took = time.GetElapsedTime(began);
        _reported = time.GetTimestamp();
    }

    /// <summary>The lines of a folder's file; none where there is no file. A line that was torn is left out.</summary>
    public static IReadOnlyList<JsonObject> Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        return !File.Exists(path) ? [] : [.. File.ReadLines(path).Select(Parsed).OfType<JsonObject>()];

        static JsonObject? Parsed(string line)
        {
            try
            {
                return JsonNode.Parse(line)?.AsObject();
            }
            catch (JsonException)
            {
                return null;
            }
        }
    }
}
