using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vlm.Grpo;

/// <summary>The files of a run's folder, and the rules for using one that is not empty.</summary>
public static class RunFolder
{
    /// <summary>The effective options, with the source of each.</summary>
    public const string Options = "options.json";

    /// <summary>One line per step.</summary>
    public const string Metrics = "metrics.jsonl";

    /// <summary>What a finished run has found.</summary>
    public const string Result = "result.json";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>True where the folder holds a run's work: metrics, a checkpoint or a result.</summary>
    public static bool HoldsRun(string folder) =>
        File.Exists(Path.Combine(folder, Result))
        || File.Exists(Path.Combine(folder, Metrics)) && new FileInfo(Path.Combine(folder, Metrics)).Length > 0
        || Checkpoints.Latest(folder) is not null;

    /// <summary>True where the run in the folder has come to its end.</summary>
    public static bool IsFinished(string folder) => File.Exists(Path.Combine(folder, Result));

    /// <summary>Refuses a folder that holds a run, before anything in it is changed.</summary>
    /// <exception cref="UsageException">It holds one.</exception>
    internal static void RefuseRun(string folder)
    {
        if (HoldsRun(folder))
            throw new UsageException($"{folder} already holds a run{(IsFinished(folder) ? ", which is finished" : "")}", folder,
                $"another folder, such as {Free(folder)}");
    }

    /// <summary>Makes the folder and holds it for this process until the result is disposed.</summary>
    /// <exception cref="UsageException">Another process holds it, or no folder or file can be made there.</exception>
    internal static IDisposable Hold(string folder)
    {
        Make(folder);
        try
        {
            return new FileStream(
                LockOf(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (IsHeld(error))
        {
            throw new UsageException(
                $"another process is writing to {folder}", folder, $"another folder, such as {Free(folder)}");
        }
        catch (Exception error) when (error is UnauthorizedAccessException || (error is IOException && !Disk.IsFull(error)))
        {
            throw new UsageException($"no file can be made in {folder}: {error.Message.ReplaceLineEndings(" ")}", folder,
                $"another folder, such as runs/{Path.GetFileName(folder)}");
        }
    }

    /// <summary>True where a process holds the folder, this one included.</summary>
    internal static bool IsHeld(string folder)
    {
        try
        {
            File.Open(LockOf(folder), FileMode.Open, FileAccess.Read, FileShare.Read).Dispose();
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException error) when (IsHeld(error))
        {
            return true;
        }
    }

    private static string LockOf(string folder) => Path.Combine(folder, ".lock");

    // Of Windows, Linux and macOS: the number of the system's own error.
    private static bool IsHeld(IOException error) => error.HResult is unchecked((int)0x80070020) or 11 or 35;

    private static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is UnauthorizedAccessException || (error is IOException && !Disk.IsFull(error)))
        {
            throw new UsageException($"no folder can be made at {folder}: {error.Message.ReplaceLineEndings(" ")}", folder,
                $"another folder, such as {(File.Exists(folder) ? Free(folder) : "runs/" + Path.GetFileName(folder))}");
        }
    }

    /// <summary>The first of folder-2, folder-3 ... that does not exist.</summary>
    public static string Free(string folder) =>
        Enumerable.Range(2, int.MaxValue - 2)
            .Select(n => string.Create(CultureInfo.InvariantCulture, $"{folder}-{n}"))
            .First(path => !Path.Exists(path));

    /// <summary>Makes a folder that is held ready for a run.</summary>
    internal static void Prepare(string folder, bool resume)
    {
        CompleteFolder.Clean(Checkpoints.Folder(folder));
        if (!resume)
            Erase(folder);
    }

    /// <summary>Writes options.json: <c>{"recipe": ..., "options": {"steps": {"value": 100, "source": "default"}}}</c>.</summary>
    internal static void WriteOptions(string folder, string recipe, JsonObject options) =>
        Write(Path.Combine(folder, Options), new JsonObject { ["recipe"] = recipe, ["options"] = options.DeepClone() });

    /// <summary>The options of a record by name, as options.json has them.</summary>
    internal static JsonObject OptionsOf(object options)
    {
        var found = new JsonObject();
        foreach (PropertyInfo property in options.GetType().GetProperties())
            if (OptionsCheck.IsGroup(property))
                foreach ((string name, JsonNode? node) in OptionsOf(property.GetValue(options)!))
                    found[name] = node!.DeepClone();
            else if (OptionsCheck.IsOption(property))
                found[OptionText.Kebab(property.Name)] = Entry(property.GetValue(options), "program");
        return found;
    }

    /// <summary>A value of options.json with where it came from.</summary>
    /// <param name="value">An option's.</param>
    /// <param name="source">A few words: "default", "command line".</param>
    public static JsonObject Entry(object? value, string source) => new()
    {
        ["value"] = JsonSerializer.SerializeToNode(value is Enum ? OptionText.Show(value) : value),
        ["source"] = source,
    };

    /// <summary>options.json of the run in a folder; null where there is none.</summary>
    public static JsonObject? ReadOptions(string folder) => Path.Combine(folder, Options) is var path && File.Exists(path)
        ? JsonNode.Parse(File.ReadAllText(path))!.AsObject() : null;

    // What a run wrote, and nothing else that may be in the folder.
    private static void Erase(string folder)
    {
        foreach (string file in (string[])[Options, Metrics, Result, RolloutLog.FileName, PictureLog.FileName,
            AnswerTable.Name + StepTable.Ending, AnswerJournal.FileName, "samples.parquet", RunEvents.FileName, RunReport.FileName])
            File.Delete(Path.Combine(folder, file));
        foreach (string file in Directory.GetFiles(folder, TensorBoardTracker.FilePrefix + "*"))
            File.Delete(file);
        foreach (string inner in (string[])["checkpoints", RolloutLog.Name, PictureLog.Name, AnswerTable.Name])
            if (Directory.Exists(Path.Combine(folder, inner)))
                Directory.Delete(Path.Combine(folder, inner), recursive: true);
    }

    /// <summary>Writes a JSON file in one step.</summary>
    internal static void Write(string path, JsonNode json)
    {
        CompleteFile.WriteText(path, json.ToJsonString(s_json) + "\n");
    }
}
