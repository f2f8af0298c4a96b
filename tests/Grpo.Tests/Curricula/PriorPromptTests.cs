using System.Diagnostics;
using Vlm.Rewards;

namespace Vlm.Grpo.Tests.Curricula;

public class PriorPromptTests
{
    private static readonly Example s_example = new("e1", "vqa", [], [Message.User("2 + 2?")], new Truth.Word("four"), "four");

    [Theory]
    [InlineData("<plan>add</plan> <answer>four</answer>\n", 1)]
    [InlineData("<plan>add</plan><plan>more</plan><answer>four</answer>", 0)]
    [InlineData("<plan>add</plan><answer>four</answer><answer>five</answer>", 0)]
    [InlineData("<plan>add</plan></plan><answer>four</answer>", 0)]
    [InlineData("<plan>add</plan><answer>four</answer></answer>", 0)]
    [InlineData("<plan><plan>add</plan><answer>four</answer>", 0)]
    [InlineData("<answer>four</answer><plan>add</plan>", 0)]
    [InlineData("<plan>add<answer>four</answer></plan>", 0)]
    [InlineData("</plan>add<plan><answer>four</answer>", 0)]
    [InlineData("<answer>four</answer>", 0)]
    [InlineData("<plan>add</plan>", 0)]
    [InlineData("<plan> </plan><answer>four</answer>", 0)]
    [InlineData("<plan>add</plan> so <answer>four</answer>", 0)]
    [InlineData("<plan>add</plan><answer>four</answer> I think", 0)]
    [InlineData("<think>add</think><answer>four</answer>", 0)]
    public void Exactly_one_pair_of_the_right_tags_and_then_an_answer(string completion, double score) =>
        Assert.Equal(score, PriorPrompt.Table["plan"].Score(completion).Value);

    // Half for the answer and half for the form; the answer is read from its tags whatever the form.
    [Theory]
    [InlineData("think", "<think>2 + 2</think><answer>four</answer>", 1)]
    [InlineData("plan", "<think>2 + 2</think><answer>four</answer>", 0.5)]
    [InlineData("plan", "<plan>add</plan><answer>five</answer>", 0.5)]
    [InlineData("code", "<code>print(4)</code><answer>four</answer>", 1)]
    [InlineData("knowledge", "four", 0.5)]
    [InlineData("none", "four", 1)]
    [InlineData("none", "<plan>add</plan><answer>five</answer>", 0)]
    public void Half_is_for_the_answer_and_half_for_the_form(string name, string completion, double reward)
    {
        TotalScore score = PriorPrompt.Table[name].On(s_example).Score(completion);

        Assert.Equal(reward, score.Value, 1e-12);
        Assert.Equal(completion.Contains("four", StringComparison.Ordinal) ? 1 : 0, score.Accuracy!.Value.Value);
    }

    [Fact]
    public void The_instruction_stands_in_the_system_turn_and_the_question_stays()
    {
        Example asked = PriorPrompt.Table["examples"].On(s_example);

        Assert.Equal(["system", "user"], asked.Messages.Select(message => message.Role));
        Assert.Contains("<examples>", asked.Messages[0].Content[0].Text, StringComparison.Ordinal);
        Assert.Equal(s_example.Question, asked.Question);
        Assert.Same(s_example, PriorPrompt.Table[PriorPrompt.None].On(s_example));
        Example guided = s_example with { Messages = [new Message("system", [new Content("Be short.")]), .. s_example.Messages] };
        Assert.Equal(2, PriorPrompt.Table["plan"].On(guided).Messages.Count);
        Assert.Equal("Be short.", PriorPrompt.Table["plan"].On(guided).Messages[0].Content[0].Text);
    }

    // Examples of one reward are scored together.
    [Fact]
    public void Two_examples_have_the_same_rewards() =>
        Assert.Equal(PriorPrompt.Table["plan"].On(s_example).Rewards, PriorPrompt.Table["plan"].On(s_example with { Id = "e2" }).Rewards);

    [Fact]
    public void The_time_grows_with_the_length_alone()
    {
        foreach (string part in (string[])["<plan>", "</plan><plan>", "<answer>", "<plan>x</plan>"])
        {
            string text = string.Concat(Enumerable.Repeat(part, 1_000_000 / part.Length));
            var clock = Stopwatch.StartNew();
            Assert.Equal(0, PriorPrompt.Table["plan"].Score(text).Value);
            Assert.True(clock.Elapsed.TotalSeconds < 1, part);
        }
    }
}
