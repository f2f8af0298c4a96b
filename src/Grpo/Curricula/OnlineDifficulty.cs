namespace Vlm.Grpo;

/// <summary>Which prompts a stage of a curriculum counts most.</summary>
public enum DifficultyStage
{
    /// <summary>Those that are mostly answered right.</summary>
    Easy,

    /// <summary>Those that are answered right half the time.</summary>
    Medium,

    /// <summary>Those that are mostly answered wrong.</summary>
    Hard,
}

/// <summary>Weights of prompts by how often their rollouts were right: online difficulty soft weighting (ODSW). Pure.</summary>
/// <remarks>
/// VL-Cogito, Yuan et al. 2025, arXiv:2507.22607, with the constants of its released code (verl/trainer/ray_trainer.py):
/// <code>
/// c(a) = cos(pi (a - 1/2))
/// easy    0 at a = 0,     c(a) up to 1/2,   1 above
/// medium  0 at a = 0,     c(a)
/// hard    1/4 at a = 0,   1 up to 1/2,      c(a) above
/// </code>
/// The weight is of accuracy and not of the whole reward, and multiplies advantages that are compared and scaled already: where
/// all answers are wrong, format and length may still differ, hence the 1/4.
/// </remarks>
public static class OnlineDifficulty
{
    private const double AllWrong = 0.25;

    /// <summary>The soft weight of a prompt.</summary>
    /// <param name="stage">Which prompts count most.</param>
    /// <param name="accuracy">Share of its rollouts that are right, 0 to 1.</param>
    public static double Soft(DifficultyStage stage, double accuracy) => (stage, Checked(accuracy)) switch
    {
        (DifficultyStage.Hard, 0) => AllWrong,
        (_, 0) => 0,
        (DifficultyStage.Easy, > 0.5) or (DifficultyStage.Hard, <= 0.5) => 1,
        _ => Math.Cos(Math.PI * (accuracy - 0.5)),
    };

    /// <summary>The binary weight of a prompt: 1 within [1/2, 1], [1/4, 3/4] or (0, 1/2], 0 outside.</summary>
    /// <inheritdoc cref="Soft"/>
    public static double Binary(DifficultyStage stage, double accuracy)
    {
        _ = Checked(accuracy);
        (double low, double high) = stage switch
        {
            DifficultyStage.Easy => (0.5, 1.0),
            DifficultyStage.Medium => (0.25, 0.75),
            _ => (double.Epsilon, 0.5),
        };
        return accuracy >= low && accuracy <= high ? 1 : 0;
    }

    private static double Checked(double accuracy) => accuracy is >= 0 and <= 1
        ? accuracy : throw new ArgumentOutOfRangeException(nameof(accuracy), accuracy, "a share of right answers is 0 to 1");
}
