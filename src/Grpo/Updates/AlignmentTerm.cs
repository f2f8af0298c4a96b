using TorchSharp;

namespace Vlm.Grpo;

/// <summary>The alignment in one update: each micro-batch passes the slopes of its prompts on to the policy.</summary>
/// <param name="rows">Which prompts are whose.</param>
/// <param name="slopes">[P, M, D] of the loss by the features; freed with this.</param>
/// <param name="value">The loss.</param>
/// <param name="weight">What it counts.</param>
/// <param name="stats">What the update measured.</param>
internal sealed class AlignmentTerm(PromptRows rows, torch.Tensor slopes, double value, double weight, StepStats stats) : IDisposable
{
    /// <summary>What the update measured.</summary>
    public StepStats Stats => stats;

    /// <summary>A micro-batch's share of the weighted loss: over all of them its value and its gradient are those of the whole.</summary>
    /// <param name="now">Of the micro-batch.</param>
    /// <param name="part">Numbers of its rollouts.</param>
    public torch.Tensor Share(ActionLogProbs now, int[] part)
    {
        PromptStates states = now.Prompts ?? throw ModalityAlignment.Codes(new() { AlignmentCoef = weight });
        (int At, int Row)[] own = [.. states.Prompts.Index().Where(item => rows.Owner(item.Item) == part[0])
            .Select(item => (item.Index, rows[item.Item]))];
        if (own.Length == 0)
            return torch.zeros([], dtype: now.LogProbs.dtype, device: now.LogProbs.device);
        torch.Tensor found = states.Pool().Features.index_select(0, Numbers(own.Select(item => item.At)));
        torch.Tensor slope = slopes.index_select(0, Numbers(own.Select(item => item.Row)));
        torch.Tensor share = ((found - found.detach()) * slope).sum() + value * own.Length / rows.Ids.Length;
        return share.to(now.LogProbs.dtype) * weight;

        torch.Tensor Numbers(IEnumerable<int> numbers) =>
            torch.tensor(numbers.Select(number => (long)number).ToArray()).to(slopes.device);
    }

    public void Dispose() => slopes.Dispose();
}

/// <summary>The prompts of an update, in the order of their rollouts, and the micro-batch that each belongs to.</summary>
internal sealed class PromptRows
{
    private readonly Dictionary<Prompt, (int Row, int Owner)> _rows = new(ReferenceEqualityComparer.Instance);

    private PromptRows(string[] ids, int[][] owned) => (Ids, Owned) = (ids, owned);

    /// <summary>Ids of the P prompts.</summary>
    public string[] Ids { get; }

    /// <summary>The first rollout of each prompt, by micro-batch; a prompt whose rollouts are split belongs to the first of them.</summary>
    public int[][] Owned { get; }

    /// <summary>The row of a prompt.</summary>
    public int this[Prompt prompt] => _rows[prompt].Row;

    /// <summary>The first rollout of the micro-batch that a prompt belongs to.</summary>
    public int Owner(Prompt prompt) => _rows[prompt].Owner;

    public static PromptRows Of(IReadOnlyList<Rollout> rollouts, IReadOnlyList<int[]> parts)
    {
        var owners = new Dictionary<Prompt, int>(ReferenceEqualityComparer.Instance);
        int[][] owned = [.. parts.Select(part => part.Where(i => owners.TryAdd(rollouts[i].Prompt, part[0])).ToArray())
            .Where(part => part.Length > 0)];
        Prompt[] prompts = [.. rollouts.Select(rollout => rollout.Prompt).Distinct<Prompt>(ReferenceEqualityComparer.Instance)
            .Where(owners.ContainsKey)];
        var rows = new PromptRows([.. prompts.Select(prompt => prompt.Id)], owned);
        foreach ((int row, Prompt prompt) in prompts.Index())
            rows._rows[prompt] = (row, owners[prompt]);
        return rows;
    }
}
