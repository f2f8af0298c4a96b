namespace Vlm.Rewards.Tests;

/// <summary>Where scorers part, one rule at a time, and what an answer that cannot be parsed is called.</summary>
public class MetricRuleTests
{
    private static readonly string[] s_animals = ["cat", "dog", "bird", "fish"];

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

    [Theory]
    [InlineData("The answer is blue", "cat", 'B')]
    [InlineData("The answer is a dog", "cat", 'A')]
    [InlineData("A is it, and I say that because it is so", "cat", null)]
    [InlineData("Z", "cat", 'Z')]
    [InlineData("I can't process this file.", "cat", 'Z')]
    public void MMBench_reads_words_that_begin_with_a_letter_and_only_the_last_five(string answer, string first, char? letter) =>
        Assert.Equal(letter, MmBenchChoice.Read(answer, [first, "dog", "bird", "fish"]).Letter);

    [Theory]
    [InlineData("B", 'B', 'B', 'B')]
    [InlineData("B. dog", 'B', 'B', 'B')]
    [InlineData("b", null, 'B', 'B')]
    [InlineData("The answer is B because it barks", 'B', null, null)]
    [InlineData("The answer is E.", null, null, null)]
    [InlineData("(b)", null, null, 'B')]
    [InlineData(" B.x", null, 'B', 'B')]
    public void ScienceQA_and_AI2D_take_few_forms(string answer, char? official, char? science, char? diagrams) => Assert.Equal(
        (answer, official, science, diagrams),
        (answer, ScienceQaChoice.Read(answer, s_animals).Letter,
            ScienceQaChoice.Read(answer, s_animals, ScoringMode.LmmsEval).Letter, Ai2dChoice.Read(answer, s_animals).Letter));

    [Theory]
    [InlineData("The USA is a dog", 'A')]
    [InlineData("the very last of all the animals is a bird", 'C')]
    [InlineData("(A) (B) (A)", 'A')]
    [InlineData("dog", null)]
    public void MMMU_takes_letters_at_the_ends_of_words_and_the_last_of_several(string answer, char? letter) =>
        Assert.Equal(letter, MmmuChoice.Read(answer, s_animals).Letter);

    // The older reading takes letters A to E with the same signs about them, an A only among three words, and texts of any length.
    [Theory]
    [InlineData("B", 'B', 'B')]
    [InlineData("I say (B), not (C).", null, 'C')]
    [InlineData("A dog it is", 'A', 'B')]
    [InlineData("E.", null, 'E')]
    [InlineData("The very long and winding story of a man and of his brown dog", null, 'B')]
    [InlineData("The answer is **B** here", 'B', null)]
    public void MMBench_is_read_in_two_ways(string answer, char? kit, char? lmms) => Assert.Equal(
        (answer, kit, lmms),
        (answer, MmBenchChoice.Read(answer, s_animals).Letter, MmBenchChoice.Read(answer, s_animals, ScoringMode.LmmsEval).Letter));

    [Theory]
    [InlineData("b", 'B', null, null)]
    [InlineData("(B) dog", 'B', 'B', 'B')]
    [InlineData("The answer is C.", 'C', 'C', 'C')]
    [InlineData("Option D", 'D', 'D', 'D')]
    [InlineData("Because it barks", 'B', 'B', null)]
    [InlineData("So it is A, or rather: B", null, 'B', null)]
    [InlineData("answer is A. Wait, the answer is B or C", 'A', 'C', 'A')]
    public void MMStar_is_read_in_three_ways(string answer, char? official, char? lmms, char? kit)
    {
        Assert.Equal((answer, official, lmms, kit), (answer, MmStarChoice.Read(answer, s_animals).Letter,
            MmStarChoice.Read(answer, s_animals, ScoringMode.LmmsEval).Letter,
            MmStarChoice.Read(answer, s_animals, ScoringMode.VlmEvalKit).Letter));
    }

    [Fact]
    public void SEED_takes_the_first_letter()
    {
        Assert.Equal('B', SeedChoice.Read(" Because", s_animals).Letter);
        Assert.Null(SeedChoice.Read("b", s_animals).Letter);
        Assert.Null(SeedChoice.Read("E", s_animals).Letter);
        Assert.Equal('C', SeedChoice.Read("The answer is C", s_animals, ScoringMode.VlmEvalKit).Letter);
    }

    [Fact]
    public void What_is_unparsed_says_so_and_is_never_a_guess()
    {
        Score none = MmmuChoice.Score("who knows", 'B', s_animals);

        Assert.Equal((0, true), (none.Value, none.IsUnparsed()));
        Assert.StartsWith("unparsed: ", none.Reason);
        Assert.False(MmmuChoice.Score("A", 'B', s_animals).IsUnparsed());
    }

    [Fact]
    public void Open_answers_are_right_by_text_or_number_and_never_in_lmms_eval()
    {
        Assert.Equal((1, 0, 0), Values(mode => MmmuOpen.Score("So x = 1,234.567", ["1234.57"], mode)));
        Assert.Equal((1, 0, 1), Values(mode => MmmuOpen.Score("The answer is red", ["red"], mode)));
        Assert.Equal(0, MmmuOpen.Score("The answer is 423", ["42"]).Value);
        Assert.Equal(0, MmmuOpen.Score("The answer is x1", ["x"]).Value);
        Assert.Equal(1, MmmuOpen.Score("The answer is so x and y", ["x"]).Value);
    }

    // Question 1 fails by one of its two rotations, question 2 is right by both, question 3 is unparsed once.
    [Fact]
    public void A_question_is_right_where_all_rotations_are()
    {
        CorpusScore score = CircularAccuracy.Of(
        [
            new("1", "animals", Score.One("")), new("2", "animals", Score.One("")), new("1", "animals", Score.Zero("")),
            new("2", "animals", Score.One("")), new("3", "cars", Score.One("")), new("3", "cars", Unparsed.Because("no letter")),
        ]);

        Assert.Equal((1.0 / 3, 3, 1), (score.Value, score.Count, score.Unparsed));
        Assert.Equal((4.0 / 6, 0.5, 0), (score["vanilla"], score["animals"], score["cars"]));
        Assert.Throws<KeyNotFoundException>(() => score["dogs"]);
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
