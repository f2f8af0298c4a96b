using Vlm;
using Vlm.Rewards.Learned.Judges;

namespace Learned.Tests.Judges;

/// <summary>What is a verdict, and what is none.</summary>
public class VerdictTests
{
    private static readonly string[] s_two = ["accuracy", "image-text relevance"];

    [Theory]
    [InlineData("Good. [[7]]", 7.0)]
    [InlineData("7", 7.0)]
    [InlineData("**7.5**", 7.5)]
    [InlineData("[[7/10]]", 7.0)]
    [InlineData("It is right.\nRating: 7", 7.0)]
    [InlineData("The score is 7, so [[7]]", 7.0)]
    [InlineData("<think>maybe [[2]]</think>[[9]]", 9.0)]
    [InlineData("[[8]] I say again: [[8]]", 8.0)]
    [InlineData("", null)]
    [InlineData("well ...", null)]
    [InlineData("[[11]]", null)]
    [InlineData("[[0]]", null)]
    [InlineData("[[-7]]", null)]
    [InlineData("[[NaN]]", null)]
    [InlineData("[[1e1]]", null)]
    [InlineData("[[7]] or [[8]]", null)]
    [InlineData("[[seven]]", null)]
    [InlineData("The score is 3. [[7]]", null)]
    [InlineData("<think>[[7]]", null)]
    [InlineData("I saw 7 birds", null)]
    [InlineData("[[7/5]]", null)]
    public void A_score_is_one_number_in_range(string reply, double? score) => Is(ScoreVerdict.Read(reply, 1, 10), score);

    [Theory]
    [InlineData("A is wrong. [[B]]", BetterAnswer.Second)]
    [InlineData("[[A]]", BetterAnswer.First)]
    [InlineData("[[C]]", BetterAnswer.Tie)]
    [InlineData("tie", BetterAnswer.Tie)]
    [InlineData(" b. ", BetterAnswer.Second)]
    [InlineData("Answer A is better in tone, but Answer B is better overall. [[B]]", BetterAnswer.Second)]
    [InlineData("<think>[[A]]</think> [[B]]", BetterAnswer.Second)]
    [InlineData("[[A]] [[B]]", null)]
    [InlineData("Answer B is clearly better. [[A]]", null)]
    [InlineData("[[D]]", null)]
    [InlineData("A big answer", null)]
    [InlineData("", null)]
    public void A_preference_is_one_letter(string reply, BetterAnswer? preference) => Is(PreferenceVerdict.Read(reply), preference);

    [Theory]
    [InlineData("[[yes]]", true)]
    [InlineData("No.", false)]
    [InlineData("Yes, it says the same.", true)]
    [InlineData("There is no doubt: [[yes]]", true)]
    [InlineData("There is no doubt", null)]
    [InlineData("yes and no", null)]
    [InlineData("[[yes]] [[no]]", null)]
    [InlineData("perhaps", null)]
    [InlineData("", null)]
    public void Yes_or_no_is_one_word(string reply, bool? yes) => Is(YesNoVerdict.Read(reply), yes);

    // (8 + 6) / (7 + 7) = 1; mean of 8/7 and 6/7, to 1e-6.
    [Fact]
    public void Dimensions_give_the_ratio_of_sums_and_the_mean_of_ratios()
    {
        Verdict<DimensionScores> verdict = Dimensions("""
            Here it is:
            ```json
            {"a": {"Accuracy": 8, "image text relevance": 6}, "b": {"accuracy": 7, "image-text relevance": 7}}
            ```
            """);

        Assert.Equal(1, verdict.Value.RatioOfSums);
        Assert.Equal((8 / 7.0 + 6 / 7.0) / 2, verdict.Value.MeanRatio, 1e-6);
        Assert.Equal([8, 6], verdict.Value.Answer);
    }

    [Theory]
    [InlineData("""{"a": {"accuracy": 8}, "b": {"accuracy": 7}}""", "1 scores of \"a\" for 2 dimensions")]
    [InlineData("""{"a": {"accuracy": 8, "tone": 8}, "b": {"accuracy": 7, "tone": 8}}""", "no whole number for image-text relevance")]
    [InlineData("""{"a": {"accuracy": 8, "image-text relevance": 11}, "b": {"accuracy": 7, "image-text relevance": 7}}""", "11 is outside of 1 to 10")]
    [InlineData("""{"a": {"accuracy": 8, "image-text relevance": 6}, "b": {"accuracy": 0, "image-text relevance": 7}}""", "0 is outside of 1 to 10")]
    [InlineData("""{"a": {"accuracy": 8.5, "image-text relevance": 6}, "b": {"accuracy": 7, "image-text relevance": 7}}""", "no whole number")]
    [InlineData("""{"a": {"accuracy": 8, "image-text relevance": 6}}""", "no scores of \"b\"")]
    [InlineData("""{"a": {"accuracy": 8, "accuracy": 6}, "b": {"accuracy": 7, "image-text relevance": 7}}""", "no single JSON object")]
    [InlineData("""{"a": 1} {"b": 2}""", "no single JSON object")]
    [InlineData("8 to 7", "no verdict in")]
    [InlineData("", "the reply is empty")]
    [InlineData("[1]}{", "no verdict in")]
    public void What_is_no_score_of_each_dimension_says_why(string reply, string problem) =>
        Assert.StartsWith(problem, Dimensions(reply).Problem, StringComparison.Ordinal);

