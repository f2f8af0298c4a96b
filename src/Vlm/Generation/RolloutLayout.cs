using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>Rollouts laid out for scoring: equal groups behind their prompts; a smaller group has empty slots.</summary>
internal sealed record RolloutLayout(
    IReadOnlyList<Prompt> Prompts, int Group, int Longest, IReadOnlyList<(int Slot, Rollout Rollout)> Filled)
{
    internal static RolloutLayout Arrange(IReadOnlyList<Rollout> rollouts)
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
        return new RolloutLayout(prompts, group, rollouts.Max(rollout => rollout.Tokens.Length),
            [.. rollouts.Select((rollout, i) => (numbers[rollout.Prompt] * group + member[i], rollout))]);
    }

    /// <summary>True where some completion has more than one token: all but its last one are read after the prompts.</summary>
    internal bool Continues => Longest > 1;

    /// <summary>[N, T - 1] all but each row's last possible token, padded on the right with values that are never used.</summary>
    internal Tensor Inputs(Device device)
    {
        var inputs = new long[Prompts.Count * Group * (Longest - 1)];
        foreach ((int slot, Rollout rollout) in Filled)
            for (int t = 0; t < Math.Min(rollout.Tokens.Length, Longest - 1); t++)
                inputs[slot * (Longest - 1) + t] = rollout.Tokens[t];
        return tensor(inputs).view(Prompts.Count * Group, -1).On(device);
    }

    /// <summary>[N, T - 1] their positions.</summary>
    internal Tensor Positions(int[] next, Device device)
    {
        var positions = new long[Prompts.Count * Group * (Longest - 1)];
        for (int i = 0; i < positions.Length; i++)
            positions[i] = next[i / (Longest - 1) / Group] + i % (Longest - 1);
        return tensor(positions).view(Prompts.Count * Group, -1).On(device);
    }

    /// <summary>
    /// The states that predict each action: the state after the prompt the first, the state after token t that of token t + 1.
    /// </summary>
    /// <param name="prefix">[P, L, D] of the prompts, padding on the left.</param>
    /// <param name="read">[N, T - 1, D] of the tokens after it; null where there are none.</param>
    /// <returns>[N, T, D]</returns>
    internal Tensor PredictingStates(Tensor prefix, Tensor? read)
    {
        (long P, long G, long D) = (Prompts.Count, Group, prefix.shape[^1]);
        Tensor last = prefix.narrow(1, prefix.shape[1] - 1, 1).unsqueeze(1).expand(P, G, 1, D).reshape(P * G, 1, D);
        return read is null ? last : cat([last, read], 1);
    }

    /// <summary>Where each action's state is in [N, T], what the action was, and where its result goes in [B, T].</summary>
    internal long[] ActionPlaces(out long[] actions, out long[] results)
    {
        actions = [.. Filled.SelectMany(item => item.Rollout.Actions.Select(action => (long)action))];
        results = [.. Filled.Index().SelectMany(item => Run(item.Index, item.Item.Rollout))];
        return [.. Filled.SelectMany(item => Run(item.Slot, item.Rollout))];
    }

    /// <summary>
    /// Actions after the same tokens of one prompt share a state: the first action of each distinct prefix, and the number of the
    /// prefix of each action, in the actions' order.
    /// </summary>
    internal (long[] Firsts, long[] Prefix) UniquePrefixes()
    {
        (List<long> firsts, List<long> which) = ([], []);
        var known = new Dictionary<(long Before, int Last), long>();
        foreach ((int slot, Rollout rollout) in Filled)
        {
            long at = -1;
            for (int t = 0; t < rollout.Tokens.Length; t++)
            {
                (long, int) behind = (at, t == 0 ? slot / Group : rollout.Tokens[t - 1]);
                if (!known.TryGetValue(behind, out at))
                {
                    known[behind] = at = firsts.Count;
                    firsts.Add(which.Count);
                }
                which.Add(at);
            }
        }
        return ([.. firsts], [.. which]);
    }

    /// <summary>The history of each action, in the actions' order.</summary>
    internal ActionHistory[] Histories() => [.. Filled.SelectMany(item => item.Rollout.Tokens.Select(
        (_, t) => new ActionHistory(item.Slot / Group, item.Rollout.Tokens, t)))];

    private IEnumerable<long> Run(int row, Rollout rollout) =>
        Enumerable.Range(0, rollout.Tokens.Length).Select(t => (long)row * Longest + t);
}
