using System.Text.Json.Nodes;

namespace Vlm.Checkpoints;

/// <summary>Whether the tokens of two folders are the same.</summary>
public static class Vocabulary
{
    internal const string File = "tokenizer.json";

    /// <summary>Compares the ids of all tokens, added ones too; folders without a tokenizer.json are not compared.</summary>
    /// <param name="first">A folder.</param>
    /// <param name="other">Another.</param>
    /// <param name="names">What the user knows them as.</param>
    /// <returns>How they differ, by the first token that does; null where they do not.</returns>
    public static string? Difference(string first, string other, (string First, string Other) names)
    {
        (string a, string b) = (Path.Combine(first, File), Path.Combine(other, File));
        if (!System.IO.File.Exists(a) || !System.IO.File.Exists(b)
            || System.IO.File.ReadAllBytes(a).AsSpan().SequenceEqual(System.IO.File.ReadAllBytes(b)))
            return null;
        (Dictionary<string, int> mine, Dictionary<string, int> theirs) = (Ids(HubFolder.ReadJson(a)), Ids(HubFolder.ReadJson(b)));
        foreach ((string token, int id) in mine)
            if (!theirs.TryGetValue(token, out int elsewhere))
                return $"token {id}, \"{token}\", is not in the vocabulary of {names.Other}";
            else if (elsewhere != id)
                return $"token \"{token}\" is {id} in {names.First} and {elsewhere} in {names.Other}";
        return theirs.Keys.FirstOrDefault(token => !mine.ContainsKey(token)) is { } added
            ? $"token {theirs[added]}, \"{added}\", is not in the vocabulary of {names.First}" : null;
    }

    private static Dictionary<string, int> Ids(JsonObject json)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        if (json["model"]?["vocab"] is JsonObject vocabulary)
            foreach ((string token, JsonNode? id) in vocabulary)
                ids[token] = id!.GetValue<int>();
        foreach (JsonNode? added in json["added_tokens"] as JsonArray ?? [])
            if (added is JsonObject token && token["content"] is { } content && token["id"] is { } id)
                ids[content.GetValue<string>()] = id.GetValue<int>();
        return ids;
    }
}
