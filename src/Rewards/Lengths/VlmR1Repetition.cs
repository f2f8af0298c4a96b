using System.Globalization;

namespace Vlm.Rewards;

/// <summary>VLM-R1's penalty for repetition: of the objects of a list where the completion has one, else of runs of six words.</summary>
/// <remarks>
/// Shen et al. 2025, arXiv:2504.07615; github.com/om-ai-lab/VLM-R1 at 90052f4, grpo_jsonl.py, repetition_reward. The list is looked for in
/// the first fence, else in all of a text that has <c>bbox_2d</c>. Differs: boxes are compared as numbers, where it compares them as they
/// are written; objects that are whole are read of a list that is cut off, where it repairs the JSON.
/// </remarks>
public static class VlmR1Repetition
{
    private const int Words = 6;
    private const string Fence = "```", Named = "```json", Key = "bbox_2d";

    /// <summary>0 down to -1.</summary>
    /// <param name="completion">All that the model wrote.</param>
    public static Score Score(string completion)
    {
        List<TextObject> objects = List(completion) is { } list ? ObjectText.Read(list) : [];
        if (objects.Count == 0)
            return RepetitionPenalty.OfWords(completion, Words);
        TextObject[] boxes = [.. objects.Where(one => one.Numbers is { Length: 4 } && one.Label.Length > 0)];
        int different = boxes.DistinctBy(one => (one.Numbers![0], one.Numbers[1], one.Numbers[2], one.Numbers[3], one.Label)).Count();
        double repeated = boxes.Length == 0 ? 0 : 1 - ((double)different / boxes.Length);
        return new(
            repeated == 0 ? 0 : -repeated, string.Create(CultureInfo.InvariantCulture, $"{boxes.Length - different} of {boxes.Length} objects repeated"));
    }

    private static string? List(string text)
    {
        int named = text.IndexOf(Named, StringComparison.Ordinal);
        int start = named >= 0 ? named + Named.Length : text.IndexOf(Fence, StringComparison.Ordinal) is >= 0 and var fence ? fence + Fence.Length : -1;
        if (start < 0)
            return text.Contains(Key, StringComparison.Ordinal) ? text : null;
        int end = text.IndexOf(Fence, start, StringComparison.Ordinal);
        return end < 0 ? text[start..] : text[start..end];
    }
}
