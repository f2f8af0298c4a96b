using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>The terms of a stage's loss before their weights; null where the stage has no such term.</summary>
public sealed record LatentParts
{
    /// <summary>Next-token cross-entropy on pairs, or of the task, in nats.</summary>
    public Tensor? PairedTokens { get; init; }

    /// <summary>Next-token cross-entropy on text-only data, in nats.</summary>
    public Tensor? TextTokens { get; init; }

    /// <summary>Negative entropy of the codes on pairs, in nats.</summary>
    public Tensor? PairedEntropy { get; init; }

    /// <summary>Negative entropy of the codes on text-only data, in nats.</summary>
    public Tensor? TextEntropy { get; init; }

    /// <summary>Gaussian NLL of both cross-modal projectors on pairs.</summary>
    public Tensor? Projection { get; init; }

    /// <summary>Cycle consistency on text-only data.</summary>
    public Tensor? Cycle { get; init; }

    /// <summary>The codes' rate KL(q || pi) on pairs, in nats.</summary>
    public Tensor? PairedRate { get; init; }

    /// <summary>The codes' rate on text-only data, in nats.</summary>
    public Tensor? TextRate { get; init; }

    /// <summary>What cloning minimises on pairs, in nats; see <see cref="CloningTarget"/>.</summary>
    public Tensor? PairedCloning { get; init; }

    /// <summary>What cloning minimises on text-only data, in nats.</summary>
    public Tensor? TextCloning { get; init; }

    /// <summary>[K] int64: how often each code is the inverse dynamics model's most probable one on pairs; not a loss term.</summary>
    public Tensor? CodeCounts { get; init; }

    /// <summary>The terms there are, by their names in logs.</summary>
    public IReadOnlyList<(string Name, Tensor Value)> Named() =>
    [
        .. new (string Name, Tensor? Value)[]
        {
            ("ce_paired", PairedTokens), ("ce_text", TextTokens), ("entropy_paired", PairedEntropy),
            ("entropy_text", TextEntropy), ("projection", Projection), ("cycle", Cycle),
            ("rate_paired", PairedRate), ("rate_text", TextRate),
            ("clone_paired", PairedCloning), ("clone_text", TextCloning),
        }.Where(item => item.Value is not null).Select(item => (item.Name, item.Value!)),
    ];
}
