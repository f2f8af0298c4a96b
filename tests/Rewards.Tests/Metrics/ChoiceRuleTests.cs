namespace Vlm.Rewards.Tests;

/// <summary>Where readings of choices and open answers part, one rule at a time.</summary>
public class ChoiceRuleTests
{
    private static readonly string[] s_animals = ["cat", "dog", "bird", "fish"];

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
    [InlineData("Not (A) but C", null, 'C', null)]
    [InlineData("answer is A. Wait, the answer is B or C", 'A', 'C', 'A')]
    public void MMStar_is_read_in_three_ways(string answer, char? official, char? lmms, char? kit)
    {
        Assert.Equal((answer, official, lmms, kit), (answer, MmStarChoice.Read(answer, s_animals).Letter,
            MmStarChoice.Read(answer, s_animals, ScoringMode.LmmsEval).Letter,
            MmStarChoice.Read(answer, s_animals, ScoringMode.VlmEvalKit).Letter));
    }

    // Values of extract_choice.
    [Theory]
    [InlineData("C, or rather the one with the long tail, D", 'D')]
    [InlineData("B. Or C? I say B.", 'B')]
    [InlineData("C: one, D: two, D.", 'C')]
    [InlineData("B or not", null)]
    public void VLM_R1_weighs_the_places_of_letters(string answer, char? letter) => Assert.Equal(letter, VlmR1Choice.Read(answer).Letter);

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

    // Each of these is a number that its last sign spoils: where it is read again from every digit, a minute does not do.
    [Theory]
    [InlineData("", "a")]
    [InlineData("1.", "a")]
    [InlineData("", ",")]
    [InlineData("2.", ",")]
    public void Megabytes_of_digits_are_read_once(string before, string after)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();

        Assert.Equal(0, MmmuOpen.Score(before + new string('7', 1 << 20) + after + "b", ["42"]).Value);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 20);
    }

    [Fact]
    public void Numbers_within_others_are_those_that_Python_finds()
    {
        static string[] Read(string answer) => [.. MmmuOpen.Read(answer).Where(said => said.Number is not null).Select(said => $"{said}").Order(StringComparer.Ordinal)];

        Assert.Equal(["-3.0", "5.0"], Read("= 5-3"));
        Assert.Equal(["1.0", "1250.0", "3.0"], Read("= 1.25e3"));
        Assert.Equal(["1.2", "2500.0", "3.0"], Read("= 1.2.5e3"));
        Assert.Equal(["-1200000.0", "5.0"], Read("= -12e5"));
        Assert.Equal(["0.5", "1234567.0", "567.0"], Read("= 1,234,567 or .5"));
    }

    private static (double Official, double LmmsEval, double VlmEvalKit) Values(Func<ScoringMode, Score> score) =>
        (score(ScoringMode.Official).Value, score(ScoringMode.LmmsEval).Value, score(ScoringMode.VlmEvalKit).Value);
}
