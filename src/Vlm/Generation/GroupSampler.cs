using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>What was sampled for one row.</summary>
internal sealed record Completion(int[] Tokens, float[] LogProbs, StopReason Stop);

/// <summary>Reads each prompt once, fans it out to its group, and samples all rows together.</summary>
internal static class GroupSampler
{
    // Leaving rows are packed away once this share of the slots is idle: packing copies the suffix caches.
    private const double IdleShare = 0.25;

    /// <summary>Samples <paramref name="group"/> completions of each prompt, ordered by prompt, then member.</summary>
    internal static Completion[] Run(
        IVisionLanguageModel model, IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key,
        IReadOnlyList<int> endTokens, Tensor bans)
    {
        using var mode = inference_mode();
        using var scope = NewDisposeScope();
        var cache = new KvCache(model.Layers);
        (Tensor hidden, int[] next) = model.Prefill(prompts, cache);
        cache.Reserve(group, sampling.MaxNewTokens);

        var rows = new SampledRows(prompts.Count, group, key, next, endTokens, sampling);
        Tensor first = model.Logits(hidden.narrow(1, hidden.shape[1] - 1, 1));                // [P, 1, V]
        Tensor logits = first.expand(-1, group, -1).reshape(prompts.Count * group, -1);       // [N, V]
        while (true)
        {
            using var step = NewDisposeScope();
            Draw(logits, rows, sampling, bans);
            if (rows.Finished)
                return rows.Completions();

            if (rows.IdleShare >= IdleShare)
                Pack(rows, cache, model.Device);
            Tensor read = model.Continue(
                tensor(rows.LastTokens()).unsqueeze(1).to(model.Device),
                tensor(rows.Positions()).unsqueeze(1).to(model.Device), cache);
            logits = model.Logits(read).squeeze(1).MoveToOuterDisposeScope();
        }
    }

    private static void Draw(Tensor logits, SampledRows rows, Sampling sampling, Tensor bans)
    {
        Tensor logProbs = TokenDistribution.LogProbs(logits, sampling, bans);
        Tensor tokens = sampling.Greedy
            ? logProbs.argmax(-1)
            : TokenDistribution.Draw(logProbs, tensor(rows.Uniforms()).to(logits.device));
        Tensor chosen = logProbs.gather(-1, tokens.unsqueeze(-1)).squeeze(-1);
        rows.Add(tokens.cpu().data<long>().ToArray(), chosen.cpu().data<float>().ToArray());
        logits.Dispose();
    }

    private static void Pack(SampledRows rows, KvCache cache, Device device)
    {
        (long[] prompts, long[] kept, int group) = rows.Pack();
        cache.Keep(tensor(prompts).to(device), tensor(kept).to(device), group);
    }
}
