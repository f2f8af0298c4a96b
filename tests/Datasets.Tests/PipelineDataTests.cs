using Vlm.Rewards;

namespace Vlm.Datasets.Tests;

public class PipelineDataTests
{
    private const int Many = 300;

    private static readonly RuleBook s_book = new([new("cross", "stop"), new("purple", "left"), new("circle", "wait")], "go");

    [Fact]
    public void The_first_rule_whose_object_is_there_decides()
    {
        Assert.Equal(1, s_book.Decides(Drawing(new Appearance(Size.Small, Color.Purple, Shape.Circle))));
        Assert.Equal(0, s_book.Decides(Drawing(new Appearance(Size.Small, Color.Purple, Shape.Circle), new Appearance(Size.Large, Color.Red, Shape.Cross))));
        Assert.Equal(3, s_book.Decides(Drawing(new Appearance(Size.Small, Color.Red, Shape.Square))));
        Assert.Equal(("left", "go"), (s_book.Action(1), s_book.Action(3)));
    }

    [Fact]
    public void Thoughts_look_for_one_sign_after_the_other_and_end_in_the_answer()
    {
        Assert.Equal("cross no, purple yes, the answer is left", s_book.Thoughts(1));
        Assert.Equal("cross no, purple no, circle no, the answer is go", s_book.Thoughts(3));
        Assert.Equal("Rules. If there is a cross object, say stop. Else if there is a purple object, say left. "
            + "Else if there is a circle object, say wait. Else say go.", s_book.Text);
    }

    [Fact]
    public void Books_differ_by_seed_and_have_no_sign_or_action_twice()
    {
        RuleBook[] books = [.. Enumerable.Range(0, 20).Select(seed => RuleBook.New(seed, 4))];

        Assert.Equal(RuleBook.New(3, 4).Text, books[3].Text);
        Assert.InRange(books.DistinctBy(book => book.Text).Count(), 15, 20);
        Assert.All(books, book => Assert.Equal((4, 5), (book.Rules.DistinctBy(rule => rule.Sign).Count(),
            book.Rules.Select(rule => rule.Action).Append(book.Otherwise).Distinct().Count())));
        Assert.Contains("rules = 3", Assert.Throws<UsageException>(() => RuleBook.New(1, 5)).Render(), StringComparison.Ordinal);
    }

    // The reference earns all, a question says nothing of the rules, and no constant answer does better than its share.
    [Fact]
    public void Answers_follow_the_rules_and_each_is_right_equally_often()
    {
        Example[] examples = [.. Enumerable.Range(0, Many).Select(i => RuleDrawings.Example(s_book, 1, Split.Train, i))];

        Assert.All(examples, example => Assert.Equal(1, example.Score(example.Answer).Value));
        Assert.All(examples, example => Assert.DoesNotContain("cross", example.Question, StringComparison.Ordinal));
        string[] actions = ["stop", "left", "wait", "go"];
        Assert.All(actions, action => Assert.InRange(examples.Average(example => example.Score($"the answer is {action}").Value), 0.18, 0.32));
    }

    [Fact]
    public void The_box_to_press_is_that_of_the_button_with_the_icon()
    {
        for (int i = 0; i < Many; i++)
        {
            Screen screen = Screens.Screen(1, Split.Train, i);
            Example example = Screens.Example(1, Split.Train, i);
            Box truth = ((Truth.Region)example.Truth).Box;
            ScreenButton button = Assert.Single(screen.Buttons, one => one.Box == truth);
            Appearance icon = button.Icon.Appearance;

            Assert.Contains($"{icon.Color} {icon.Shape}".ToLowerInvariant(), example.Question, StringComparison.Ordinal);
            Assert.Equal(screen.Buttons.Count, screen.Buttons.DistinctBy(one => (one.Icon.Appearance.Color, one.Icon.Appearance.Shape)).Count());
            Assert.Equal(GuiG1.High, example.Score(example.Answer).Value, 1e-9);
            Box drawn = Shapes.BoxOf(button.Icon);
            Assert.True(drawn.X1 > truth.X1 && drawn.X2 < truth.X2 && drawn.Y1 > truth.Y1 && drawn.Y2 < truth.Y2);
            Assert.True(truth.X1 > screen.Window.X1 && truth.Y2 < screen.Window.Y2 && screen.Window.X2 < screen.Size && screen.Window.Y2 < screen.Size);
            foreach (ScreenButton other in screen.Buttons.Where(one => one != button))
                Assert.True(other.Box.X2 < truth.X1 || other.Box.X1 > truth.X2 || other.Box.Y2 < truth.Y1 || other.Box.Y1 > truth.Y2);
        }
    }

