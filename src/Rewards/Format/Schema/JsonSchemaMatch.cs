using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Vlm.Rewards;

/// <summary>1 where the answer is one JSON value that keeps to a JSON Schema.</summary>
/// <remarks>
/// <para>JSON Schema, draft 2020-12, https://json-schema.org/draft/2020-12/json-schema-core. The keywords are those of
/// <see cref="JsonSchema"/>; a schema with another is refused, so that none is passed over. As the standard has it,
/// <c>format</c> and descriptions check nothing.</para>
/// <para>The answer is what stands in answer tags, else all after the thinking, a fence aside. A key that stands twice in an object is no
/// JSON here: readers differ in which they take.</para>
/// </remarks>
public static class JsonSchemaMatch
{
    private const int MostSchemas = 10_000;
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };
    private static readonly ConcurrentDictionary<string, JsonSchema> s_read = new(StringComparer.Ordinal);

    /// <summary>Checks an answer.</summary>
    /// <exception cref="ArgumentException">The schema is none, or has a keyword that is not known here.</exception>
    public static Score Score(Answer answer, Truth.Schema truth)
    {
        JsonSchema schema = Read(truth.Json);
        AnswerPart rest = Thinking.After(answer.Completion);
        AnswerPart tagged = rest.Text is null ? rest : AnswerTag.Find(rest.Text);
        if (tagged.Text is null && tagged.Problem.Length > 0)
            return Rewards.Score.Zero(tagged.Problem);
        string text = AnsweredDetections.Unfenced(tagged.Text ?? rest.Text!);
        if (text.Length == 0)
            return Rewards.Score.Zero("the answer is empty");
        if (HasHalfCharacter(text))
            return Rewards.Score.Zero("no JSON: half a character");
        try
        {
            using var json = JsonDocument.Parse(Encoding.UTF8.GetBytes(text), s_strict);
            return schema.Problem(json.RootElement) is { } problem ? Rewards.Score.Zero(problem) : Rewards.Score.One("keeps to the schema");
        }
        catch (JsonException)
        {
            return Rewards.Score.Zero("no JSON");
        }
    }

    // An escaped half of a surrogate pair without the other: JSON by its grammar, and no text.
    private static bool HasHalfCharacter(string text)
    {
        bool high = false;
        for (int at = 0; (at = text.IndexOf('\\', at)) >= 0 && at + 1 < text.Length; at += 2)
        {
            bool unit = text[at + 1] == 'u' && at + 6 <= text.Length
                && ushort.TryParse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, null, out ushort code) && char.IsSurrogate((char)code);
            bool low = unit && char.IsLowSurrogate((char)ushort.Parse(text.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, null));
            if (low != high || (unit && !low && !IsEscape(text, at + 6)))
                return true;
            high = unit && !low;
            at += unit ? 4 : 0;
        }

        return high;
    }

    private static bool IsEscape(string text, int at) => at + 1 < text.Length && text[at] == '\\' && text[at + 1] == 'u';

    private static JsonSchema Read(string schema)
    {
        if (s_read.TryGetValue(schema, out JsonSchema? known))
            return known;
        JsonSchema read = JsonSchema.Read(schema);
        if (s_read.Count < MostSchemas)
            s_read[schema] = read;
        return read;
    }
}
