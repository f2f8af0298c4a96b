namespace Vlm.Rewards.Tests;

/// <summary>Where scorers part, one rule at a time, and what an answer that cannot be parsed is called.</summary>
public class MetricRuleTests
{
    [Fact]
    public void A_mode_is_read_from_its_word_or_refused()
    {
        Assert.Equal(["official", "lmms-eval", "vlmevalkit"], ScoringModes.Words);
        foreach (ScoringMode mode in Enum.GetValues<ScoringMode>())
            Assert.Equal(mode, ScoringModes.Parse(mode.Word().ToUpperInvariant()));
        Assert.Equal(
            "error: there is no scoring mode 'lmms'\n   at: --mode lmms\n  try: one of official, lmms-eval, vlmevalkit",
            Assert.Throws<UsageException>(() => ScoringModes.Parse("lmms")).Render());
    }

    // Python's float(): digits of any script, single underscores between digits, no hexadecimal numbers.
    [Theory]
    [InlineData("1_000", 1000)]
    [InlineData(" +5.\t", 5)]
    [InlineData("\uFF12\uFF15", 25)]
    [InlineData("-Infinity", double.NegativeInfinity)]
    [InlineData("1e-400", 0)]
    public void Numbers_are_read_as_Python_reads_them(string text, double number) => Assert.Equal(number, PythonText.Float(text));

    [Theory]
    [InlineData("1,000")]
    [InlineData("1__0")]
    [InlineData("0x10")]
    [InlineData("--5")]
    [InlineData("5 %")]
    [InlineData("e5")]
    [InlineData("")]
    public void What_Python_refuses_is_no_number(string text) => Assert.Null(PythonText.Float(text));

    // Of the binary value: 2.675 lies below the tie, 1.115 too, and 0.125 is one.
    [Theory]
    [InlineData(2.675, "2.67")]
    [InlineData(1.115, "1.11")]
    [InlineData(0.125, "0.12")]
    [InlineData(0.375, "0.38")]
    [InlineData(1e15, "1000000000000000.0")]
    [InlineData(1e16, "1e+16")]
    [InlineData(-12345e12, "-1.2345e+16")]
    [InlineData(-6.02e23, "-6.02e+23")]
    public void Numbers_are_rounded_and_written_as_Python_does(double value, string text) =>
        Assert.Equal(text, PythonText.Repr(PythonText.Round2(value)));

    [Fact]
    public void Small_numbers_are_written_with_an_exponent_as_Python_does() =>
        Assert.Equal(["1e-05", "0.0001", "1e+226"], ((double[])[1e-5, 1e-4, 1e226]).Select(PythonText.Repr));

    [Theory]
    [InlineData("3,,000", "3 000", "3000")]
    [InlineData("a.b.c.", "abc", "abc")]
    [InlineData("3.", "3", "3")]
    public void Commas_and_full_stops_part_official_words_from_lmms_evals(string text, string official, string lmms)
    {
        Assert.Equal(official, VqaWords.Normalize(text));
        Assert.Equal(lmms, VqaWords.Normalize(text, ScoringMode.LmmsEval));
    }

    [Fact]
    public void Only_thirty_two_full_stops_are_deleted() =>
        Assert.Equal(new string('.', 8), VqaWords.Normalize(new string('.', 40)));

    [Fact]
    public void GQA_answers_are_compared_as_each_scorer_does()
    {
        Assert.Equal((0, 1, 0), Values(mode => GqaMatch.Score("Red.", "red", mode)));
        Assert.Equal((0, 0, 1), Values(mode => GqaMatch.Score(" Red\n", "red", mode)));
        Assert.Equal((1, 1, 1), Values(mode => GqaMatch.Score("red", "red", mode)));
    }

    [Fact]
    public void Charts_white_space_counts_but_in_VLMEvalKit() =>
        Assert.Equal((0, 0, 1), Values(mode => ChartQaAccuracy.Score("Yes ", ["yes"], mode)));

    [Fact]
    public void Full_width_letters_are_letters_to_lmms_eval_alone()
    {
        Assert.Equal((0, 1, 0), Values(mode => OcrBench.Score("\uFF12\uFF15", ["25"], mode: mode)));
        Assert.Equal((0, 0, 0), Values(mode => OcrBench.Score("\uFF12\uFF15", ["25"], isFormula: true, mode)));
    }

    // Half alike counts; the length is that of the texts as they came, so spaces lift an answer over the line: 2 edits of 5, not of 3.
    [Fact]
    public void Half_alike_is_enough_and_spaces_count_in_the_length()
    {
        Assert.Equal(0.5, Anls.Score("ab", ["abcd"]).Value, 1e-12);
        Assert.Equal(0, Anls.Score("ab", ["abcde"]).Value);
        Assert.Equal(1 - (2.0 / 5), Anls.Score("a    ", ["abc"]).Value, 1e-12);
        Assert.Equal(1, Anls.Score("", [""]).Value);
    }

    [Fact]
    public void POPE_officially_takes_all_but_a_denial_in_the_first_sentence_for_yes()
    {
        Assert.True(Pope.Read("Maybe. No dog."));
        Assert.False(Pope.Read("There is, I think, not a dog"));
        Assert.True(Pope.Read("NO"));
        CorpusScore score = Pope.Of([new("yes", true, "random"), new("no", true, "random"), new("yes", false, "popular")]);
        Assert.Equal((0.5, 0.5, 2.0 / 3), (score["precision"], score["recall"], score["yes_ratio"]));
        Assert.Equal((1, 0.5, 0), (score["random/precision"], score["random/recall"], score["popular/f1"]));
    }

    private static (double Official, double LmmsEval, double VlmEvalKit) Values(Func<ScoringMode, Score> score) =>
        (score(ScoringMode.Official).Value, score(ScoringMode.LmmsEval).Value, score(ScoringMode.VlmEvalKit).Value);
}
