using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;

namespace Vlm.Grpo;

/// <summary>A learned unit vector for each kind of question, which a critic reads beside the state.</summary>
/// <remarks>
/// Nauman et al. 2025 (BRC), arXiv:2505.23150, whose critics of many tasks take a learned embedding of the task, 32 wide and
/// L2-normalised. There a deep critic reads it; a linear one, as <see cref="ValueHead"/> is, gets from it an offset of the return, or of
/// the logit of each bin, for each kind.
/// </remarks>
public sealed class TaskEmbedding : IDisposable
{
    /// <summary>Its name in a checkpoint.</summary>
    public const string Name = "value_head.task_embedding";

    private readonly Dictionary<string, int> _rows;

    /// <param name="kinds">The kinds of question of the run, each once; the same in a resumed run.</param>
    /// <param name="width">Numbers of a vector.</param>
    /// <param name="seed">The run's: names the first vectors, uniform in every direction's numbers.</param>
    /// <param name="device">Where the policy is.</param>
    /// <param name="type">Of the numbers.</param>
    public TaskEmbedding(
        IReadOnlyList<string> kinds, int width, long seed, torch.Device device, torch.ScalarType type = torch.ScalarType.Float32)
    {
        Kinds = kinds;
        _rows = kinds.Index().ToDictionary(item => item.Item, item => item.Index);
        double[] values = [.. kinds.SelectMany((_, row) =>
        {
            var random = new RandomStream(seed, "task-embedding", row);
            return Enumerable.Range(0, width).Select(_ => (2 * random.NextDouble()) - 1).ToArray();
        })];
        Weight = new(torch.tensor(values, [kinds.Count, width], dtype: type, device: device).DetachFromDisposeScope());
    }

    /// <summary>N kinds.</summary>
    public IReadOnlyList<string> Kinds { get; }

    /// <summary>[N, E] before they are made unit vectors.</summary>
    public Parameter Weight { get; }

    /// <summary>E</summary>
    public long Width => Weight.shape[1];

    /// <summary>The kinds as a checkpoint's file notes them, so that rows are not taken for those of other kinds.</summary>
    internal string Note => JsonSerializer.Serialize(Kinds);

    /// <summary>[B, E] unit vectors of the kinds of rollouts.</summary>
    /// <param name="rollouts">B rollouts.</param>
    /// <exception cref="UsageException">One is of a kind that the embedding was not made for.</exception>
    public torch.Tensor Of(IReadOnlyList<Rollout> rollouts)
    {
        long[] rows = [.. rollouts.Select(rollout => (long)Row(rollout.Prompt.Example.Kind))];
        torch.Tensor chosen = Weight.index_select(0, torch.tensor(rows).to(Weight.device));     // [B, E]
        return chosen / chosen.norm(-1, keepdim: true, p: 2).clamp(min: (Scalar)1e-12);
    }

    /// <inheritdoc/>
    public void Dispose() => Weight.Dispose();

    private int Row(string kind) => _rows.TryGetValue(kind, out int row) ? row : throw new UsageException(
        $"the critic embeds the kinds {string.Join(", ", Kinds)}, and a question is of kind '{kind}'", "CriticTaskEmbedding",
        "data of these kinds, or CriticTaskEmbedding = 0");
}
