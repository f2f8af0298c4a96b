using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Vlm;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>What a group has beside the rollouts of its prompt.</summary>
[Category("Groups")]
public sealed record GroupOptions : IOptionRules
{
    [Description("the reference answer is one more rollout of its group, with its reward held in check (ViSurf)")]
    public bool LabelRollout { get; init; }

    [Description("file with a text that as many rollouts again see before the question; they are learned without it (PolicyRollout)")]
    [Option(Example = "policy.md")]
    public string? PrivilegedContext { get; init; }

    [Description("copies of each question with its images in another order, sampled into the same group (PeRL)"), Range(0, 16)]
    public int PermutedCopies { get; init; }

    [Description("kinds of questions whose images may change places; the options of a choice change with them")]
    [Option(Example = "compare")]
    public string[] PermutedKinds { get; init; } = [];

    [Description("first image that may change its place, from 0"), Range(0, int.MaxValue)]
    public int PermutedFrom { get; init; }

    [Description("how the probability of a permutation falls over the run")]
    public PermutationDecay PermutationDecay { get; init; }

    [Description("c of the decays exp and pow"), Range(0d, 1d, MinimumIsExclusive = true)]
    public double PermutationCoefficient { get; init; } = 0.5;

    [Description("share of the steps over which the probability of a permutation rises"), Range(0d, 1d)]
    public double PermutationWarmup { get; init; } = 0.1;

    /// <inheritdoc/>
    public IEnumerable<OptionRule> Rules() =>
    [
        new(nameof(PermutedKinds), PermutedCopies == 0 || PermutedKinds.Length > 0,
            "must name the kinds whose answers stay right where PermutedCopies is above 0", "compare"),
        new(nameof(PermutedCopies), PermutedCopies == 0 || PrivilegedContext is null, "must be 0 with PrivilegedContext", 0),
    ];

    /// <summary>What does not go with how groups are filled and compared.</summary>
    /// <param name="grpo">How they are.</param>
    public IEnumerable<UsageException> Conflicts(GrpoOptions grpo)
    {
        if (grpo.ZeroVariance == ZeroVariance.Refill && (LabelRollout || PrivilegedContext is not null || PermutedCopies > 0))
            yield return new UsageException(
                "groups that are sampled in place of others are of plain rollouts, without labels, context or copies",
                "--zero-variance refill", "--zero-variance drop");
        if (LabelRollout && AdvantageEstimator.Table.Contains(grpo.Advantage.Estimator)
            && AdvantageEstimator.Table[grpo.Advantage.Estimator].NeedsGreedy)
            yield return new UsageException("a label is compared with its group, and this estimator compares with a greedy answer",
                $"--advantage-estimator {grpo.Advantage.Estimator}", "leave out --label-rollout");
    }

    /// <summary>Refuses labels for a policy that acts by codes.</summary>
    /// <param name="codes">The policy acts by codes.</param>
    /// <exception cref="UsageException">A label would be a rollout of codes.</exception>
    public void Require(bool codes)
    {
        if (codes && LabelRollout)
            throw new UsageException("a label is written in tokens, and this folder acts by codes",
                "--label-rollout", "leave out --label-rollout");
    }

    /// <summary>The privileged text; null where there is none.</summary>
    /// <exception cref="UsageException">The file cannot be read, or is empty.</exception>
    public string? Context()
    {
        if (PrivilegedContext is not { } file)
            return null;
        try
        {
            string text = File.ReadAllText(file).Trim();
            return text.Length > 0 ? text :
                throw new UsageException("the privileged text is empty", file, "a file with the text that half of the rollouts see");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the privileged text cannot be read: {error.Message}",
                $"--privileged-context {file}", "a file with the text");
        }
    }
}
