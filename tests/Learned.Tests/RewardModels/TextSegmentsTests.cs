using Vlm.Rewards.Learned;

namespace Learned.Tests.RewardModels;

/// <summary>Where segments of answers end.</summary>
public class TextSegmentsTests
{
    [Theory]
    [InlineData("A red ball, a dog and a cat. It sleeps!", "A red ball,| a dog| and a cat.| It sleeps!")]
    [InlineData("It costs 1,000.50 dollars; that is all", "It costs 1,000.50 dollars;| that is all")]
    [InlineData("一个红球，一只狗。", "一个红球，|一只狗。")]
    [InlineData("one line\nanother", "one line\n|another")]
    [InlineData("Wait ... what?", "Wait ...| what?")]
    [InlineData("sand and land  ", "sand| and land")]
    [InlineData("", "")]
    [InlineData(" . ! ", "")]
    public void Sentences_clauses_and_items_of_a_list(string text, string expected)
    {
        int[] ends = TextSegments.Ends(text);
        int start = 0;
        string[] parts = [.. ends.Select(end => text[start..(start = end)])];

        Assert.Equal(expected, string.Join('|', parts));
    }
}
