namespace Vlm.Rewards.Tests;

/// <summary>
/// Answers as people and models of many vendors write them (answers.jsonl): each earns what whoever reads it would give. Groups whose
/// name ends in "hack" are wrong, or guesses, or say nothing.
/// </summary>
public class AnswerCaseTests
{
    private static readonly IReadOnlyList<AnswerCase> s_cases =
        AnswerCase.ReadAll(Path.Combine(AppContext.BaseDirectory, "answers.jsonl"));

    public static TheoryData<string> Groups => [.. s_cases.Select(item => item.Group).Distinct()];

    [Theory]
    [MemberData(nameof(Groups))]
    public void Answers_earn_what_their_reader_would_give(string group) => Assert.Equal([], s_cases
        .Where(item => item.Group == group && Math.Abs(item.Score.Value - item.Want) > 2e-3)
        .Select(item => $"{item.Id}: {item.Score}, not {item.Want}, for {item.Completion}"));

    [Fact]
    public void A_file_of_answers_has_right_ones_and_tricks()
    {
        Assert.InRange(s_cases.Count(item => item.Want == 1), 600, s_cases.Count);
        Assert.InRange(s_cases.Count(item => item.Want == 0), 400, s_cases.Count);
        Assert.Equal(s_cases.Count, s_cases.Select(item => item.Id).Distinct().Count());
    }
}
