namespace Vlm.Rewards.Tests;

/// <summary>Thinking and answers in their tags; names of classes.</summary>
public class FormTests
{
    private static readonly Truth.Word s_any = new("red");

    // The lists of TRL's test_rewards.py.
    [Theory]
    [InlineData("<think>This is my reasoning.</think>This is my answer.", 1)]
    [InlineData("<think>\nThis is my reasoning.\n</think>\nThis is my answer.", 1)]
    [InlineData("<think>\nThis is <some tag> my reasoning.</think>\nThis is my answer.", 1)]
    [InlineData("<think></think>\nThis is my answer.", 1)]
    [InlineData("<think>\nThis is my reasoning.\nThis is my answer.", 0)]
    [InlineData("This is my reasoning. This is my answer.", 0)]
    [InlineData("This is my reasoning.</think>\nThis is my answer.", 0)]
    [InlineData("This<think>is my reasoning.</think>\nThis is my answer.", 0)]
    [InlineData("<think>This is<think>my reasoning.</think></think>This is my answer.", 0)]
    [InlineData("<think>This is</think>\nmy\n<think>reasoning.</think>\nThis is my answer.", 0)]
    [InlineData("<think>This is my reasoning.</think>", 0)]
    [InlineData("<think>a</think></think>b", 0)]
    [InlineData("<think>a<think>b</think>c", 0)]
    [InlineData("", 0)]
    public void Thinking_comes_first_and_something_after_it(string completion, double value) =>
        Assert.Equal(value, Reward.Table["think_format"].Compute(completion, s_any).Value);

    [Theory]
    [InlineData("<think>a</think><answer>b</answer>", 1)]
    [InlineData("<think>a\nb</think>\n\n<answer>\nb\n</answer>", 1)]
    [InlineData("<think>a</think><answer>b</answer> c", 0)]
    [InlineData("<think>a</think> c <answer>b</answer>", 0)]
    [InlineData("<think>a</think><answer> </answer>", 0)]
    [InlineData("<think>a</think><answer>b</answer><answer>c</answer>", 0)]
    [InlineData("<think>a</think><answer></answer>", 0)]
    [InlineData("<answer>b</answer>", 0)]
    [InlineData("<think>a</think><answer>", 0)]
    [InlineData("", 0)]
    public void Thinking_then_an_answer_and_nothing_else(string completion, double value) =>
        Assert.Equal(value, Reward.Table["think_answer"].Compute(completion, s_any).Value);

    // An empty answer, a part of the name and a list of names are right in the published code, which looks for one text within the other.
    [Theory]
    [InlineData("<answer>Boeing 737</answer>", 1)]
    [InlineData("boeing_737", 1)]
    [InlineData("Boeing737.", 1)]
    [InlineData("**Boeing 737**", 1)]
    [InlineData("<answer></answer>", 0)]
    [InlineData("", 0)]
    [InlineData("<answer> </answer>", 0)]
    [InlineData("7", 0)]
    [InlineData("Boeing", 0)]
    [InlineData("Airbus A320, Boeing 737, Cessna", 0)]
    public void A_class_is_named_in_full_and_alone(string completion, double value) =>
        Assert.Equal(value, Reward.Table["class_match"].Compute(completion, new Truth.Word("Boeing_737")).Value);
}
