using Recipes.Cli;
using Spectre.Console;
using Vlm.Grpo;

namespace Cli.Tests;

public class ProgressTests
{
    private static readonly (string, double)[] Step =
    [
        (Metric.RolloutTokensPerSecond, 4120.4), (Metric.GroundingAcc50, 0.38), (Metric.VqaAccuracy, 0.61),
        (Metric.Reward, 0.532), (Metric.Kl, 0.01),
    ];

    // 20 steps done before, 100 more in 50 s: half a second each, 280 to go, 140 s.
    [Fact]
    public void A_plain_line_names_the_numbers_in_a_fixed_order()
    {
        using var recipe = new TestRecipe();
        recipe.Run("", run =>
        {
            run.Log(20, Step);
            run.Phase("GRPO", 400);
            recipe.Time.Pass(50);
            run.Log(120, Step);
        });

        Assert.Equal(
            "step 20  reward 0.532  vqa 0.61  ground 0.38  4,120 tok/s\n"
            + "GRPO: steps 21 to 400\n"
            + "step 120/400  reward 0.532  vqa 0.61  ground 0.38  4,120 tok/s  2m20s left\n",
            recipe.Error);
    }

    // Steps of 1 s: shown are the first, those at least 5 s after the one before, and the last.
    [Fact]
    public void Plain_lines_come_every_five_seconds_and_at_the_end()
    {
        using var recipe = new TestRecipe();
        recipe.Run("", run =>
        {
            run.Phase("warm start", 13);
            for (int step = 1; step <= 13; step++)
            {
                recipe.Time.Pass(1);
                run.Log(step, (Metric.Loss, 1.5));
            }
        });

        Assert.Equal(
            "warm start: 13 steps\nstep 1/13  loss 1.500  12s left\nstep 6/13  loss 1.500  7s left\n"
            + "step 11/13  loss 1.500  2s left\nstep 13/13  loss 1.500\n",
            recipe.Error);
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(59.9, "59s")]
    [InlineData(60, "1m00s")]
    [InlineData(3599, "59m59s")]
    [InlineData(3600 * 30 + 65, "30h01m")]
    public void Durations_have_two_units_at_most(double seconds, string text) =>
        Assert.Equal(text, ProgressText.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("", true)]
    [InlineData("--plain", false)]
    public void The_live_display_shows_the_numbers_and_gives_the_cursor_back(string args, bool live)
    {
        using var screen = new StringWriter();
        using var recipe = new TestRecipe { Terminal = Terminal(screen) };
        int code = recipe.Run(args, run =>
        {
            run.Phase("GRPO", 400);
            run.Log(119, Step);
            run.Log(120, Step);
            run.Say("saved [a checkpoint]");
        });

        string shown = screen.ToString();
        Assert.Equal(0, code);
        Assert.Equal(live, shown.Contains("120/400", StringComparison.Ordinal));
        Assert.Equal(live, shown.Contains("4,120", StringComparison.Ordinal));
        Assert.Equal(live, shown.Contains("saved [a checkpoint]", StringComparison.Ordinal));
        Assert.Equal(!live, recipe.Error.Contains("step 119/400", StringComparison.Ordinal));
        Assert.True(shown.LastIndexOf("\e[?25h", StringComparison.Ordinal)
            >= shown.LastIndexOf("\e[?25l", StringComparison.Ordinal));
    }

    // The parts of a reward, what was measured and is a number, one answer; a long question in one line, escapes harmless.
    [Theory]
    [InlineData(100, true)]
    [InlineData(30, false)]
    public void The_live_display_shows_parts_and_an_answer_at_any_width(int width, bool curves)
    {
        using var screen = new StringWriter();
        IAnsiConsole terminal = Terminal(screen);
        terminal.Profile.Width = width;
        using var recipe = new TestRecipe { Terminal = terminal };
        recipe.Run("", run =>
        {
            run.Phase("GRPO", 9);
            foreach (int step in (int[])[1, 2])
            {
                run.Log(step, (Metric.Reward, 0.5 * step), ("reward/iou", 0.25), (Metric.FracRewardZeroStd, 0.125),
                    (Metric.GroundingAcc50, double.NaN), (Metric.Entropy, 1.5), (Metric.CompletionLength, 7.25));
                run.Rollouts(step, Batches.One(question: "How [many] \e[31m\r\n" + new string('x', 300), answer: "two \e]0;owned\a", reward: 0.75));
            }
        });

        string shown = screen.ToString();
        Assert.All((string[])["  iou", "0.250", "zero std", "0.13", "entropy", "1.50", "length", "7.3", "reward: 0.75"],
            text => Assert.Contains(text, shown, StringComparison.Ordinal));
        Assert.Contains("question: How [many]", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("ground", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[31m", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("\e]0", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(new string('x', width), shown, StringComparison.Ordinal);
        Assert.Equal(curves, shown.Contains('█', StringComparison.Ordinal));
    }

    [Fact]
    public void The_cursor_comes_back_after_a_defect_too()
    {
        using var screen = new StringWriter();
        using var recipe = new TestRecipe { Terminal = Terminal(screen) };

        int code = recipe.Run("", _ => throw new InvalidOperationException("NaN"));

        string shown = screen.ToString();
        Assert.Equal(1, code);
        Assert.Contains("\e[?25l", shown, StringComparison.Ordinal);
        Assert.True(shown.LastIndexOf("\e[?25h", StringComparison.Ordinal)
            > shown.LastIndexOf("\e[?25l", StringComparison.Ordinal));
    }

    // 1 .. 8 fill the eight blocks. 64 values are two per column; the pairs rise, so each column is at least the last.
    [Fact]
    public void A_curve_spans_the_whole_run()
    {
        var curve = new Curve();
        for (int i = 1; i <= 8; i++)
            curve.Add(i);
        Assert.Equal("▁▂▃▄▅▆▇█", curve.Draw());

        curve.Add(double.NaN);
        for (int i = 9; i <= 640; i++)
            curve.Add(i);

        string line = curve.Draw();
        Assert.InRange(line.Length, 16, 32);
        Assert.Equal(string.Concat(line.Order()), line);
        Assert.Equal(('▁', '█'), (line[0], line[^1]));
    }

    private static IAnsiConsole Terminal(TextWriter screen) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Ansi = AnsiSupport.Yes,
        Interactive = InteractionSupport.Yes,
        ColorSystem = ColorSystemSupport.Standard,
        Out = new AnsiConsoleOutput(screen),
    });
}
