using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vlm.Grpo;

/// <summary>The files of a run's folder, and the rules for using one that is not empty.</summary>
internal static class RunFolder
{
    public const string Options = "options.json", Metrics = "metrics.jsonl", Result = "result.json";
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    /// <summary>True where the folder holds a run's work: metrics, a checkpoint or a result.</summary>
    public static bool HoldsRun(string folder) =>
        File.Exists(Path.Combine(folder, Result))
        || File.Exists(Path.Combine(folder, Metrics)) && new FileInfo(Path.Combine(folder, Metrics)).Length > 0
        || Checkpoints.Latest(folder) is not null;

    /// <summary>Refuses a folder that cannot be used, before anything in it is changed.</summary>
    public static void Check(string folder, bool resume)
    {
        if (resume && !File.Exists(Path.Combine(folder, Options)))
            throw new UsageException(
                $"there is no run to resume in {folder}", $"--resume --out {folder}", $"--out {folder}");
        if (!resume && HoldsRun(folder))
            throw new UsageException(
                $"{folder} already holds a run{(IsFinished(folder) ? ", which is finished" : "")}", $"--out {folder}",
                IsFinished(folder) ? $"--out {Free(folder)}" : $"--resume --out {folder}    or --out {Free(folder)}");
    }

    /// <summary>
    /// True for the folder of an earlier run of the same recipe that only measured, or that was only a smoke run.
    /// </summary>
    public static bool MayReplace(string folder, string recipe, bool measures, bool smoke)
    {
        string path = Path.Combine(folder, Options);
        if (!File.Exists(path))
            return false;
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        return json.RootElement.GetProperty("recipe").GetString() == recipe
            && (measures || smoke && ReadOptions(folder).GetValueOrDefault("--smoke") is ["true"]);
    }

    /// <summary>Makes the folder and holds it for this process until the result is disposed.</summary>
    /// <exception cref="UsageException">Another process holds it.</exception>
    public static IDisposable Hold(string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, ".lock");
        try
        {
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException error) when (!Disk.IsFull(error))
        {
            throw new UsageException(
                $"another process is writing to {folder}", $"--out {folder}", $"--out {Free(folder)}");
        }
    }

    /// <summary>The first of folder-2, folder-3 ... that does not exist.</summary>
    public static string Free(string folder) =>
        Enumerable.Range(2, int.MaxValue - 2)
            .Select(n => string.Create(CultureInfo.InvariantCulture, $"{folder}-{n}"))
            .First(path => !Directory.Exists(path));

    /// <summary>Deletes what a run wrote, and nothing else that may be in the folder.</summary>
    public static void Erase(string folder)
    {
        foreach (string file in (string[])[Options, Metrics, Result, RolloutLog.FileName])
            File.Delete(Path.Combine(folder, file));
        foreach (string inner in (string[])["checkpoints", RolloutLog.Parts])
            if (Directory.Exists(Path.Combine(folder, inner)))
                Directory.Delete(Path.Combine(folder, inner), recursive: true);
    }

    /// <summary>Writes options.json.</summary>
    public static void WriteOptions(string folder, string recipe, IEnumerable<BoundOption> bound)
    {
        var options = new JsonObject();
        foreach (BoundOption option in bound)
            options[option.Spec.Name[2..]] = new JsonObject
            {
                ["value"] = JsonSerializer.SerializeToNode(OptionSpec.Json(option.Value)),
                ["source"] = OptionSpec.Kebab(option.Source.ToString()).Replace('-', ' '),
            };
        Write(Path.Combine(folder, Options), new JsonObject { ["recipe"] = recipe, ["options"] = options });
    }

    /// <summary>The options of the run in a folder, as they would be typed.</summary>
    public static Dictionary<string, string[]> ReadOptions(string folder)
    {
        string path = Path.Combine(folder, Options);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        return json.RootElement.GetProperty("options").EnumerateObject()
            .Select(option => (Name: "--" + option.Name, Words: OptionSpec.Words(option.Value.GetProperty("value"))))
            .Where(option => option.Words is not null)
            .ToDictionary(option => option.Name, option => option.Words!);
    }

    /// <summary>Writes a JSON file in one step.</summary>
    public static void Write(string path, JsonNode json)
    {
        CompleteFile.WriteText(path, json.ToJsonString(s_json) + "\n");
    }

    private static bool IsFinished(string folder) => File.Exists(Path.Combine(folder, Result));
}