    [Fact]
    public void A_reasoned_verdict_has_scores_sums_and_an_answer()
    {
        ReasonedPreference said = ReasonedVerdict.Read(Reasoned()).Value;

        Assert.Equal((BetterAnswer.First, 24.0, 20.0), (said.BetterAnswer, said.First.Sum(), said.Second.Sum()));
    }

    [Theory]
    [InlineData("9+8+7=24", "9+8+7=25", "the sum of answer 1 is wrong")]
    [InlineData("9+8+7=24", "9+8+6=23", "the sum of answer 1 adds other scores")]
    [InlineData("Answer 2: 7+7+6=20", "", "0 sums of answer 2")]
    [InlineData("Answer 1 is better", "Answer 2 is better", "sums 24 and 20 contradict the verdict")]
    [InlineData("Answer 1 is better", "Answer 1 is better!", "no verdict in")]
    [InlineData("</answer>", "</answer> so there", "text beside")]
    [InlineData("<think>", "Well: <think>", "it does not begin with")]
    [InlineData("Answer 1 (9/10)", "Answer 1 (11/10)", "a score outside of 1 to 10")]
    [InlineData("Answer 2 (6/10)", "nothing", "3 scores of answer 1 and 2 of answer 2")]
    [InlineData("</think>", "", "it does not begin with")]
    public void One_that_breaks_its_contract_is_none(string from, string to, string problem) =>
        Assert.StartsWith(problem, ReasonedVerdict.Read(Reasoned().Replace(from, to, StringComparison.Ordinal)).Problem, StringComparison.Ordinal);

    // P7: right to supervision, wrong and unreadable to reinforcement; swapped candidates swap the label.
    [Fact]
    public void What_was_judged_rightly_is_supervised_and_the_rest_reinforced()
    {
        var pair = new LabelledPair(new(Example.Ask([Message.User("q")], []), "x", "y"), BetterAnswer.First);

        Assert.Equal(ReasonedRoute.Supervised, ReasonedTraining.Route(Reasoned(), pair.Label));
        Assert.Equal(ReasonedRoute.Reinforced, ReasonedTraining.Route(Reasoned(), pair.Swapped().Label));
        Assert.Equal(ReasonedRoute.Reinforced, ReasonedTraining.Route("Answer 1 is better", pair.Label));
        Assert.Equal(("y", "x", BetterAnswer.Second), (pair.Swapped().Pair.First, pair.Swapped().Pair.Second, pair.Swapped().Label));
        Assert.Equal([2, 1, 0], new[] { Reasoned(), Reasoned().Replace("1 is better", "2 is better", StringComparison.Ordinal), "Answer 1 is better" }
            .Select(reply => ReasonedTraining.Reward(reply, BetterAnswer.First).Value));
    }

    // Pieces of what is read, in any order: nothing throws, and what is given is in range.
    [Fact]
    public void Anything_can_be_read()
    {
        string[] pieces = ["[[", "]]", "7", "A", "B", "tie", "{", "}", "\"a\"", ":", "\"accuracy\"", "<think>", "</think>", "<answer>", "</answer>",
            "Answer 1", "(9/10)", "Answer 1: 9=9", " is better", "score", "\n", "yes", "no", "\ud800", "\0", "10", "-", "/", "."];
        var random = new RandomStream(7, "fuzz");
        for (int trial = 0; trial < 20_000; trial++)
        {
            string reply = string.Concat(Enumerable.Range(0, random.Next(14)).Select(_ => random.Pick(pieces)));
            if (ScoreVerdict.Read(reply, 1, 10) is { IsGiven: true } score)
                Assert.InRange(score.Value, 1, 10);
            Assert.All([PreferenceVerdict.Read(reply).Problem, YesNoVerdict.Read(reply).Problem, Dimensions(reply).Problem, ReasonedVerdict.Read(reply).Problem],
                Assert.NotNull);
        }
    }

    // A reader that looks at a text once for each of its letters would need hours for these.
    [Theory]
    [InlineData("[[")]
    [InlineData("[[7]] ")]
    [InlineData("score ")]
    [InlineData("Answer 1 (9/10) ")]
    [InlineData("Answer 1: 9+")]
    [InlineData("answer a is clearly ")]
    [InlineData("{")]
    [InlineData("<think>")]
    public void Long_replies_are_read_in_linear_time(string piece)
    {
        string reply = string.Concat(Enumerable.Repeat(piece, 2_000_000 / piece.Length));

        _ = (ScoreVerdict.Read(reply, 1, 10), PreferenceVerdict.Read(reply), YesNoVerdict.Read(reply), Dimensions(reply),
            ReasonedVerdict.Read($"<think>{reply}</think><answer>Answer 1 is better</answer>"));
    }

    private static Verdict<DimensionScores> Dimensions(string reply) => DimensionVerdict.Read(reply, s_two, 1, 10);

    private static string Reasoned() => """
        <think>
        1. Accuracy: Answer 1 (9/10) - right; Answer 2 (7/10) - nearly
        2. Correctness: Answer 1 (8/10) - yes; Answer 2 (7/10) - mostly
        3. Clarity: Answer 1 (7/10) - fair; Answer 2 (6/10) - long
        Total score:
        Answer 1: 9+8+7=24
        Answer 2: 7+7+6=20
        </think>
        <answer>Answer 1 is better</answer>
        """;

    private static void Is<T>(Verdict<T> verdict, T? expected)
        where T : struct
    {
        Assert.Equal(expected is not null, verdict.IsGiven);
        if (expected is { } value)
            Assert.Equal(value, verdict.Value);
    }
}
