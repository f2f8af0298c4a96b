using Vlm.Checkpoints;

namespace Vlm.Merging;

/// <summary>One of the models that are merged.</summary>
/// <param name="Folder">A model's folder, or that of a PEFT adapter.</param>
/// <param name="Weight">Its lambda; below 0 it is taken away.</param>
public sealed record MergePart(string Folder, double Weight);

/// <summary>How models are merged.</summary>
public sealed record MergeOptions
{
    /// <summary>The model that all were made from; null takes the one that adapters name.</summary>
    public string? Base { get; init; }

    /// <summary>
    /// What is added are the differences from <see cref="Base"/>: base + sum_i lambda_i (theta_i - base). Task arithmetic, Ilharco et
    /// al. 2022, arXiv:2212.04089. Of adapters alone it is always so.
    /// </summary>
    public bool Differences { get; init; }

    /// <summary>Lets the weights of a linear merge sum to something else than 1.</summary>
    public bool AnySum { get; init; }

    /// <summary>Largest file of weights.</summary>
    public long MaxShardBytes { get; init; } = HubFolder.MaxShardBytes;
}

/// <summary>What a merge made.</summary>
/// <param name="Tensors">How many weights.</param>
/// <param name="Shared">How many of them all models had in common, bit by bit.</param>
/// <param name="Bytes">Of all weights.</param>
public sealed record MergeResult(int Tensors, int Shared, long Bytes);
