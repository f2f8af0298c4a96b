namespace Vlm.Rewards.Tests.Metrics;

/// <summary>MathVista and MathVerse: what is asked, and what becomes of the reply. Expected values are those of the official Python code.</summary>
public sealed class JudgedRuleTests
{
    private static readonly string[] s_options = ["3/11", "8/11", "6/11", "3/5"];

    [Theory]
    [InlineData("integer", "14", "14", 1)]              // int() reads it: nobody is asked
    [InlineData("integer", " +1_4\n", "14", 1)]
    [InlineData("integer", "15", "14", 0)]
    [InlineData("float", "0.25", "0.2", 1)]             // round() to even
    [InlineData("float", "0.35", "0.3", 1)]             // below the tie in binary
    [InlineData("float", "1", "1.0", 1)]
    [InlineData("float", "1", "1", 0)]                  // compared as texts
    [InlineData("text", "8/11", "8/11", 1)]             // an option's own text
    public void What_the_rules_read_is_asked_of_nobody(string type, string said, string answer, double value)
    {
        MathVistaQuestion question = new("Q", type, 1, type == "text" ? s_options : [], answer);

        Assert.Equal(value, Assert.IsType<Ruling.Given>(MathVista.Rule(said, question)).Score.Value);
    }

    [Theory]
    [InlineData("integer", "14.9", "14", 1)]            // int(float())
    [InlineData("integer", "fourteen", "14", 0)]
    [InlineData("float", "0.649", "0.6", 1)]
    [InlineData("list", "[2007, 2008]", "[2007, 2008]", 1)]
    [InlineData("list", "[2007,2008]", "[2007, 2008]", 0)]
    [InlineData("text", "B", "8/11", 1)]
    [InlineData("text", "(b) that one", "8/11", 1)]
    [InlineData("text", "8/12", "8/11", 1)]             // fewest edits
    [InlineData("text", "C", "8/11", 0)]
    public void What_the_judge_takes_is_compared_as_the_scorer_does(string type, string taken, string answer, double value)
    {
        MathVistaQuestion question = new("Question: How many?", type, 1, type == "text" ? s_options : [], answer);
        var ask = Assert.IsType<Ruling.Ask>(MathVista.Rule("It must be that.", question));

        Assert.EndsWith("Extracted answer: B\n\nQuestion: How many?\n\nIt must be that.\n\nExtracted answer: ", ask.Prompt, StringComparison.Ordinal);
        Assert.StartsWith("Please read the following example. Then extract", ask.Prompt, StringComparison.Ordinal);
        Assert.Equal(value, Assert.IsType<Ruling.Given>(ask.Next(taken)).Score.Value);
    }

    [Fact]
    public void Nothing_is_unparsed_and_nobody_is_asked_about_it()
    {
        MathVistaQuestion question = new("Q", "text", 0, s_options, "3/5");

        Assert.True(Assert.IsType<Ruling.Given>(MathVista.Rule(" \n", question)).Score.IsUnparsed());
        Assert.True(Assert.IsType<Ruling.Given>(Assert.IsType<Ruling.Ask>(MathVista.Rule("?", question)).Next(" ")).Score.IsUnparsed());
        Assert.True(MathVista.Rule("?", question).ByRulesAlone().IsUnparsed());
        Assert.Throws<ArgumentOutOfRangeException>(() => MathVista.Rule("?", question, ScoringMode.VlmEvalKit));
    }

    [Theory]
    [InlineData("1", 1, false)]
    [InlineData("Judgement: 0", 0, false)]
    [InlineData("yes", 0, true)]
    public void MathVerse_asks_for_the_answer_and_then_whether_it_is_right(string verdict, double value, bool isUnparsed)
    {
        MathVerseQuestion question = new("Find <<TRUTH>>.", "C");
        var first = Assert.IsType<Ruling.Ask>(MathVerse.Rule("So it is {C}.", question));
        var second = Assert.IsType<Ruling.Ask>(first.Next("Extracted Answer: C"));
        Score score = Assert.IsType<Ruling.Given>(second.Next(verdict)).Score;

        Assert.EndsWith("\n\n7.\n\nModel response: 'So it is {C}.'\nExtracted Answer: ", first.Prompt, StringComparison.Ordinal);
        Assert.EndsWith("[Question]: Find <<TRUTH>>.\n[Standard Answer]: C\n[Model_answer] : C\nJudgement:", second.Prompt, StringComparison.Ordinal);
        Assert.Contains("\\frac{x^2}{81}", second.Prompt, StringComparison.Ordinal);
        Assert.Equal((value, isUnparsed), (score.Value, score.IsUnparsed()));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("Score: 1", 1)]
    [InlineData("0", 0)]
    public void The_harness_asks_once(string reply, double value)
    {
        var ask = Assert.IsType<Ruling.Ask>(MathVerse.Rule(" C \n", new("Which?", "C"), ScoringMode.LmmsEval));

        Assert.Contains("Model Prediction:\n```\nC\n```", ask.Prompt, StringComparison.Ordinal);
        Assert.Equal(value, Assert.IsType<Ruling.Given>(ask.Next(reply)).Score.Value);
    }
}
