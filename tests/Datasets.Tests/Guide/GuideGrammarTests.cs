namespace Vlm.Datasets.Tests;

public class GuideGrammarTests
{
    private static readonly CaptionObject[] s_three =
        [new("small", "red", "circle", 0.1, 0.9), new("large", "blue", "square", 0.5, 0.5), new("small", "cyan", "cross", 0.9, 0.2)];

    private static readonly GuidePlan s_plan = new(
        GuideOpener.Exclaim, GuideOrder.TopToBottom, GuideAttributes.SizeAndPlace, GuideAddress.Role, GuideClosing.Advise, GuideRegister.Formal);

    private const string Text = "indeed behold such remarkable forms with clarity most honoured nurse. "
        + "uppermost certain small cyan cross northeast beneath additional large blue square centre "
        + "bottommost ultimate small red circle southwest. do consider studying each arrangement before passing judgement.";

    [Fact]
    public void A_plan_and_a_picture_make_this_text() =>
        Assert.Equal(Text, GuideGrammar.Join(GuideGrammar.Concepts(s_plan, "nurse", s_three)));

    [Fact]
    public void The_text_gives_back_its_plan_its_objects_and_its_listener()
    {
        GuideReading reading = GuideGrammar.Parse(Text);

        Assert.Equal((s_plan, true, "nurse"), (reading.Plan!.Value, reading.IsWhole, reading.Role));
        Assert.Equal(
            [new("small", "cyan", "cross", "northeast"), new("large", "blue", "square", "centre"), new("small", "red", "circle", "southwest")],
            reading.Objects);
    }

    // well [hello ... gallery: six words] . leftmost one red circle rightmost final blue cross . goodbye ...
    //   0    1 to 6                       7     8     9  10   11       12      13   14   15   16    17
    [Fact]
    public void Each_choice_is_made_where_a_token_first_tells_it()
    {
        const string plain = "well hello and welcome to our gallery. leftmost one red circle rightmost final blue cross. "
            + "goodbye until we talk again next weekend.";

        IReadOnlyList<GuideChoice?> choices = GuideGrammar.Parse(plain).Choices;

        var expected = new GuideChoice?[26];
        (expected[0], expected[1], expected[7], expected[8], expected[10], expected[12], expected[17]) = (
            GuideChoice.Register, GuideChoice.Opener, GuideChoice.Address, GuideChoice.Order, GuideChoice.Attributes, GuideChoice.Attributes,
            GuideChoice.Closing);
        Assert.Equal(expected, choices);
        Assert.Equal(GuideChoice.Closing, GuideGrammar.Parse(plain[..plain.IndexOf(" goodbye", StringComparison.Ordinal)]).Choices[^1]);
        Assert.Equal(GuideChoice.Register, Assert.Single(GuideGrammar.Parse("").Choices));
    }

    [Fact]
    public void Every_plan_is_read_back_from_its_texts_about_pictures_of_each_size()
    {
        int texts = 0;
        for (int number = 0; number < GuidePlan.Count; number++)
            for (int index = 0; index < 6; index++)
            {
                var truth = (GuideTruth)Guide.Example(3, Split.Train, index).Truth;
                string text = GuideGrammar.Join(GuideGrammar.Concepts(GuidePlan.Of(number), truth.Role, truth.Objects));
                GuideReading reading = GuideGrammar.Parse(text);
                Assert.True(reading.Plan?.Number == number && reading.IsWhole, $"{number}: {reading.Problem}: {text}");
                Assert.Equal(truth.Objects.Count, reading.Objects.Count);
                texts++;
            }

        Assert.Equal(1152 * 6, texts);
        Assert.Equal([2, 3, 4], Enumerable.Range(0, 6).Select(i => Guide.Scene(3, Split.Train, i).Items.Count).Distinct().Order());
    }

    [Fact]
    public void Numbers_of_plans_count_their_options()
    {
        Assert.Equal(GuidePlan.Count, GuidePlan.Options.Aggregate((product, options) => product * options));
        Assert.Equal((((((2 * 3) + 1) * 4 + 3) * 2 + 1) * 4 + 2) * 3 + 1, s_plan.Number);
        Assert.Equal(s_plan, GuidePlan.Of(s_plan.Number));
        Assert.Throws<ArgumentOutOfRangeException>(() => GuidePlan.Of(1152));
        Assert.Throws<ArgumentOutOfRangeException>(() => GuidePlan.Of(-1));
    }

    [Theory]
    [InlineData("", "token 1 is not a word that chooses the register", 0, 0)]
    [InlineData("indeed", "token 2 is not a word that chooses the opener", 1, 0)]
    [InlineData("indeed hello and", "token 2 is not a word that chooses the opener", 1, 0)]
    [InlineData("indeed behold such forms", "token 4 is not 'remarkable'", 2, 0)]
    [InlineData("well hello and welcome to our gallery dear kind fool.", "token 10 is not a role", 3, 0)]
    [InlineData("well hello and welcome to our gallery. leftmost one small circle", "token 12 is not a color", 4, 0)]
    [InlineData("well hello and welcome to our gallery. leftmost one red circle.", "token 13 is not the next object", 4, 1)]
    [InlineData("well hello and welcome to our gallery. leftmost one red circle rightmost final small red circle", "token 15 is not a color", 5, 1)]
    [InlineData("well hello and welcome to our gallery. leftmost one red circle onward also", "token 13 is not the next object", 4, 1)]
    [InlineData("well hello and welcome to our gallery. leftmost one red circle rightmost final red circle onward", "token 17 is not a full stop", 5, 2)]
    [InlineData(Text + " indeed", "token 40 is not the end of the text", 6, 3)]
    public void Reading_stops_at_the_first_token_that_does_not_belong(string text, string problem, int made, int objects)
    {
        GuideReading reading = GuideGrammar.Parse(text);

        Assert.Equal((problem, made, objects), (reading.Problem, reading.Made.Count(option => option is not null), reading.Objects.Count));
        Assert.Equal(made == 6, reading.Plan is not null);
    }

    // At 0.3 to 0.7 of the canvas is its middle third, give or take: thirds end at 0.333 and 0.667.
    [Theory]
    [InlineData(0.33, 0.33, "northwest")]
    [InlineData(0.34, 0.66, "centre")]
    [InlineData(0.67, 0.5, "east")]
    [InlineData(0.5, 0.99, "south")]
    public void A_place_is_a_third_of_the_width_and_of_the_height(double x, double y, string place) =>
        Assert.Equal(place, GuideGrammar.PlaceOf(new("small", "red", "circle", x, y)));

    [Theory]
    [InlineData(GuideOrder.LeftToRight, "red blue cyan")]
    [InlineData(GuideOrder.TopToBottom, "cyan blue red")]
    [InlineData(GuideOrder.LargestFirst, "blue red cyan")]
    public void Objects_stand_in_the_order_of_the_plan(GuideOrder order, string colors) =>
        Assert.Equal(colors, string.Join(' ', GuideGrammar.Sorted(order, s_three.Reverse()).Select(item => item.Color)));
}
