using System.Text;
using System.Text.Json;


namespace Vlm.Grpo;

/// <summary><c>metrics.jsonl</c>: one line per step, on the disk as soon as it is written.</summary>
internal sealed class MetricsFile : IDisposable
{
    private const string Step = "step", Elapsed = "elapsed_s";
    private readonly FileStream _file;

    /// <summary>
    /// Opens the file, keeping the lines up to a step: what a run stopped at that step would have written.
    /// </summary>
    /// <param name="path">The file; made where it is absent.</param>
    /// <param name="keep">Last step to keep; -1 keeps nothing.</param>
    public MetricsFile(string path, long keep)
    {
        _file = new(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        Last = -1;
        foreach ((long end, long step, JsonElement json) in Lines())
            if (step <= keep)
                (Last, ElapsedBefore, Length) = (step, json.GetProperty(Elapsed).GetDouble(), end);
        _file.SetLength(Length);
        _file.Position = Length;
    }

    /// <summary>Seconds that the kept lines took.</summary>
    public double ElapsedBefore { get; }

    /// <summary>The last step in the file; -1 where there is none.</summary>
    public long Last { get; private set; }

    private long Length { get; }

    /// <summary>Writes one line.</summary>
    /// <exception cref="ArgumentException">A name that Metrics.md does not define, or a step that is not after the
    /// last.</exception>
    public void Write(long step, IEnumerable<KeyValuePair<string, double>> metrics, double elapsed)
    {
        if (step <= Last)
            throw new ArgumentException($"step {step} is logged after step {Last}; each step is logged once, in order");

        using var line = new MemoryStream();
        using (var json = new Utf8JsonWriter(line))
        {
            json.WriteStartObject();
            json.WriteNumber(Step, step);
            foreach ((string name, double value) in metrics)
                WriteMetric(json, name, value);
            json.WriteNumber(Elapsed, Math.Round(elapsed, 3));
            json.WriteEndObject();
        }

        line.WriteByte((byte)'\n');
        _file.Write(line.GetBuffer().AsSpan(0, (int)line.Length));
        _file.Flush();
        Last = step;
    }

    /// <summary>A metric at the steps after <paramref name="after"/> up to <paramref name="last"/> that have it.</summary>
    public double[] Values(string name, long after, long last) =>
        [.. Series(name).Where(found => found.Step > after && found.Step <= last).Select(found => found.Value)];

    /// <summary>A metric at the steps that have it as a number.</summary>
    public (long Step, double Value)[] Series(string name) =>
        [.. Lines().Where(line => line.Json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number)
            .Select(line => (line.Step, line.Json.GetProperty(name).GetDouble()))];

    public void Dispose() => _file.Dispose();

    private static void WriteMetric(Utf8JsonWriter json, string name, double value)
    {
        if (!Metric.IsDefined(name))
            throw new ArgumentException($"metric '{name}' is not defined in Grpo.Runs.Metric and Metrics.md");
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else
            json.WriteNull(name);
    }

    // Complete lines only: the last one may have been torn when the process died.
    private IEnumerable<(long End, long Step, JsonElement Json)> Lines()
    {
        var bytes = new byte[_file.Length];
        _file.Position = 0;
        _file.ReadExactly(bytes);
        for (int start = 0, end; (end = Array.IndexOf(bytes, (byte)'\n', start)) >= 0; start = end + 1)
        {
            using JsonDocument line = JsonDocument.Parse(Encoding.UTF8.GetString(bytes, start, end - start));
            yield return (end + 1, line.RootElement.GetProperty(Step).GetInt64(), line.RootElement);
        }
    }
}
