using Vlm.Engine;
using Vlm.LatentActions;

namespace Vlm;

/// <summary>Where and how a model is loaded. The defaults take the folder as it is, in float32, on a GPU where there is one.</summary>
public sealed record LoadOptions
{
    /// <summary>Where the weights go, and all that is computed with them; exported graphs run on the processor.</summary>
    /// <value>auto, cpu, cuda or cuda:N. The default is auto: the first CUDA device, or the processor where there is none.</value>
    public string Device { get; init; } = Devices.AutoName;

    /// <summary>Type of weights and arithmetic, whatever the files hold; what latent actions add stays in float32.</summary>
    /// <value>The default is float32.</value>
    public Precision Precision { get; init; }

    /// <summary>A folder as PEFT writes it, whose adapter is merged into the weights.</summary>
    /// <value>The default is null, for none.</value>
    public string? Adapter { get; init; }

    /// <summary>
    /// A folder as PEFT writes it, whose adapter is put on the model later, unmerged: where it brings a longer embedding or an
    /// output layer of its own, the model is made so.
    /// </summary>
    /// <value>The default is null, for none; <see cref="Adapter"/> needs no word of it.</value>
    public string? RoomFor { get; init; }

    /// <summary>Acts with the model's own tokens where the folder has latent actions.</summary>
    /// <value>The default is false, for the codes.</value>
    public bool Tokens { get; init; }

    // States are read and nothing is generated: a folder that has a score in place of the output layer is whole.
    internal bool StatesOnly { get; init; }

    /// <summary>How codes are chosen and trained, where the folder has latent actions.</summary>
    /// <value>The default is <see cref="LatentPolicyOptions"/>' own.</value>
    public LatentPolicyOptions Codes { get; init; } = new();
}
