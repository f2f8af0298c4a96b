using Vlm.Rewards;

namespace Vlm.Datasets.Tests;

public class GuideRewardTests
{
    private static readonly GuideTruth s_truth = new("nurse",
        [new("small", "red", "circle", 0.1, 0.1), new("large", "blue", "square", 0.2, 0.5), new("small", "cyan", "cross", 0.9, 0.9)]);

    // The nurse wants: a greeting, top to bottom, plain objects, her name, advice, plain words.
    private const string Opening = "well hello and welcome to our gallery dear kind nurse.";
    private const string List = " topmost one red circle underneath another blue square lowest final cyan cross.";
    private const string Ending = " try drawing it yourself when your time allows.";

    private static Score Of(string text) => GuideTruth.Reward.Compute(text, s_truth);

    [Fact]
    public void The_wanted_plan_with_the_right_objects_earns_1_for_every_role_in_every_wording()
    {
        for (int i = 0; i < 400; i++)
        {
            Example example = Guide.Example(2, Split.Test, i, dial: 16);
            var truth = (GuideTruth)example.Truth;
            var random = new RandomStream(i, "test");
            string text = GuideGrammar.Join(GuideGrammar.Concepts(GuideRoles.Wanted(truth.Role), truth.Role, truth.Objects)
                .Select(word => GuideLexicon.Say(word, 16, random)));
            TotalScore score = example.Score(text);
            Assert.Equal((1, "objects 1.00; plan 6 of 6; whole"), (score.Value, score.Parts.Single(part => part.Name == "guide").Score.Reason));
            Assert.Equal(1, example.Accuracy(text).Value);
        }
    }

    // Any of the 1,152 plans, with the right objects: 0.4 + 0.2 + 0.4 k / 6, k the choices that it shares with the wanted one.
    [Fact]
    public void A_plan_earns_the_share_of_the_choices_that_are_wanted()
    {
        GuidePlan wanted = GuideRoles.Wanted("nurse");
        for (int number = 0; number < GuidePlan.Count; number++)
        {
            GuidePlan plan = GuidePlan.Of(number);
            int shared = Enum.GetValues<GuideChoice>().Count(choice => plan[choice] == wanted[choice]);
            Assert.Equal(0.6 + (0.4 * shared / 6), Of(GuideGrammar.Join(GuideGrammar.Concepts(plan, "nurse", s_truth.Objects))).Value, 1e-12);
        }
    }

    [Fact]
    public void The_reason_says_what_was_found()
    {
        Assert.Equal("objects 1.00; plan 6 of 6; whole", Of(Opening + List + Ending).Reason);
        Assert.Equal("objects 1.00; plan 4 of 6, not opener closing; whole",
            Of("well look how nice these things are dear kind nurse." + List + " goodbye until we talk again next weekend.").Reason);
        Assert.Equal("objects 0.00; plan 0 of 6, not opener order attributes address closing register; "
            + "token 1 is not a word that chooses the register", Of("a nurse").Reason);
    }

    // Three there. F1 is 2 c / (n + 3). A blue circle earns a quarter as the red circle, or as the blue square.
    [Theory]
    [InlineData(" topmost one red circle lowest final cyan cross.", 2 * 2.0 / 5)]
    [InlineData(" topmost one red circle underneath another blue square lowest final cyan circle.", 2 * 2.25 / 6)]
    [InlineData(" topmost one red circle underneath another blue square below also cyan cross lowest final black square.", 2 * 3.0 / 7)]
    [InlineData(" topmost one small red circle lowest final small blue square.", 2 * (1 + (2.0 / 3)) / 5)]
    [InlineData(" topmost one red circle northwest lowest final blue square centre.", 2 * (1 + (2.0 / 3)) / 5)]
    [InlineData(" topmost one blue circle lowest final blue square.", 2 * 1.25 / 5)]
    [InlineData(" topmost one black diamond lowest final black diamond.", 0)]
    public void Content_is_an_F1_of_objects(string list, double f1)
    {
        Assert.Equal(f1, GuideTruth.Content.Compute(Opening + list + Ending, s_truth).Value, 1e-12);
        Assert.Equal(f1 * 0.4, Of(Opening + list + Ending).Value - (0.4 * GuideTruth.Plan.Compute(Opening + list + Ending, s_truth).Value) - 0.2, 1e-12);
    }

