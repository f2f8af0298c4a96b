using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>How likely given completions are: each prompt is read once, its rollouts side by side after it.</summary>
internal static class RolloutScorer
{
    /// <summary>Log-probs of the rollouts' tokens, in the rollouts' order; with a gradient where gradients are on.</summary>
    internal static ActionLogProbs LogProbs(
        IVisionLanguageModel model, IReadOnlyList<Rollout> rollouts, Sampling sampling, IReadOnlyList<int> endTokens,
        Tensor bans)
    {
        Slots slots = Slots.Arrange(rollouts);
        var cache = new KvCache(model.Layers);
        (Tensor prefix, int[] next) = model.Prefill(slots.Prompts, cache);
        Tensor hidden = Hidden(model, slots, prefix, next, cache);                            // [N, T, D]

        long[] flat = slots.ActionPlaces(out long[] actions, out long[] results);
        Tensor index = tensor(flat).to(model.Device);
        Tensor picked = hidden.reshape(-1, hidden.shape[^1]).index_select(0, index);          // [M, D]
        HistoryMasks? history = HistoryRules.Of(sampling, slots.Prompts, endTokens, model.Vocabulary)
            ?.Masks(slots.Pasts(), model.Device);
        Tensor logProbs = TokenDistribution.LogProbs(model.Logits(picked), sampling, bans, history);   // [M, V]
        Tensor chosen = logProbs.gather(-1, tensor(actions).unsqueeze(-1).to(model.Device)).squeeze(-1);
        return Scatter(chosen, Entropy(logProbs), tensor(results).to(model.Device), rollouts.Count, slots.Longest);
    }

    // The state after the prompt foretells the first token; the state after token t foretells token t + 1.
    private static Tensor Hidden(
        IVisionLanguageModel model, Slots slots, Tensor prefix, int[] next, KvCache cache)
    {
        (long P, long G, long D) = (slots.Prompts.Count, slots.Group, prefix.shape[^1]);
        Tensor last = prefix.narrow(1, prefix.shape[1] - 1, 1).unsqueeze(1).expand(P, G, 1, D).reshape(P * G, 1, D);
        if (slots.Longest == 1)
            return last;

        Tensor read = model.Continue(
            tensor(slots.Inputs()).view(P * G, -1).to(model.Device),
            tensor(slots.Positions(next)).view(P * G, -1).to(model.Device), cache);
        return cat([last, read], 1);
    }

    private static Tensor Entropy(Tensor logProbs)
    {
        using var off = no_grad();
        return -(logProbs.exp() * logProbs).sum(-1);
    }

    private static ActionLogProbs Scatter(Tensor chosen, Tensor entropy, Tensor places, long rows, long longest)
    {
        Tensor empty = zeros(rows * longest, dtype: ScalarType.Float32, device: chosen.device);
        return new ActionLogProbs(
            empty.index_copy(0, places, chosen).view(rows, longest),
            empty.index_copy(0, places, entropy).view(rows, longest),
            empty.index_copy(0, places, ones_like(entropy)).view(rows, longest));
    }

    /// <summary>Rollouts in equal groups behind their prompts; a group that is short has empty slots.</summary>
    private sealed record Slots(
        IReadOnlyList<Prompt> Prompts, int Group, int Longest, IReadOnlyList<(int Slot, Rollout Rollout)> Filled)
    {
        internal static Slots Arrange(IReadOnlyList<Rollout> rollouts)
        {
            if (rollouts.Count == 0)
                throw new ArgumentException("there is no rollout to score", nameof(rollouts));

            List<Prompt> prompts = [.. rollouts.Select(rollout => rollout.Prompt)
                .Distinct<Prompt>(ReferenceEqualityComparer.Instance)];
            var numbers = prompts.Index().ToDictionary(
                item => item.Item, item => item.Index, (IEqualityComparer<Prompt>)ReferenceEqualityComparer.Instance);
            var members = new int[prompts.Count];
            int[] member = [.. rollouts.Select(rollout => members[numbers[rollout.Prompt]]++)];
            int group = members.Max();
            return new Slots(prompts, group, rollouts.Max(rollout => rollout.Tokens.Length),
                [.. rollouts.Select((rollout, i) => (numbers[rollout.Prompt] * group + member[i], rollout))]);
        }

        // [N, T - 1]: all but each row's last possible token, padded on the right, where nobody looks.
        internal long[] Inputs()
        {
            var inputs = new long[Prompts.Count * Group * (Longest - 1)];
            foreach ((int slot, Rollout rollout) in Filled)
                for (int t = 0; t < Math.Min(rollout.Tokens.Length, Longest - 1); t++)
                    inputs[slot * (Longest - 1) + t] = rollout.Tokens[t];
            return inputs;
        }

        internal long[] Positions(int[] next)
        {
            var positions = new long[Prompts.Count * Group * (Longest - 1)];
            for (int i = 0; i < positions.Length; i++)
                positions[i] = next[i / (Longest - 1) / Group] + i % (Longest - 1);
            return positions;
        }

        // Where each action's hidden state is in [N, T], what the action was, and where its result goes in [B, T].
        internal long[] ActionPlaces(out long[] actions, out long[] results)
        {
            actions = [.. Filled.SelectMany(item => item.Rollout.Tokens.Select(token => (long)token))];
            results = [.. Filled.Index().SelectMany(item => Run(item.Index, item.Item.Rollout))];
            return [.. Filled.SelectMany(item => Run(item.Slot, item.Rollout))];
        }

        /// <summary>What each action has behind it, in the actions' order.</summary>
        internal Past[] Pasts() => [.. Filled.SelectMany(item => item.Rollout.Tokens.Select(
            (_, t) => new Past(item.Slot / Group, item.Rollout.Tokens, t)))];

        private IEnumerable<long> Run(int row, Rollout rollout) =>
            Enumerable.Range(0, rollout.Tokens.Length).Select(t => (long)row * Longest + t);
    }
}
