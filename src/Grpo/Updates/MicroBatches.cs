namespace Vlm.Grpo;

/// <summary>Splits the rollouts of a step into parts that fit into memory.</summary>
internal static class MicroBatches
{
    /// <summary>
    /// Indices of the rollouts of each part. Rollouts of one prompt stay together, because the policy runs their prompt
    /// once; only a prompt with more rollouts than fit is split. Prompts of short completions come first, so that no part
    /// pads words to the length of paragraphs. Completions without any action are left out.
    /// </summary>
    /// <param name="rollouts">All rollouts of the step.</param>
    /// <param name="most">Most rollouts in a part, at least 1.</param>
    /// <param name="among">Which of them; null takes all.</param>
    public static IReadOnlyList<int[]> Plan(IReadOnlyList<Rollout> rollouts, int most, Func<int, bool>? among = null)
    {
        var parts = new List<List<int>>();
        IEnumerable<int[]> pieces = Enumerable.Range(0, rollouts.Count)
            .Where(i => rollouts[i].Actions.Length > 0 && among?.Invoke(i) != false)
            .GroupBy(i => rollouts[i].Prompt, ReferenceEqualityComparer.Instance)
            .OrderBy(group => group.Max(i => rollouts[i].Tokens.Length))
            .SelectMany(group => group.Chunk(most));

        foreach (int[] piece in pieces)
            if (parts is [.., var last] && last.Count + piece.Length <= most)
                last.AddRange(piece);
            else
                parts.Add([.. piece]);
        return [.. parts.Select(part => part.ToArray())];
    }
}