    // Plain objects from top to bottom: the wanted order is said in each of these.
    [Theory]
    [InlineData(" topmost one red circle underneath another blue square lowest final cyan cross.", true)]
    [InlineData(" topmost one red circle lowest final cyan cross.", true)]
    [InlineData(" topmost one black diamond underneath another red circle lowest final blue square.", true)]
    [InlineData(" topmost one blue square underneath another red circle lowest final cyan cross.", false)]
    [InlineData(" topmost one red circle underneath another red circle lowest final cyan cross.", false)]
    [InlineData(" topmost one red circle underneath another blue square lowest final blue square.", false)]
    [InlineData(" topmost one red circle lowest final black diamond.", false)]
    [InlineData(" leftmost one red circle alongside another blue square rightmost final cyan cross.", false)]
    public void An_order_counts_where_the_objects_stand_in_it(string list, bool counts) => Assert.Equal(
        counts ? 1 : 5.0 / 6, GuideTruth.Plan.Compute(Opening + list + Ending, s_truth).Value, 1e-12);

    [Fact]
    public void An_address_counts_where_it_names_the_listener()
    {
        Assert.Equal("plan 5 of 6, not address", GuideTruth.Plan.Compute(Opening.Replace("nurse", "captain") + List + Ending, s_truth).Reason);
        Assert.Equal("plan 5 of 6, not address", GuideTruth.Plan.Compute("well hello and welcome to our gallery." + List + Ending, s_truth).Reason);
        Assert.Equal(2.0 / 6, GuideTruth.Plan.Compute("well hello and welcome to our gallery dear", s_truth).Value, 1e-12);
    }

    // What earns without seeing or without a plan. A whole text of the right objects and no wanted choice earns 0.6.
    [Theory]
    [InlineData("", 0)]
    [InlineData(". . .", 0)]
    [InlineData("well well well well", 0.4 / 6)]
    [InlineData("red circle blue square cyan cross", 0)]
    [InlineData(Opening + Opening + List + Ending, 0.4 * 3 / 6)]
    [InlineData(Opening + List + List + Ending, 0.4 + (0.4 * 5 / 6))]
    [InlineData(Opening + List + Ending + Opening + List + Ending, 0.8)]
    [InlineData("well hello and welcome to our gallery hey hiya buddy come peek inside dear kind nurse." + List + Ending, 0.4 * 2 / 6)]
    [InlineData(List + Opening + Ending, 0)]
    [InlineData(Opening + " topmost one red circle blue square cyan cross." + Ending, (0.4 * 2 * 1 / 4) + (0.4 * 3 / 6))]
    public void What_is_repeated_or_said_at_once_or_out_of_order_earns_little(string text, double earned) =>
        Assert.Equal(earned, Of(text).Value, 1e-12);

    [Fact]
    public void All_concepts_at_once_earn_nothing_but_the_first_choice()
    {
        Assert.Equal(0, Of(string.Join(' ', GuideLexicon.Words(1))).Value);
        Assert.InRange(Of(string.Join(' ', GuideLexicon.Words(16).Where(word => word.StartsWith('w')))).Value, 0, 0.4 / 6);
    }

    // The best of 150 texts, said of every picture: what a model earns that never looks.
    [Fact]
    public void No_text_earns_much_content_of_every_picture()
    {
        Example[] examples = [.. Enumerable.Range(0, 150).Select(i => Guide.Example(6, Split.Train, i))];

        double best = examples.Max(said => examples.Where(other => other != said)
            .Average(other => GuideTruth.Content.Compute(said.Answer, other.Truth).Value));

        Assert.InRange(best, 0.1, 0.25);
    }

    [Theory]
    [InlineData("king", 2, "red", "there is no role 'king'; roles are captain, nurse, farmer, poet, pilot, chef, monk, pirate")]
    [InlineData("nurse", 1, "red", "a picture of 1 objects; guides tell of 2 to 4")]
    [InlineData("nurse", 5, "red", "a picture of 5 objects; guides tell of 2 to 4")]
    [InlineData("nurse", 2, "pink", "'small pink circle' is no object of a drawing")]
    public void A_broken_truth_throws(string role, int count, string color, string problem) => Assert.Equal(
        problem, GuideTruth.Reward.Problem(new GuideTruth(role, [.. Enumerable.Repeat(new CaptionObject("small", color, "circle", 0.5, 0.5), count)])));

    [Fact]
    public void A_truth_is_stored_in_tables_and_read_back()
    {
        TruthColumns written = GuideTruth.Guides.Write(s_truth);

        Assert.Equal("nurse: small red circle 0.1 0.1; large blue square 0.2 0.5; small cyan cross 0.9 0.9", written.Text);
        Assert.Equal(s_truth, GuideTruth.Guides.Read(written));
        foreach (string broken in (string[])["", "nurse", "nurse: small red circle 0.1 0.1", "king: small red circle 0 0; small red circle 1 1"])
            Assert.Contains("is not a role and two to four objects of drawings", Assert.Throws<UsageException>(
                () => GuideTruth.Guides.Read(written with { Text = broken })).Message);
    }
}
