using Vlm;
using Vlm.Images;
using Vlm.Rewards.Learned.Rounds;

namespace Learned.Tests.Judges;

/// <summary>Rewards of judges that look again, and of agents' steps.</summary>
public class RoundTests
{
    // P6: dimensions [1,0,0], overall wrong: 0.5 x 0 + 0.5 x 1/3; then [1,0,1], overall right: 0.5 + 0.5 x 2/3.
    [Fact]
    public void Accuracy_and_its_gain_over_rounds()
    {
        double first = RoundRewards.Accuracy(new(false, [true, false, false])), second = RoundRewards.Accuracy(new(true, [true, false, true]));

        Assert.Equal((0.1667, 0.8333), (Math.Round(first, 4), Math.Round(second, 4)));
        Assert.Equal(0.6667 * 3, RoundRewards.Gain([first, second], k: 3), 1e-3);
        Assert.Equal(2 * (second - first), RoundRewards.Gain([first, 0.9, 0.1, second], k: 2), 1e-12);
        Assert.Equal(0, RoundRewards.Gain([first], k: 2));
        Assert.Throws<ArgumentException>(() => RoundRewards.Accuracy(new(true, [])));
        Assert.Throws<ArgumentOutOfRangeException>(() => RoundRewards.Accuracy(new(true, [true]), double.NaN));
    }

    // omega 0.5: of four one looked, R = 0.25: 0.25 for it; where three did there is nothing to add.
    [Fact]
    public void Looking_is_paid_while_few_do()
    {
        Assert.Equal([0, 0.25, 0, 0], RoundRewards.Exploration([false, true, false, false], 0.5));
        Assert.Equal([0, 0, 0, 0.0], RoundRewards.Exploration([true, true, true, false], 0.5));
        Assert.Empty(RoundRewards.Exploration([], 0.5));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0 4")]
    [InlineData(2, "0 2 3 4")]
    [InlineData(9, "0 1 2 3 4")]
    public void Old_results_lose_their_images_and_no_words(int last, string kept)
    {
        ImageSource[] images = [.. Enumerable.Range(0, 5).Select(i => (ImageSource)new RgbImage(1, 1, [(byte)i, 0, 0]))];
        Message[] messages = [Message.User("look", 1), Result("one", 1), Message.Assistant("more"), Result("two", 2), Result("three", 1)];

        (IReadOnlyList<Message> turns, IReadOnlyList<ImageSource> left) = ToolResultWindow.Apply(messages, images, last);

        Assert.Equal(kept, string.Join(' ', left.Select(image => Array.IndexOf(images, image))));
        Assert.Equal(["look", "one", "more", "two", "three"], turns.Select(turn => string.Concat(turn.Content.Select(part => part.Text))));
        Assert.Equal(left.Count, turns.Sum(turn => turn.Content.Count(part => part.IsImage)));
        Assert.Equal((8 + 2 * 4) * 10, ToolResultWindow.VisualTokens(8, 4, 2, 10));
        Assert.Throws<ArgumentException>(() => ToolResultWindow.Apply(messages, images[..4], last));

        static Message Result(string text, int count) => Message.User(text, count) with { Role = ToolResultWindow.ToolRole };
    }

    // P12: the F1 of {red, ball, left} and {red, ball} is 2 x 2 / 5; a form that is kept adds 1.
    [Theory]
    [InlineData("<think>hm</think><answer>red ball left</answer>", ToolStep.Answer, "red ball", 1.8)]
    [InlineData("<think>hm</think><code>crop()</code>", ToolStep.Code, "", 1.9)]
    [InlineData("<code> </code>", ToolStep.Code, "", 1)]
    [InlineData("<code>crop()</code>", ToolStep.Answer, "red ball", 1)]
    [InlineData("<problem>rotation90, blur</problem>", ToolStep.Problem, "blur,rotation90", 2)]
    [InlineData("<problem>rotation180,blur</problem>", ToolStep.Problem, "rotation90,blur", 1.5)]
    [InlineData("<problem>rotation180</problem>", ToolStep.Problem, "rotation90,blur", 1)]
    [InlineData("<problem>dark</problem>", ToolStep.Problem, "blur", 1)]
    [InlineData("<answer>red ball</answer><answer>red ball</answer>", ToolStep.Answer, "red ball", 0)]
    [InlineData("<answer>red ball</answer><code>x</code>", ToolStep.Answer, "red ball", 0)]
    [InlineData("<answer>red ball", ToolStep.Answer, "red ball", 0)]
    [InlineData("<think><answer>red ball</answer></think>", ToolStep.Answer, "red ball", 1)]
    [InlineData("red ball", ToolStep.Answer, "red ball", 0)]
    public void A_step_is_paid_by_its_kind_and_its_form(string completion, ToolStep step, string truth, double reward) =>
        Assert.Equal(reward, ToolStepRewards.Reward(completion, step, truth).Value, 1e-12);
}
