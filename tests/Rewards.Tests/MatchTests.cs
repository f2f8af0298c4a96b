using System.Text;
using System.Text.Json;

namespace Vlm.Rewards.Tests;

public class MatchTests
{
    private static readonly string[] Options = ["cat", "black cat", "3", "a dog"];

    [Theory]
    [InlineData("red", 1, "same text")]
    [InlineData(" red\n", 1, "same text")]
    [InlineData("Red", 0, "'Red' is not the answer")]
    [InlineData("", 0, "the answer is empty")]
    public void Exact_text(string completion, double value, string reason) =>
        Assert.Equal(new Score(value, reason), ExactMatch.Score(completion, "red"));

    [Theory]
    [InlineData("The red ball.", 1)]
    [InlineData("<answer>red ball</answer>", 1)]
    [InlineData("it rolls, so the answer is: Red Ball", 1)]
    [InlineData("red", 0)]
    [InlineData("red ball blue ball green ball", 0)]
    [InlineData("the", 0)]
    [InlineData("...", 0)]
    [InlineData("", 0)]
    [InlineData("<answer> </answer>", 0)]
    public void Normalised_text(string completion, double value) =>
        Assert.Equal(value, NormalizedMatch.Score(completion, "a red ball").Value);

    [Theory]
    [InlineData("a", "a", 1)]
    [InlineData("the", "a", 0)]
    [InlineData("ten", "10", 1)]
    public void A_truth_of_one_small_word_is_compared_as_it_stands(string completion, string truth, double value) =>
        Assert.Equal(value, NormalizedMatch.Score(completion, truth).Value);

    [Theory]
    [InlineData("5", 1, "same number")]
    [InlineData("five", 1, "same number")]
    [InlineData("There are FIVE: 5.", 1, "same number")]
    [InlineData("5.0", 1, "same number")]
    [InlineData("2 red and 3 blue, so the answer is 5", 1, "same number")]
    [InlineData("6", 0, "6 is not the number")]
    [InlineData("-5", 0, "-5 is not the number")]
    [InlineData("−5", 0, "-5 is not the number")]
    [InlineData("1,005", 0, "1005 is not the number")]
    [InlineData("500%", 1, "same number")]
    [InlineData("5%", 1, "same number")]
    [InlineData("50%", 0, "50% is not the number")]
    [InlineData("4,5", 0, "4.5 is not the number")]
    [InlineData("4 or 5", 0, "several different numbers")]
    [InlineData("1 2 3 4 5 6", 0, "several different numbers")]
    [InlineData("5.5.5", 0, "several different numbers")]
    [InlineData("4-5", 0, "several different numbers")]
    [InlineData("1e999", 0, "a number too large to hold")]
    [InlineData("NaN", 0, "no number")]
    [InlineData("infinity", 0, "no number")]
    [InlineData("٥", 1, "same number")]
    [InlineData("4٥", 0, "4 is not the number")]
    [InlineData("fiver", 0, "no number")]
    [InlineData("B5", 0, "no number")]
    [InlineData("none", 0, "0 is not the number")]
    [InlineData("", 0, "the answer is empty")]
    public void Numbers(string completion, double value, string reason) =>
        Assert.Equal(new Score(value, reason), NumberMatch.Score(completion, 5));

    // 0.25 apart is within, 0.26 is not; a share of 5 % of 40 is 2.
    [Fact]
    public void Tolerances_include_their_ends()
    {
        Assert.Equal(1, NumberMatch.Score("5.25", 5, tolerance: 0.25).Value);
        Assert.Equal(0, NumberMatch.Score("5.26", 5, tolerance: 0.25).Value);
        Assert.Equal(1, RelaxedAccuracy.Score("42", 40).Value);
        Assert.Equal(0, RelaxedAccuracy.Score("42.1", 40).Value);
    }

