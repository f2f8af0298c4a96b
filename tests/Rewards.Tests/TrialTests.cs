using Vlm.Testing;

namespace Vlm.Rewards.Tests;

/// <summary>Answers that people reported as read wrongly (shared/trials/c-*): each earns what they expect.</summary>
public class TrialTests
{
    [SharedTheory]
    [InlineData("c-1", 8)]
    [InlineData("c-3", 8)]
    [InlineData("c-5", 3)]
    [InlineData("c-6", 2)]
    [InlineData("c-8", 3)]
    [InlineData("c-9", 5)]
    [InlineData("c-11", 2)]
    [InlineData("c-12", 6)]
    [InlineData("c-14", 8)]
    public void Reported_answers_earn_what_is_expected(string trial, int lines)
    {
        IReadOnlyList<AnswerCase> cases = AnswerCase.ReadAll(SharedFiles.PathOf("trials", trial, $"cases-{trial}.jsonl"));

        Assert.Equal(lines, cases.Count);
        Assert.All(cases, item => Assert.Equal(item.Want, item.Score.Value, tolerance: 1e-3));
    }
}
