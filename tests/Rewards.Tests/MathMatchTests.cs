namespace Vlm.Rewards.Tests;

/// <summary>Answers compared as mathematics.</summary>
public class MathMatchTests
{
    // The same value in another form.
    [Theory]
    [InlineData("42", "The answer is \\boxed{42}")]
    [InlineData("\\frac{63}{400}", "\\boxed{63/400}")]
    [InlineData("63/400", "\\boxed{\\frac{63}{400}}")]
    [InlineData("\\frac{1}{2}", "<answer>0.5</answer>")]
    [InlineData("\\sqrt{4}", "2")]
    [InlineData("\\frac{1}{2}", "\\dfrac12")]
    [InlineData("1.5", "1\\frac{1}{2}")]
    [InlineData("3/2", "1 1/2")]
    [InlineData("-\\frac{1}{2}", "\\frac{-1}{2}")]
    [InlineData("\\frac{\\sqrt{3}}{2}", "\\sqrt{3}/2")]
    [InlineData("\\frac{\\sqrt{3}}{3}", "\\frac{1}{\\sqrt{3}}")]
    [InlineData("2\\sqrt{3}", "\\sqrt{12}")]
    [InlineData("2\\sqrt{3}", "√12")]
    [InlineData("\\sqrt{6}", "\\sqrt{2}\\cdot\\sqrt{3}")]
    [InlineData("\\sqrt{2}-1", "\\frac{1}{1+\\sqrt{2}}")]
    [InlineData("2", "\\sqrt[3]{8}")]
    [InlineData("2^{10}", "1{,}024")]
    [InlineData("1000000", "1,000,000")]
    [InlineData("1000000", "10^6")]
    [InlineData("0.00012", "1.2\\times 10^{-4}")]
    [InlineData("\\frac{\\pi}{4}", "0.25\\pi")]
    [InlineData("\\frac{2}{3}", "0.666667")]
    [InlineData("2x+1", "1 + 2x")]
    [InlineData("x^2+2x+1", "(x+1)^2")]
    [InlineData("x = 5", "5")]
    [InlineData("5", "x = 2 + 3 = 5")]
    [InlineData("y = 2x + 1", "y=1+2x")]
    [InlineData("5 \\text{ cm}", "5")]
    [InlineData("5\\text{ cm}", "5 centimeters")]
    [InlineData("5", "5 apples")]
    [InlineData("20 \\text{ cm}^2", "20 square centimeters")]
    [InlineData("90^\\circ", "90 degrees")]
    [InlineData("90", "90^{\\circ}")]
    [InlineData("50\\%", "0.5")]
    [InlineData("50\\%", "50")]
    [InlineData("0.5", "50\\%")]
    [InlineData("50", "50%")]
    [InlineData("\\frac{1}{3}", "33\\frac{1}{3}\\%")]
    [InlineData("(1, 2)", "\\left(1, \\frac{4}{2}\\right)")]
    [InlineData("\\{1, 2\\}", "\\{2, 1\\}")]
    [InlineData("1, 2", "2 and 1")]
    [InlineData("3, -3", "\\pm 3")]
    [InlineData("x = 1 or x = 2", "2, 1")]
    [InlineData("[0, 1)", "x \\in [0, 1)")]
    [InlineData("\\text{red}", "Red")]
    [InlineData("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}")]
    [InlineData("twenty-one", "21")]
    [InlineData("21", "twenty-one")]
    [InlineData("5m", "5 m")]
    [InlineData("1e3", "1000")]
    public void Equal_values_are_right(string truth, string completion) => Assert.Equal((truth, completion, 1), (truth, completion, Value(truth, completion)));

    [Theory]
    [InlineData("\\frac{63}{400}", "\\boxed{64/400}")]
    [InlineData("6", "\\boxed{3}")]
    [InlineData("\\frac{1}{3}", "0.333")]
    [InlineData("\\frac{1}{3}", "0.33")]
    [InlineData("\\frac{1}{3000000}", "0")]
    [InlineData("\\sqrt{2}", "1.414")]
    [InlineData("\\sqrt{2}", "\\sqrt{3}")]
    [InlineData("\\pi", "3.14")]
    [InlineData("2x+1", "2y+1")]
    [InlineData("2x+1", "2x-1")]
    [InlineData("x = 5", "y = 5")]
    [InlineData("5\\text{ cm}", "5 \\text{ m}")]
    [InlineData("20 \\text{ cm}^2", "20 cm")]
    [InlineData("5x", "5")]
    [InlineData("12\\%", "1200")]
    [InlineData("(1, 2)", "(2, 1)")]
    [InlineData("(1, 2)", "[1, 2]")]
    [InlineData("[0, 1)", "[0, 1]")]
    [InlineData("1, 2", "1, 2, 3")]
    [InlineData("1, 2", "1, 1")]
    [InlineData("3", "\\pm 3")]
    [InlineData("3", "3 or 4")]
    [InlineData("3", "\\boxed{3} or rather \\boxed{4}")]
    [InlineData("red", "der")]
    [InlineData("\\log x - 1", "\\log x + 1")]
    [InlineData("1000", "1,00,0")]
    [InlineData("5", "2 3")]
    [InlineData("0", "")]
    [InlineData("0", "\\boxed{}")]
    [InlineData("0", "NaN")]
    [InlineData("1", "\\frac{0}{0}")]
    [InlineData("0", "\\frac{1}{1e999}")]
    [InlineData("1", "9^{9^{9^{9}}}")]
    [InlineData("2", "2^{99999999999}")]
    [InlineData("2", "2^99999999999")]
    [InlineData("5", "<think>5</think>")]
    [InlineData("5", "5 <think>")]
    public void Others_are_wrong(string truth, string completion) => Assert.Equal((truth, completion, 0), (truth, completion, Value(truth, completion)));

