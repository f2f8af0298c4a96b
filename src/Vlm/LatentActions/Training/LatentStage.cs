namespace Vlm.LatentActions;

/// <summary>The training stages of latent actions; <see cref="LatentProgress.Order"/> has their order.</summary>
public enum LatentStage
{
    /// <summary>Inverse dynamics model, codebook and world model, on pairs.</summary>
    Inverse,

    /// <summary>The cross-modal projectors, on pairs.</summary>
    Cycle,

    /// <summary>All of these, on pairs and text-only data.</summary>
    Joint,

    /// <summary>Behaviour cloning: the policy learns to predict the inverse dynamics model's codes without its lookahead.</summary>
    Cloning,

    /// <summary>The base, on the task's answers, given the codes of <see cref="TaskCodes"/>.</summary>
    Task,
}

/// <summary>Whose codes the base is given in the task stage.</summary>
public enum TaskCodes
{
    /// <summary>
    /// The inverse dynamics model's. Cloning follows the task stage, on the states of the base that the policy will act on: as
    /// in https://arxiv.org/abs/2503.21383.
    /// </summary>
    Inverse,

    /// <summary>
    /// The policy's, cloned before the task stage, as released with https://arxiv.org/abs/2601.07516. Codes that do not decode
    /// to the target token teach the base to ignore codes, and the frozen policy reads states that the stage changes.
    /// </summary>
    Policy,
}