    [Theory]
    [InlineData("yes", 1)]
    [InlineData("Yes.", 1)]
    [InlineData("<answer>YES</answer>", 1)]
    [InlineData("no", 0)]
    [InlineData("yes no", 0)]
    [InlineData("Yes, there is no dog", 0)]
    [InlineData("maybe", 0)]
    [InlineData("yesterday", 0)]
    [InlineData("", 0)]
    public void Yes_and_no(string completion, double value)
    {
        Assert.Equal(value, YesNo.Score(completion, true).Value);
        string other = completion.Replace("yes", "true", StringComparison.OrdinalIgnoreCase).Replace("no", "false");
        Assert.Equal(value, TrueFalse.Score(other, true).Value);
    }

    [Fact]
    public void Denying_is_right_where_the_truth_is_no()
    {
        Assert.Equal(1, YesNo.Score("No, it is red.", false).Value);
        Assert.Equal(0, YesNo.Score("Yes", false).Value);
        Assert.Equal(1, TrueFalse.Score("false", false).Value);
        Assert.Equal(0, TrueFalse.Score("not true", true).Value);
    }

    [Theory]
    [InlineData("B", 1)]
    [InlineData("b", 1)]
    [InlineData("(B)", 1)]
    [InlineData("B. black cat", 1)]
    [InlineData("It is a black cat", 1)]
    [InlineData("a cat", 0)]
    [InlineData("B. a dog", 0)]
    [InlineData("A B C D", 0)]
    [InlineData("A, B", 0)]
    [InlineData("A or B", 0)]
    [InlineData("not B", 0)]
    [InlineData("cat, black cat, 3, dog", 0)]
    [InlineData("E", 0)]
    [InlineData("BB", 0)]
    [InlineData("", 0)]
    public void Choices(string completion, double value) =>
        Assert.Equal(value, ChoiceMatch.Score(completion, 'B', Options).Value);

    // The true option is B of cat, dog, bird, fish.
    [Theory]
    [InlineData("B. It is a dog, not a cat.", 1)]
    [InlineData("B) because the cat is away and A is wrong", 1)]
    [InlineData("(B) because it is no bird", 1)]
    [InlineData("B, as C and D do not fit", 1)]
    [InlineData("B - a cat would be smaller", 1)]
    [InlineData("B\n\nA cat is smaller.", 1)]
    [InlineData("Option B", 1)]
    [InlineData("option b", 1)]
    [InlineData("Option B is right, option A is not", 1)]
    [InlineData("b. dog", 1)]
    [InlineData("The answer is B. A and C are wrong.", 1)]
    [InlineData("The correct option is B", 1)]
    [InlineData("**B** because a cat is smaller", 1)]
    [InlineData("Not a cat. It's a dog.", 1)]
    [InlineData("It isn't a cat but a dog", 1)]
    [InlineData("a dog rather than a cat", 1)]
    [InlineData("a dog instead of a cat", 1)]
    [InlineData("not A, B", 1)]
    [InlineData("B. A is too small", 1)]
    [InlineData("答案是B。因为A不对", 1)]
    [InlineData("A和C都不对。答案：Ｂ", 1)]
    [InlineData("选项B。A是猫", 1)]
    [InlineData("故选B", 1)]
    [InlineData("\\boxed{\\text{(B)}}", 1)]
    [InlineData("{\"answer\": \"B\"}", 1)]
    [InlineData("B. cat", 0)]
    [InlineData("A. cat\nB. dog\nC. bird\nD. fish", 0)]
    [InlineData("B. dog A. cat", 0)]
    [InlineData("A) cat B) dog", 0)]
    [InlineData("B or C", 0)]
    [InlineData("B/C", 0)]
    [InlineData("B) C)", 0)]
    [InlineData("B is wrong", 0)]
    [InlineData("(B) is not it, (A)", 0)]
    [InlineData("B不对", 0)]
    [InlineData("It's not a dog", 0)]
    [InlineData("It isn't B", 0)]
    [InlineData("\\boxed{B} \\boxed{A}", 0)]
    [InlineData("<think>B</think>", 0)]
    public void A_leading_letter_wins_over_its_reason_and_nothing_denied_is_chosen(string completion, double value) =>
        Assert.Equal(value, ChoiceMatch.Score(completion, 'B', ["cat", "dog", "bird", "fish"]).Value);

