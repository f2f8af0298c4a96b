namespace Vlm.Rewards.Tests;

public class AnswerFormatTests
{
    public static TheoryData<string> Names => [.. AnswerFormat.Table.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_row_names_its_source_and_reads_its_example(string name)
    {
        AnswerFormat format = AnswerFormat.Table[name];

        Assert.NotEmpty(format.Source);
        Assert.Equal(format.Example.Answer, format.Read(format.Example.Completion).Text);
        Assert.Null(format.Read("").Text);
        Assert.NotEmpty(format.Read("").Problem);
    }

    [Theory]
    [InlineData("7", "7")]
    [InlineData("so <ANSWER> 7 </ANSWER>", "7")]
    [InlineData("<think>3 + 4</think>7", "7")]
    [InlineData("3 + 4</think>7", "7")]
    [InlineData("I write </think> when done. 3 + 4</THINK>\n7", "7")]
    [InlineData("<thinking><answer>8</answer></thinking><answer>7</answer>", "7")]
    [InlineData("<reasoning>\n8\n</reasoning>\n<answer>\n7\n</answer>", "7")]
    [InlineData("◁think▷8◁/think▷7", "7")]
    [InlineData("\\boxed{8} no, \\boxed{7}", "7")]
    [InlineData("\\boxed{\\frac{1}{2}} is it", "\\frac{1}{2}")]
    [InlineData("\\boxed{\\sqrt{2}}", "\\sqrt{2}")]
    [InlineData("\\boxed {7}", "7")]
    [InlineData("\\boxed 7.", "7.")]
    [InlineData("$\\boxed{7}$", "7")]
    [InlineData("\\fbox{7}", "7")]
    [InlineData("\\boxed{\\{1, 2\\}}", "\\{1, 2\\}")]
    [InlineData("<answer><|begin_of_box|>7<|end_of_box|></answer>", "7")]
    [InlineData("3 + 4\n#### 7\n", "7")]
    [InlineData("#### Steps\nThe answer is 7", "7")]
    [InlineData("#### Answer\n7", "7")]
    [InlineData("{\"thought\": \"the answer: 8\", \"answer\": \"7\"}", "7")]
    [InlineData("```json\n{\"final_answer\": 7}\n```", "7")]
    [InlineData("{'answer': [1, 2, {\"a\": \"]\"}], 'x': 1}", "[1, 2, {\"a\": \"]\"}]")]
    [InlineData("{\"answer\": \"a \\\"b\\\" \\u0041\"}", "a \"b\" A")]
    [InlineData("{\"answer\": \"\\boxed{7}\"}", "7")]
    [InlineData("The answer is: 7", "7")]
    [InlineData("the answer is 8? No, the answer is 7", "7")]
    [InlineData("**Answer:** 7", "7")]
    [InlineData("**Answer**: 7", "7")]
    [InlineData("__Answer__ = 7", "7")]
    [InlineData("### Final answer\n\n7", "7")]
    [InlineData("The answer to the question is 7", "7")]
    [InlineData("The correct option is 7", "7")]
    [InlineData("Answer - 7", "7")]
    [InlineData("答案：7", "7")]
    [InlineData("最终答案是：7", "7")]
    [InlineData("正确答案为7", "7")]
    [InlineData("故选7", "7")]
    [InlineData("La respuesta es 7", "7")]
    [InlineData("Réponse : 7", "7")]
    [InlineData("Die Antwort lautet: 7", "7")]
    [InlineData("Ответ: 7", "7")]
    [InlineData("答えは7", "7")]
    [InlineData("정답은 7", "7")]
    [InlineData("<answer>The answer is 7</answer>", "7")]
    [InlineData("Answering this isn't easy", "Answering this isn't easy")]
    public void An_answer_is_found_in_every_published_form(string completion, string answer) =>
        Assert.Equal(answer, AnswerFormat.Auto.Read(completion).Text);

    [Theory]
    [InlineData("<think>7", "the thinking does not end")]
    [InlineData("<think>a</think>7<think>", "the thinking does not end")]
    [InlineData("<Thinking>the answer is 7", "the thinking does not end")]
    [InlineData("<think><answer>7</answer>", "the thinking does not end")]
    [InlineData("<think>\\boxed{7}</think>", "the answer is empty")]
    [InlineData("<answer>7</answer><answer>7</answer>", "answer tags are repeated")]
    [InlineData("<think></think><answer>7</answer> <Answer>8</Answer>", "answer tags are repeated")]
    [InlineData("<answer>7", "answer tags are not a pair")]
    [InlineData("</answer>7<answer>", "answer tags are not a pair")]
    [InlineData("7 \\boxed{}", "the answer is empty")]
    [InlineData("{\"answer\": null}", "the answer is empty")]
    [InlineData("the answer is ", "the answer is empty")]
    public void What_is_no_answer_says_why(string completion, string problem)
    {
        Answer answer = AnswerFormat.Auto.Read(completion);

        Assert.Equal((null, problem), (answer.Text, answer.Problem));
    }

    [Theory]
    [InlineData("boxed", "The answer is 7", "no \\boxed{}")]
    [InlineData("tags", "\\boxed{7}", "no answer tags")]
    [InlineData("hash", "7", "no ####")]
    [InlineData("json", "answer: 7", "no JSON with an answer")]
    [InlineData("marker", "7", "no words such as \"the answer is\"")]
    [InlineData("last-number", "none of it", "no number")]
    public void A_convention_that_was_asked_for_is_the_only_one(string name, string completion, string problem)
    {
        if (name != "last-number")
            Assert.Equal(problem, AnswerFormat.Table[name].Read(completion).Problem);
        else
            Assert.Equal("none", AnswerFormat.Table[name].Read(completion).Text);
    }

    [Theory]
    [InlineData("whole", "the answer is 7", "the answer is 7")]
    [InlineData("last-number", "3 + 4 = 7 cats, 100% sure", "100%")]
    [InlineData("hash", "#### 7\nQuestion:", "7")]
    public void A_named_convention_reads_what_it_says(string name, string completion, string answer) =>
        Assert.Equal(answer, AnswerFormat.Table[name].Read(completion).Text);

    // 0.5 x 1 + 0.5 x 0: the number is right by its last number, and there are no answer tags.
    [Fact]
    public void A_set_of_rewards_reads_answers_by_the_convention_it_was_given()
    {
        RewardSet rewards = RewardSet.Parse("0.5 number_match + 0.5 answer_tags");
        var truth = new Truth.Number(7);

        Assert.Equal(0, rewards.Compute("3 and 4 make 7", truth).Value);
        Assert.Equal(0.5, rewards.WithAnswerFormat(AnswerFormat.Table["last-number"]).Compute("3 and 4 make 7", truth).Value);
        Assert.Equal(0, rewards.WithAnswerFormat(AnswerFormat.Table["boxed"]).Compute("7", truth).Value);
    }
}
