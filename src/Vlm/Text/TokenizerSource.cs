using System.Text.Json;
using Vlm.Checkpoints;

namespace Vlm.Text;

/// <summary>The text of one of a tokenizer's files, and where it is; whatever is wrong in it names the file.</summary>
internal sealed record TokenizerSource(string Text, string Where)
{
    private const string AsWritten = "the file as its authors wrote it";

    /// <summary>A folder's file, or null where it has none.</summary>
    /// <exception cref="UsageException">It cannot be read.</exception>
    public static TokenizerSource? Find(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        return File.Exists(path) ? new TokenizerSource(HubFile.ReadText(path), path) : null;
    }

    /// <summary>Reads what a caller wants of the JSON.</summary>
    /// <exception cref="UsageException">It is no JSON, or not what <paramref name="read"/> takes.</exception>
    public T Read<T>(Func<JsonElement, T> read, string what = "file", string fix = AsWritten) => Check(
        text =>
        {
            using var document = JsonDocument.Parse(text);
            return read(document.RootElement);
        }, what, fix);

    /// <summary>Reads what a caller wants of the text.</summary>
    /// <exception cref="UsageException">It is not what <paramref name="read"/> takes.</exception>
    public T Check<T>(Func<string, T> read, string what = "file", string fix = AsWritten)
    {
        try
        {
            return read(Text);
        }
        // Invalid operation is what the reader throws at escapes that are no text, argument what Regex throws.
        catch (Exception e) when (e is JsonException or NotSupportedException or FormatException
            or InvalidOperationException or ArgumentException)
        {
            throw new UsageException($"the {what} cannot be read: {e.Message}", Where, fix);
        }
    }
}