    [Theory]
    [InlineData("A dog is there", 0)]
    [InlineData("(B) is wrong, so (A)", 0)]
    [InlineData("A is wrong, so B", 0)]
    public void A_letter_that_is_called_wrong_or_is_the_article_leads_nothing(string completion, double value) =>
        Assert.Equal(value, ChoiceMatch.Score(completion, 'A', ["cat", "dog", "bird", "fish"]).Value);

    [Fact]
    public void Options_may_bring_their_letters_and_be_Chinese()
    {
        Assert.Equal(1, ChoiceMatch.Score("a dog", 'B', ["A. cat", "B. dog"]).Value);
        Assert.Equal(1, ChoiceMatch.Score("B. dog", 'B', ["(A) cat", "(B) dog"]).Value);
        Assert.Equal(1, ChoiceMatch.Score("答案是红色。", 'B', ["蓝色", "红色"]).Value);
        Assert.Equal(1, ChoiceMatch.Score("不是蓝色，是红色。", 'B', ["蓝色", "红色"]).Value);
        Assert.Equal(0, ChoiceMatch.Score("红色或蓝色", 'B', ["蓝色", "红色"]).Value);
    }

    [Theory]
    [InlineData("yes", "是的", 1)]
    [InlineData("yes", "对。", 1)]
    [InlineData("no", "不是", 1)]
    [InlineData("no", "没有", 1)]
    [InlineData("no", "答案：否", 1)]
    [InlineData("yes", "不是", 0)]
    [InlineData("yes", "Yes, there is not only one but two.", 1)]
    [InlineData("no", "There isn't a dog in the image.", 1)]
    [InlineData("no", "There isn’t any.", 1)]
    [InlineData("no", "You cannot see one.", 1)]
    [InlineData("yes", "The answer is yes. It is not hidden.", 1)]
    [InlineData("yes", "**Yes**", 1)]
    [InlineData("yes", "\\boxed{\\text{Yes}}", 1)]
    [InlineData("yes", "Yes. No.", 0)]
    [InlineData("no", "Yes. No.", 0)]
    [InlineData("yes", "know, nothing, note", 0)]
    [InlineData("true", "True", 1)]
    [InlineData("false", "错误", 1)]
    [InlineData("true", "正确", 1)]
    [InlineData("true", "True, there is no dog", 1)]
    public void Sides_are_taken_in_words(string truth, string completion, double value) =>
        Assert.Equal(value, WordMatch.Score(completion, truth).Value);

    [Theory]
    [InlineData("red", "**red**", 1)]
    [InlineData("red", "$\\text{red}$", 1)]
    [InlineData("red", "ｒｅｄ", 1)]
    [InlineData("red", "“red”", 1)]
    [InlineData("red", "The answer is red. The ball is blue.", 1)]
    [InlineData("红色", "答案是红色。因为球是红的。", 1)]
    [InlineData("caf\u00e9", "cafe\u0301", 1)]
    [InlineData("3", "3.0", 1)]
    [InlineData("1000", "1,000", 1)]
    [InlineData("007", "7", 0)]
    [InlineData("red", "not red", 0)]
    [InlineData("red", "red, blue", 0)]
    [InlineData("A*", "A*", 1)]
    [InlineData("2*3", "2*3", 1)]
    public void Words_are_the_same_however_they_are_set(string truth, string completion, double value) =>
        Assert.Equal(value, WordMatch.Score(completion, truth).Value);

    [Theory]
    [InlineData("<answer>x</answer>", 1)]
    [InlineData("<Answer>x</ANSWER>", 1)]
    [InlineData("<think><answer>y</answer></think><answer>x</answer>", 1)]
    [InlineData("<answer>x</answer><think>y</think>", 0)]
    [InlineData("so\n<answer>x</answer>\n", 1)]
    [InlineData("<answer>x</answer> y", 0)]
    [InlineData("<answer></answer>", 0)]
    [InlineData("<answer>x</answer><answer>x</answer>", 0)]
    [InlineData("x", 0)]
    public void Answer_tags(string completion, double value) =>
        Assert.Equal(value, AnswerTags.Score(completion).Value);

