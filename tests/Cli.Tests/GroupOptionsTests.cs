using Recipes.Cli;
using Vlm;
using Vlm.Grpo;

namespace Cli.Tests;

public class GroupOptionsTests
{
    private static readonly GrpoOptions s_refill = new() { ZeroVariance = ZeroVariance.Refill };

    public static TheoryData<GroupOptions, GrpoOptions, string> Wrong { get; } = new()
    {
        { new() { LabelRollout = true }, s_refill, "groups that are sampled in place of others" },
        { new() { PrivilegedContext = "policy.md" }, s_refill, "groups that are sampled in place of others" },
        { new() { PermutedCopies = 1, PermutedKinds = ["compare"] }, s_refill, "groups that are sampled in place of others" },
        { new() { LabelRollout = true }, new() { AdvantageEstimator = AdvantageEstimator.Remax }, "a label is compared with its group" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_does_not_go_with_how_groups_are_filled_and_compared_is_told(GroupOptions groups, GrpoOptions grpo, string problem) =>
        Assert.StartsWith(problem, Assert.Single(groups.Conflicts(grpo)).Message, StringComparison.Ordinal);

    [Fact]
    public void What_goes_together_is_not_told()
    {
        Assert.Empty(new GroupOptions().Conflicts(s_refill));
        Assert.Empty(new GroupOptions { LabelRollout = true }.Conflicts(s_refill with { ZeroVariance = ZeroVariance.Drop }));
        Assert.Empty(new GroupOptions().Conflicts(new() { AdvantageEstimator = AdvantageEstimator.Remax }));
        Assert.Equal("PermutedCopies", Assert.Throws<OptionException>(() => OptionsCheck.Validate(
            new GroupOptions { PermutedCopies = 1, PermutedKinds = ["compare"], PrivilegedContext = "policy.md" })).Property);
    }
}
