using TorchSharp;
using TorchSharp.Modules;
using Vlm;

namespace Cli.Tests.Presets;

/// <summary>A policy whose log-probs are its weights: one for each action of each completion, in double precision.</summary>
internal sealed class TablePolicy(double[][] rows) : IPolicy, IDisposable
{
    private const int Width = 4;

    private readonly Parameter _table = new(torch.tensor(
        [.. rows.SelectMany(row => row.Concat(Enumerable.Repeat(0.0, Width - row.Length)))]).reshape(rows.Length, Width));

    public IReadOnlyList<(string Name, Parameter Value)> Trainable => [("table", _table)];

    public double[] Weights => [.. _table.detach().flatten().data<double>()];

    /// <summary>The completion of a row: its only token says which it is.</summary>
    public static Rollout Rollout(Prompt prompt, int row, double[] old) => new(
        prompt, row, Enumerable.Repeat(row, old.Length).ToArray(), new int[old.Length], [.. old.Select(value => (float)value)], "",
        StopReason.EndOfSequence);

    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        int width = rollouts.Max(rollout => rollout.Actions.Length);
        torch.Tensor chosen = torch.tensor(rollouts.Select(rollout => (long)rollout.Member).ToArray());
        torch.Tensor rows = _table.index_select(0, chosen).narrow(1, 0, width);
        torch.Tensor mask = torch.tensor([.. rollouts.SelectMany(rollout =>
            Enumerable.Range(0, width).Select(t => t < rollout.Actions.Length ? 1.0 : 0))]).reshape(rollouts.Count, width);
        return new(rows * mask, torch.zeros_like(mask), mask);
    }

    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        throw new NotSupportedException("no test samples");

    public IAsyncEnumerable<int> StreamAsync(Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        throw new NotSupportedException("no test streams");

    public void Dispose() => _table.Dispose();
}
