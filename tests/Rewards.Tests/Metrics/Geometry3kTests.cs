namespace Vlm.Rewards.Tests;

/// <summary>Geometry3K's letters, in the order in which its reader looks for them.</summary>
public class Geometry3kTests
{
    private static readonly string[] s_options = ["12", "15 sqrt(3)", "18", "x plus 21"];

    [Theory]
    [InlineData("B", 'B')]
    [InlineData(" (c) ", 'C')]
    [InlineData("Answer: (d)", 'D')]
    [InlineData("A or B. So the answer = c, which is not D.", 'C')]          // announced before marked
    [InlineData("A) is too small, and D. fits", 'D')]                       // the last that a mark follows
    [InlineData("It must be c or perhaps B", 'B')]                          // a word, the last
    [InlineData("The side is a half", 'A')]                                 // the article is a letter too
    [InlineData("It is 15 SQRT(3) long", 'B')]                              // the text of an option, in any case
    [InlineData("E", null)]
    [InlineData("", null)]
    public void The_last_letter_of_the_surest_form_is_chosen(string answer, char? letter)
    {
        Assert.Equal(letter, Geometry3kChoice.Read(answer, s_options).Letter);
        Assert.Equal(letter, Geometry3kChoice.Read(answer, s_options, ScoringMode.LmmsEval).Letter);
        Assert.Equal(letter is null, Geometry3kChoice.Score(answer, 'A', s_options).IsUnparsed());
    }

    [Fact]
    public void VLMEvalKit_reads_it_as_MMBench() =>
        Assert.Equal(MmBenchChoice.Read("A) is too small, and D. fits", s_options).Letter,
            Geometry3kChoice.Read("A) is too small, and D. fits", s_options, ScoringMode.VlmEvalKit).Letter);
}
