using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Vlm.Grpo;

/// <summary>When a run saves checkpoints, and how many stay. The names are those of transformers' TrainingArguments.</summary>
[Category("Checkpoints")]
public sealed record CheckpointOptions
{
    /// <summary>Steps from one checkpoint to the next.</summary>
    /// <value>The default is 100.</value>
    [Description("steps between checkpoints"), Range(1, int.MaxValue)]
    public int SaveSteps { get; init; } = 100;

    /// <summary>How many of the newest stay; older ones are deleted once a new one is complete.</summary>
    /// <value>The default is 0, for all.</value>
    [Description("most checkpoints that stay, the oldest are deleted; 0 keeps all"), Range(0, int.MaxValue)]
    public int SaveTotalLimit { get; init; }
}
