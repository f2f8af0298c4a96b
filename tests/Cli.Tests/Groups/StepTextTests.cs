using System.Text;
using Recipes.Cli;
using Spectre.Console;
using Vlm;
using Vlm.Grpo.Reports;
using Vlm.Grpo.Tests.Report;
using Vlm.Images;

namespace Cli.Tests.Groups;

/// <summary>Groups of a step as text: two prompts of two answers each, one right and one hostile.</summary>
public sealed class StepTextTests : IDisposable
{
    private static readonly Screen s_plain = new(80, ColorSystem.NoColors, Unicode: false, IsTerminal: true),
        s_full = new(100, ColorSystem.TrueColor, Unicode: true, IsTerminal: true);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-step-text-");

    private string Folder => Path.Combine(_folder.FullName, "run");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Answers_stand_best_first_with_reward_advantage_and_reasons()
    {
        string[] lines = Shown(s_plain with { IsTerminal = false }, step: 3).Split('\n');

        Assert.Equal("step 3 (of 1 to 4): 4 answers in 2 groups, mean reward 0.50", lines[0]);
        Assert.Equal("-- 1 of 2 - train-3-0 - ground " + new string('-', 49), lines[2]);
        Assert.Equal(["Where is <it> of train-3-0?", "truth: [100, 200, 500, 800]", "2 answers, mean reward 0.50"], lines[3..6]);
        Assert.Equal("   1.00   +0.50     |####     [100, 200, 500, 800]", lines[8]);
        int better = 8, worse = Array.FindIndex(lines, line => line.StartsWith("   0.00   -0.50 ####|", StringComparison.Ordinal));
        Assert.True(worse > better + 1, string.Join('\n', lines));
        Assert.All(lines[(better + 1)..worse], line => Assert.StartsWith(new string(' ', 30), line, StringComparison.Ordinal));
        Assert.Contains("acc@0.5 1.00 x 0.5 (hit); iou 1.00 x 0.5", string.Concat(lines[(better + 1)..worse]), StringComparison.Ordinal);
        Assert.Contains("]]> <b>nowhere\\u0001", lines[worse], StringComparison.Ordinal);
        Assert.Equal(new string(' ', 30) + "[cut at the limit of new tokens]", lines[worse + 1]);
    }

    // The picture of 100 x 60 becomes 40 x 24 letters' halves: the true box [10, 12, 50, 48] goes from column 4 to 19, the answers' from ...
    [Fact]
    public void Boxes_are_drawn_in_letters_where_there_are_no_colours()
    {
        string[] lines = Shown(s_plain, step: 3).Split('\n');

        string[] drawn = [.. lines[3..15].Select(line => line.PadRight(40)[..40])];
        Assert.Equal("    " + new string('T', 16) + new string(' ', 20), drawn[2]);
        Assert.Equal("    T" + new string(' ', 14) + "T" + new string(' ', 20), drawn[5]);
        Assert.Equal("    " + new string('T', 16) + new string(' ', 20), drawn[9]);
        Assert.Equal(new string(' ', 40), drawn[11]);
        Assert.Contains(lines, line => line.EndsWith("  T  the true box", StringComparison.Ordinal));
    }

    [Fact]
    public void Boxes_are_drawn_in_half_blocks_where_there_are_colours()
    {
        string text = Shown(s_full, step: 3);

        Assert.Contains("▀", text, StringComparison.Ordinal);
        Assert.Contains("\u001B[38;2;11;138;67", text, StringComparison.Ordinal);
        Assert.Contains("\u001B[38;2;252;252;252;48;2;252;252;252m", text, StringComparison.Ordinal);
        Assert.DoesNotContain("\u0001", text, StringComparison.Ordinal);
    }

    // Upper and lower halves: a picture of 2 x 3 pixels whose rows are red, green and blue; the last line has one row of pixels.
    [Fact]
    public void A_half_block_has_the_upper_pixel_before_and_the_lower_one_behind()
    {
        var image = new RgbImage(2, 3, [255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255]);

        IReadOnlyList<ScreenLine> lines = CharacterPicture.Draw((image, 2, 3), [], 2, 2, blocks: true);

        Assert.Equal(2, lines.Count);
        Assert.All(lines[0].Parts, part => Assert.Equal((new Color(255, 0, 0), new Color(0, 255, 0)), (part.Style.Foreground, part.Style.Background)));
        Assert.All(lines[1].Parts, part => Assert.Equal((new Color(0, 0, 255), Color.Default), (part.Style.Foreground, part.Style.Background)));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(63)]
    [InlineData(80)]
    [InlineData(200)]
    public void No_line_is_wider_than_the_terminal(int width)
    {
        foreach (Screen screen in new[] { s_plain, s_full })
            Assert.All(System.Text.RegularExpressions.Regex.Replace(Shown(screen with { Width = width }, step: 2), "\u001B\\[[0-9;]*m", "").Split('\n'),
                line => Assert.InRange(ScreenLine.Columns(line), 0, width));
    }

    // Each letter of Chinese takes two columns; a word that is too long is cut.
    [Fact]
    public void Lines_break_between_words_and_count_columns()
    {
        Assert.Equal(["one two", "three"], ScreenLine.Wrap("one two three", 8));
        Assert.Equal(["abcd", "efgh", "i"], ScreenLine.Wrap("abcdefghi", 4));
        Assert.Equal(["红色", "球"], ScreenLine.Wrap("红色球", 5));
        Assert.Equal([""], ScreenLine.Wrap("", 5));
    }

