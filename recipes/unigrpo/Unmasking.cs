using Vlm;
using static TorchSharp.torch;

/// <summary>Generation: from a response that is all hidden, the words that the model is surest of are shown, a few at a time.</summary>
/// <remarks>
/// LLaDA, arXiv:2502.09992, section 2.4, low-confidence remasking: a word is proposed for every hidden slot, and those of the highest
/// probability stay. A response ends with its first end token, which belongs to it; what comes later is dropped.
/// </remarks>
/// <param name="Temperature">Of the proposed words; 0 takes the most probable.</param>
/// <param name="PerStep">Words shown in each step.</param>
sealed record Unmasking(double Temperature, int PerStep)
{
    /// <summary>Responses to prompts, ordered by prompt, then member.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prompts">What is asked.</param>
    /// <param name="group">Responses to each.</param>
    /// <param name="key">Names the random numbers.</param>
    internal Rollout[] Sample(MaskedDenoiser model, IReadOnlyList<Prompt> prompts, int group, SampleKey key)
    {
        using IDisposable constant = no_grad();
        Slot[][] rows = [.. Enumerable.Range(0, prompts.Count * group).Select(_ => new Slot[NamedObjects.Slots])];
        RandomStream[] random = [.. rows.Select((_, i) => new RandomStream(key.Seed, "unmask", key.Step, i / group, i % group))];
        Prompt[] asked = [.. rows.Select((_, i) => prompts[i / group])];
        for (int shown = 0; shown < NamedObjects.Slots; shown += PerStep)
        {
            using var scope = NewDisposeScope();
            long[] seen = [.. rows.SelectMany(row => row.Select(slot => (long)slot.Token))];
            float[] logProbs = [.. model.Distribution(asked, model.Rows(seen)).cpu().data<float>()];
            foreach ((int i, float[] row) in logProbs.Chunk(logProbs.Length / rows.Length).Index())
                Show(rows[i], row, random[i]);
        }

        return [.. rows.Select((row, i) => Response(asked[i], i % group, row, key.Step))];
    }

    private void Show(Slot[] row, float[] logProbs, RandomStream random)
    {
        Slot[] proposed = [.. logProbs.Chunk(logProbs.Length / row.Length).Select(words => Propose(words, random))];
        foreach (int t in Enumerable.Range(0, row.Length).Where(t => row[t].Token == NamedObjects.Mask)
            .OrderByDescending(t => proposed[t].LogProb).Take(PerStep).ToArray())
            row[t] = proposed[t];
    }

    // The largest of log-probs over the temperature and Gumbel noise is a sample.
    private Slot Propose(float[] words, RandomStream random)
    {
        int best = NamedObjects.End;
        double most = double.NegativeInfinity;
        for (int word = NamedObjects.End; word < NamedObjects.Words.Length; word++)
        {
            double score = Temperature == 0 ? words[word]
                : words[word] / Temperature - Math.Log(-Math.Log(Math.Max(1e-300, random.NextDouble())));
            (best, most) = score > most ? (word, score) : (best, most);
        }

        return new(best, words[best]);
    }

    private static Rollout Response(Prompt prompt, int member, Slot[] row, long version)
    {
        int end = Array.FindIndex(row, slot => slot.Token == NamedObjects.End);
        Slot[] kept = end < 0 ? row : row[..(end + 1)];
        int[] tokens = [.. kept.Select(slot => slot.Token)];
        return new(prompt, member, tokens, tokens, [.. kept.Select(slot => slot.LogProb)], NamedObjects.Text(tokens),
            end < 0 ? StopReason.Length : StopReason.EndOfSequence, version);
    }

    private readonly record struct Slot(int Token, float LogProb);
}