    // The answers of ms-swift's test_rewards.py. Where it differs: it takes the first of two answer tags, and no box that is cut off.
    [Theory]
    [InlineData("\\boxed{42}", "The answer is \\boxed{42}", 1)]
    [InlineData("\\boxed{100}", "After careful calculation, the final answer is \\boxed{100}", 1)]
    [InlineData("\\boxed{8}", "Step 3: z = x + y = 8\n\nFinal answer: \\boxed{8}", 1)]
    [InlineData("\\boxed{100}", "The answer is \\boxed{42}", 0)]
    [InlineData("\\boxed{84}", "<answer>84</answer>", 1)]
    [InlineData("\\boxed{100}", "<answer>\\boxed{100}</answer>", 1)]
    [InlineData("\\boxed{54}", "Step 3: Sum = 30\n\n<answer>54</answer>", 1)]
    [InlineData("\\boxed{\\frac{1}{2}}", "<answer>\\frac{1}{2}</answer>", 1)]
    [InlineData("<answer>\\boxed{84}</answer>", "<answer>84</answer>", 1)]
    [InlineData("\\boxed{100}", "<answer>42</answer>", 0)]
    [InlineData("\\boxed{84}", "<answer>  84  </answer>", 1)]
    [InlineData("\\boxed{\\frac{1}{2}}", "<answer>0.5</answer>", 1)]
    [InlineData("\\boxed{\\sqrt{4}}", "<answer>2</answer>", 1)]
    [InlineData("\n\n\\[\n\\boxed{84}\n\\]", "<answer>84</answer>", 1)]
    [InlineData("Therefore, the value of \\(a^2 - a + 2\\) is \\(\\boxed{3}\\).", "<answer>3</answer>", 1)]
    [InlineData("\\[\\boxed{100}\\]", "<answer>100</answer>", 1)]
    [InlineData("\\[\\boxed{x = 42}\\]", "<answer>\\(x = 42\\)</answer>", 1)]
    [InlineData("\\boxed{42}", "<answer>42</answer> Some text <answer>100</answer>", 0)]
    [InlineData("\\boxed{42}", "\\boxed{42", 1)]
    public void Answers_of_a_peers_tests(string solution, string completion, double value)
    {
        Truth truth = TruthKind.Expression.Read(new() { Text = solution, Where = "row 1" });

        Assert.Equal(value, truth.Kind.Score.Compute(completion, truth).Value);
    }

    [Fact]
    public void A_truth_is_not_empty()
    {
        Assert.Equal("the true answer is empty", Assert.Throws<UsageException>(() => TruthKind.Expression.Read(new() { Text = " ", Where = "row 1" })).Message);
        Assert.Equal("math", new Truth.Expression("1").Kind.Name);
        Assert.Equal(new Truth.Expression("\\pi"), TruthKind.Expression.Read(TruthKind.Expression.Write(new Truth.Expression("\\pi"))));
    }

    // 1 / (a + b sqrt r) and roots against floating point, over many small numbers.
    [Fact]
    public void Sums_of_roots_are_what_floating_point_says()
    {
        int seen = 0;
        for (int a = -4; a <= 4; a++)
            for (int b = -3; b <= 3; b++)
                for (int r = 2; r <= 50; r++)
                {
                    double below = a + (b * Math.Sqrt(r));
                    MathSum? sum = MathParser.Read($"\\frac{{1}}{{{a}+{b}\\sqrt{{{r}}}}}");
                    if (Math.Abs(below) < 1e-9)
                    {
                        Assert.Null(sum);
                        continue;
                    }

                    Assert.Equal(1 / below, sum!.ToDouble(), 1e-9 * Math.Max(1, Math.Abs(1 / below)));
                    Assert.True(sum.Times(MathParser.Read($"{a}+{b}\\sqrt{{{r}}}")!)!.Is(MathParser.Read("1")!));
                    seen++;
                }

        Assert.InRange(seen, 2500, 3100);
    }

    private static double Value(string truth, string completion) =>
        Reward.Table["math_match"].Compute(completion, new Truth.Expression(truth)).Value;
}