    [Fact]
    public void Answers_that_are_alike_are_shown_once_and_long_ones_are_cut()
    {
        Member one = Of("yes"), other = Of("no");
        Assert.Equal([("yes", 2), ("no", 1)], GroupText.Alike([one, one, other]).Select(alike => (alike.Member.Answer.Text, alike.Count)));

        var group = new Group(1, new("id", "kind", "?", null, null, null), [Of("a\nb\nc\u001B[2J\nd")]);
        string[] lines = [.. new GroupText(s_plain, PictureStyle.Auto, 2).Lines("title", group, null, 1).Select(line => string.Concat(line.Parts.Select(part => part.Text)).Trim())];
        Assert.Contains("b", lines);
        Assert.Contains("[2 more lines: --lines 4]", lines);
        lines = [.. new GroupText(s_plain, PictureStyle.Auto, 4).Lines("title", group, null, 1).Select(line => string.Concat(line.Parts.Select(part => part.Text)).Trim())];
        Assert.Contains("c\\u001B[2J", lines);
        Assert.Contains("nobody knows what is right", lines);
        lines = [.. new GroupText(s_plain, PictureStyle.Auto, 3).Lines("title", group, null, 1).Select(line => string.Concat(line.Parts.Select(part => part.Text)).Trim())];
        Assert.Contains("[1 more lines: --lines 4]", lines);

        static Member Of(string text) => new(new(text, false, 1, "", [], null, null), 0.5);
    }

    // The mean is of those that were scored.
    [Fact]
    public void Groups_of_equal_rewards_are_told()
    {
        Group flat = new(1, new("a", "kind", "?", null, null, null), [Of(1), Of(1)]);
        Group other = new(1, new("b", "kind", "?", null, null, null), [Of(1), Of(0), Of(double.NaN)]);

        string text = Text(s_plain with { Width = 100 }, new StepRollouts(1, "1", null, [flat, other]));

        Assert.StartsWith("step 1 (of 1): 5 answers in 2 groups, mean reward 0.75, 1 group of equal rewards\n", text, StringComparison.Ordinal);
        Assert.Contains("2 answers, mean reward 1.00; all earned the same: nothing is learned from them\n", text, StringComparison.Ordinal);
        Assert.Contains("3 answers, mean reward 0.50\n", text, StringComparison.Ordinal);

        static Member Of(double reward) => new(new("yes", false, reward, "", [], null, null), 0);
    }

    [Fact]
    public void Groups_are_picked_by_their_ids_and_their_number()
    {
        DrawnRun.Write(Folder);

        string picked = Text(s_plain, StepRollouts.Read(Folder), prompt: "4-1"), first = Text(s_plain, StepRollouts.Read(Folder), limit: 1);
        Assert.Contains("2 of 2 - train-4-1", picked, StringComparison.Ordinal);
        Assert.DoesNotContain("train-4-0", picked, StringComparison.Ordinal);
        Assert.DoesNotContain("train-4-1", first, StringComparison.Ordinal);
        Assert.EndsWith("1 of 2 groups; all of them: --limit 2\n", first, StringComparison.Ordinal);
        var error = Assert.Throws<UsageException>(() => Text(s_plain, StepRollouts.Read(Folder), prompt: "nobody"));
        Assert.Equal(("no prompt of step 4 has 'nobody' in its id", "--prompt nobody", "--prompt train-4-0"), (error.Message, error.Where, error.Fix));
    }

    // Of steps 16 to 31 every second one keeps pictures.
    [Fact]
    public void A_step_without_pictures_names_the_nearest_that_has_them()
    {
        DrawnRun.Write(Folder, steps: 19);

        Assert.Contains("the nearest one with pictures: --step 18\n", Text(s_plain, StepRollouts.Read(Folder)), StringComparison.Ordinal);
        Assert.DoesNotContain("nearest", Text(s_plain, StepRollouts.Read(Folder, 18)), StringComparison.Ordinal);
        Assert.DoesNotContain("nearest", Text(s_plain with { IsTerminal = false }, StepRollouts.Read(Folder)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, ColorSystem.TrueColor, true, PictureStyle.Blocks)]
    [InlineData(true, ColorSystem.Standard, true, PictureStyle.Ascii)]
    [InlineData(true, ColorSystem.TrueColor, false, PictureStyle.Ascii)]
    [InlineData(true, ColorSystem.NoColors, true, PictureStyle.Ascii)]
    [InlineData(false, ColorSystem.NoColors, true, PictureStyle.None)]
    public void Pictures_are_drawn_as_the_terminal_can(bool isTerminal, ColorSystem colours, bool unicode, PictureStyle style) =>
        Assert.Equal(style, new Screen(80, colours, unicode, isTerminal).Style);

    [Theory]
    [InlineData("C", null, false)]
    [InlineData("C.UTF-8", "C", true)]
    [InlineData(null, "de_DE.ISO-8859-1", false)]
    [InlineData(null, "en_US.utf8", true)]
    [InlineData(null, null, true)]
    public void The_locale_says_whether_letters_beyond_ascii_arrive(string? all, string? lang, bool unicode) =>
        Assert.Equal(unicode, Screen.IsUtf8(name => name == "LC_ALL" ? all : name == "LANG" ? lang : null, new UTF8Encoding(false)));

    private string Shown(Screen screen, long step)
    {
        if (!Directory.Exists(Folder))
            DrawnRun.Write(Folder);
        return Text(screen, StepRollouts.Read(Folder, step));
    }

    private static string Text(Screen screen, StepRollouts rollouts, int limit = 8, string? prompt = null)
    {
        using var text = new StringWriter { NewLine = "\n" };
        StepText.Write(text, screen, rollouts, limit, prompt);
        return text.ToString();
    }
}
