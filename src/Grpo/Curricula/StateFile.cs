using System.Text.Json;
using System.Text.Json.Serialization;

namespace Vlm.Grpo;

/// <summary>A record of a checkpoint that a resumed run goes on from, as JSON that gives back every bit of its numbers.</summary>
internal static class StateFile
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    public static void Write<T>(string path, T state) => File.WriteAllText(path, JsonSerializer.Serialize(state, s_json) + "\n");

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it holds, for the message.</param>
    /// <param name="fix">What to type where it cannot be read.</param>
    /// <exception cref="UsageException">It is missing or damaged.</exception>
    public static T Read<T>(string path, string what, string fix)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), s_json) ?? throw new JsonException("it is empty");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or ArgumentException)
        {
            throw new UsageException($"{what} cannot be read: {error.Message}", path, fix);
        }
    }
}
