namespace Vlm.Grpo;

/// <summary>Raises how often rollouts are reused, once, when a critic's fraction of active units has stopped to change.
/// Immutable.</summary>
/// <remarks>
/// Adaptive replay ratio, Ma et al. 2024, arXiv:2310.07418, as its released code has it (train_adapt_rr.py): at every 50th episode
/// the mean of the last episode is compared with that of the check before, the first measurement standing for the check before the
/// first; a difference of 0.001 or less raises the ratio, which then stays. A step of reinforcement stands for an episode here.
/// </remarks>
/// <param name="Last">The fraction at the check before; null before the first measurement.</param>
/// <param name="Measured">Steps that were measured.</param>
/// <param name="Raised">The ratio is raised, from the step after on.</param>
public sealed record PlasticityMonitor(double? Last, long Measured, bool Raised)
{
    // A difference of exactly the gap is flat, whatever its last bits say.
    private const double Rounding = 1e-12;
    private const string FileName = "plasticity.json";

    /// <summary>Nothing was measured yet.</summary>
    public static PlasticityMonitor Start { get; } = new(null, 0, false);

    /// <summary>Writes it into a checkpoint's folder; nothing where nothing is measured.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="options">What is measured.</param>
    public void Write(string folder, PlasticityOptions options)
    {
        if (options.Plasticity)
            StateFile.Write(Path.Combine(folder, FileName), this);
    }

    /// <summary>Reads it from a checkpoint's folder; the start where nothing is measured.</summary>
    /// <param name="folder">As <see cref="Write"/> left it.</param>
    /// <param name="options">What is measured.</param>
    /// <exception cref="UsageException">The file is missing or damaged.</exception>
    public static PlasticityMonitor Read(string folder, PlasticityOptions options) => !options.Plasticity ? Start
        : StateFile.Read<PlasticityMonitor>(Path.Combine(folder, FileName), "the state of the plasticity monitor",
            "resume with the --plasticity that the run began with");

    /// <summary>True where two fractions differ by the gap or less.</summary>
    public static bool IsFlat(double before, double now, double gap) => Math.Abs(now - before) <= gap + Rounding;

    /// <summary>The same with the fraction of one more step.</summary>
    /// <param name="fraction">Of active units, 0 to 1.</param>
    /// <param name="every">Steps between checks, at least 1.</param>
    /// <param name="gap">The largest difference that is flat.</param>
    public PlasticityMonitor Add(double fraction, int every = 50, double gap = 1e-3)
    {
        PlasticityMonitor next = this with { Last = Last ?? fraction, Measured = Measured + 1 };
        return next.Measured % every != 0 ? next
            : next with { Last = fraction, Raised = Raised || IsFlat(next.Last.Value, fraction, gap) };
    }
}