    // The most that is earned without looking: hits by the middle of the screen.
    [Theory]
    [InlineData(Split.Train)]
    [InlineData(Split.Test)]
    public void No_constant_box_presses_many_buttons(Split split) => Assert.InRange(
        Enumerable.Range(0, Many).Average(i => Screens.Example(1, split, i).Accuracy("[28,28,36,36]").Value), 0, 0.3);

    [Fact]
    public void Pictures_show_their_buttons_at_any_size()
    {
        Screen screen = Screens.Screen(2, Split.Test, 5, 128);
        Images.RgbImage drawn = Screens.Draw(screen);

        Assert.Equal((128, 128), (drawn.Width, drawn.Height));
        Assert.All(screen.Buttons, button => Assert.Equal((byte[])[0x8C, 0x94, 0xA0], Pixel(drawn, (int)button.Box.X1, (int)button.Box.Y1)));
        Assert.Contains("size = 64", Assert.Throws<UsageException>(() => Screens.Example(1, Split.Test, 0, 100)).Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_knows_the_way_comes_nearer_with_each_move_until_the_goal_moves()
    {
        GridRecording seek = GridWorld.Seek(1, 0, 200), wander = GridWorld.Wander(1, 0, 200);

        for (int t = 0; t < seek.Moves.Count; t++)
        {
            Assert.Contains(seek.Moves[t], seek.States[t].Nearer);
            Assert.Contains(wander.Moves[t], wander.States[t].Possible);
            GridState after = seek.States[t].After(seek.Moves[t]);
            Assert.Equal((after.X, after.Y), (seek.States[t + 1].X, seek.States[t + 1].Y));
            Assert.NotEqual(0, seek.States[t + 1].Distance);
        }

        Assert.Contains(wander.Moves.Zip(wander.States), step => !step.Second.Nearer.Contains(step.First));
        Assert.Equal(seek.Moves, GridWorld.Seek(1, 0, 200).Moves);
    }

    // From the lower left to the goal in the upper right: up and right are right, and the reference is one of them.
    [Fact]
    public void Any_way_nearer_is_right()
    {
        Example example = GridWorld.Ask(new(0, 4, 3, 1), "q");

        Assert.Equal((1, 1, 0, 0), (example.Score("up").Value, example.Score("right").Value, example.Score("down").Value, example.Score("left").Value));
        Assert.Equal("left", GridWorld.Ask(new(0, 4, 3, 1), "q", Move.Left).Answer);
        Assert.Equal([Move.Up, Move.Right], new GridState(0, 4, 3, 1).Possible);
    }

    [Fact]
    public void No_state_is_in_two_splits_and_no_word_is_right_everywhere()
    {
        Example[] test = [.. Enumerable.Range(0, Many).Select(i => GridWorld.Example(0, Split.Test, i))];

        Assert.All(test, example => Assert.Equal(1, example.Score(example.Answer).Value));
        Assert.All(Enum.GetValues<Move>(), move => Assert.InRange(test.Average(example => example.Score(GridWorld.Word(move)).Value), 0.2, 0.6));
        string[] asked = [.. test.Select(Bytes).Distinct()], trained = [.. Enumerable.Range(0, Many).Select(i => Bytes(GridWorld.Example(1, Split.Train, i))).Distinct()];
        Assert.True(asked.Length > 10 && trained.Length > 100);
        Assert.Empty(asked.Intersect(trained));

        static string Bytes(Example example) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(example.Images[0].Decode(example.Id).Pixels));
    }

    private static Scene Drawing(params Appearance[] appearances) => new(64, [.. appearances.Select(one => new Item(one, 1, 1, 9, 0))], 0xFFFFFF);

    private static byte[] Pixel(Images.RgbImage image, int x, int y) => image.Pixels[(((y * image.Width) + x) * 3)..(((y * image.Width) + x + 1) * 3)];
}
