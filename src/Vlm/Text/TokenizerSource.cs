using System.Text.Json;

namespace Vlm.Text;

/// <summary>The text of one of a tokenizer's files, and where it is; whatever is wrong in it names the file.</summary>
internal sealed record TokenizerSource(string Text, string Where)
{
    /// <summary>A folder's file, or null where it has none.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static TokenizerSource? Find(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        try
        {
            return File.Exists(path) ? new TokenizerSource(File.ReadAllText(path), path) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"cannot read the file: {error.Message}", path, "check its permissions");
        }
    }

    /// <summary>Reads what a caller wants of the JSON.</summary>
    /// <exception cref="UsageException">It is no JSON, or not what <paramref name="read"/> takes.</exception>
    public T Read<T>(Func<JsonElement, T> read, string what = "file", string fix = "the file as its authors wrote it")
    {
        try
        {
            using var document = JsonDocument.Parse(Text);
            return read(document.RootElement);
        }
        // Invalid operation is what the reader throws at escapes that are no text, argument what Regex throws.
        catch (Exception e) when (e is JsonException or NotSupportedException or FormatException
            or InvalidOperationException or ArgumentException)
        {
            throw new UsageException($"the {what} cannot be read: {e.Message}", Where, fix);
        }
    }
}
