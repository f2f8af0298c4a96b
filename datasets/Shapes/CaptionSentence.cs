namespace Vlm.Datasets;

/// <summary>The sentence that captions of drawings are written in.</summary>
public static class CaptionSentence
{
    /// <summary>"A small red circle, a large blue square and a small green cross."</summary>
    /// <param name="nouns">What is there, from left to right, without articles; one at least.</param>
    public static string Of(IReadOnlyList<string> nouns)
    {
        string[] named = [.. nouns.Select(noun => $"a {noun}")];
        string list = named.Length == 1 ? named[0] : $"{string.Join(", ", named[..^1])} and {named[^1]}";
        return $"A{list[1..]}.";
    }
}