    [Theory]
    [InlineData("{\"box\": [1, 2, 3, 4]}", 1)]
    [InlineData("<answer>{\"bbox_2d\":[1,2.5,3,4]}</answer>", 1)]
    [InlineData("```json\n{\"box\": [1, 2, 3, 4]}\n```", 1)]
    [InlineData("[{\"bbox_2d\": [1, 2, 3, 4.0000000000000001], \"label\": \"cat\"}]", 1)]
    [InlineData("{\"bbox\": [1e-05, 2, 3, 4]}", 1)]
    [InlineData("{\"box\": [1, 2, 3, 4], \"bbox\": [1, 2, 3, 4]}", 0)]
    [InlineData("[{\"box\": [1, 2, 3, 4]}, {\"box\": [1, 2, 3, 4]}]", 0)]
    [InlineData("{\"box\": [1, 2, 3, \"4\"]}", 0)]
    [InlineData("{\"\\ud83d\": [1, 2, 3, 4]}", 0)]
    [InlineData("```json\n{\"box\": [1, 2, 3, 4]}", 0)]
    [InlineData("{\"box\": [1, 2, 3, 4]} there", 0)]
    [InlineData("{\"box\": [1, 2, 3]}", 0)]
    [InlineData("[1, 2, 3, 4]", 0)]
    [InlineData("", 0)]
    public void Boxes_as_JSON(string completion, double value) =>
        Assert.Equal(value, BoxJson.Score(completion).Value);

    [Fact]
    public void Boxes_are_JSON_exactly_where_a_JSON_parser_says_so()
    {
        var random = new Random(5);
        const string signs = "{}[]\",:\\ -+.eE0127xbu\n\t\u0001\u00e9";
        int right = 0;
        for (int round = 0; round < 20_000; round++)
        {
            var text = new StringBuilder(s_boxes[round % s_boxes.Length]);
            for (int i = random.Next(3); i > 0; i--)
                if (random.Next(2) == 0)
                    text[random.Next(text.Length)] = signs[random.Next(signs.Length)];
                else
                    text.Insert(random.Next(text.Length + 1), signs[random.Next(signs.Length)]);
            bool expected = IsOneBox(text.ToString().Trim());
            right += expected ? 1 : 0;
            Assert.True(expected == (BoxJson.Score(Whole.Read(text.ToString())).Value == 1), text.ToString());
        }

        Assert.InRange(right, 5000, 15_000);
    }

    private static readonly string[] s_boxes =
    [
        """{"box": [1, 2, 30, 40]}""", """[{"bbox_2d":[1,-2.5,3e1,4], "label": "a \"cat\" \u00e9"}]""",
        """{"label": "", "bbox" : [ 0, 0.5, 1E+2, 10 ] }""",
    ];

    private static AnswerFormat Whole => AnswerFormat.Table["whole"];

    private static bool IsOneBox(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            JsonElement root = json.RootElement;
            if (root.ValueKind == JsonValueKind.Array && root.GetArrayLength() == 1)
                root = root[0];
            return root.ValueKind == JsonValueKind.Object
                && root.EnumerateObject().Count(key => key.Name is "box" or "bbox" or "bbox_2d") == 1
                && root.EnumerateObject().All(key => key.Name == "label"
                    ? key.Value.ValueKind == JsonValueKind.String
                    : key.Name is "box" or "bbox" or "bbox_2d" && key.Value.ValueKind == JsonValueKind.Array
                        && key.Value.GetArrayLength() == 4
                        && key.Value.EnumerateArray().All(number => number.ValueKind == JsonValueKind.Number));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    [Fact]
    public void Broken_truths_throw()
    {
        Assert.Throws<ArgumentException>(() => ExactMatch.Score("x", " "));
        Assert.Throws<ArgumentException>(() => NormalizedMatch.Score("x", ""));
        Assert.Throws<ArgumentException>(() => NumberMatch.Score("1", double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => NumberMatch.Score("1", 1, tolerance: -1));
        Assert.Throws<ArgumentException>(() => ChoiceMatch.Score("A", 'E', Options));
        Assert.Throws<ArgumentException>(() => ChoiceMatch.Score("A", 'A', ["one"]));
        Assert.Throws<ArgumentException>(() => ChoiceMatch.Score("A", 'A', ["one", "One"]));
        Assert.Throws<ArgumentException>(() => WordMatch.Score("x", null!));
    }
}
