using System.Globalization;
using Spectre.Console;
using Vlm;
using Vlm.Grpo.Reports;
using Vlm.Images;
using Vlm.Rewards;

namespace Recipes.Cli;

/// <summary>Answers of a group that are alike.</summary>
/// <param name="Member">One of them.</param>
/// <param name="Count">How many there are.</param>
internal sealed record Alike(Member Member, int Count);

/// <summary>A group of rollouts in lines of a terminal: its question and picture, and the answers, best first.</summary>
/// <param name="screen">What the terminal can show.</param>
/// <param name="style">How pictures are drawn.</param>
/// <param name="mostLines">Lines of an answer; the rest is told by its length.</param>
internal sealed class GroupText(Screen screen, PictureStyle style, int mostLines)
{
    private const int MostPictureColumns = 48, MostPictureRows = 20, LeastBeside = 34, BarSide = 4, Numbers = 16, Times = 5,
        LeastForBars = 64;

    private static readonly Style s_bold = new(decoration: Decoration.Bold), s_dim = new(decoration: Decoration.Dim),
        s_better = new(Color.Green), s_worse = new(Color.Red);

    private readonly int _column = Numbers + Times + (screen.Width >= LeastForBars ? (2 * BarSide) + 1 : 0);     // where answers begin
    private readonly PictureStyle _style = style == PictureStyle.Auto ? screen.Style : style;

    /// <summary>The group.</summary>
    /// <param name="title">What stands in its first line.</param>
    /// <param name="group">Its answers.</param>
    /// <param name="picture">Null where none was kept.</param>
    /// <param name="most">The largest size of an advantage, which has the longest bar.</param>
    public IEnumerable<ScreenLine> Lines(string title, Group group, (RgbImage Image, int Width, int Height)? picture, double most)
    {
        yield return Rule(title);
        foreach (ScreenLine line in Head(group, picture))
            yield return line;
        yield return new("");
        yield return new ScreenLine(" reward  advantage", s_dim).Beside(_column, new("answer", s_dim));
        foreach (Alike one in Alike(group.Members))
            foreach (ScreenLine line in Answer(one, most))
                yield return line;
        yield return new("");
    }

    /// <summary>Members in their order; those with the same text and reward once.</summary>
    internal static IReadOnlyList<Alike> Alike(IReadOnlyList<Member> members) =>
    [
        .. members.GroupBy(member => (member.Answer.Text, member.Answer.Reward, member.Advantage, member.Answer.Truncated))
            .Select(same => new Alike(same.First(), same.Count())),
    ];

    private ScreenLine Rule(string title)
    {
        string line = screen.Unicode ? "─" : "-";
        string shown = $"{line}{line} {Fit(title, screen.Width - 6)} ";
        string rest = string.Concat(Enumerable.Repeat(line, Math.Max(0, screen.Width - ScreenLine.Columns(shown))));
        return new((shown[..3], s_dim), (shown[3..], s_bold), (rest, s_dim));
    }

    // The picture on the left where there is room for words beside it, and else below them.
    private IEnumerable<ScreenLine> Head(Group group, (RgbImage Image, int Width, int Height)? picture)
    {
        if (picture is not { } shown || _style == PictureStyle.None)
            return Words(group, screen.Width, isDrawn: false);
        int columns = Math.Min(MostPictureColumns, Math.Max(16, screen.Width / 2));
        IReadOnlyList<ScreenLine> drawn = CharacterPicture.Draw(
            shown, Boxes(group), Math.Min(columns, screen.Width), MostPictureRows, _style == PictureStyle.Blocks);
        int begin = drawn.Max(line => line.Width) + 2;
        if (screen.Width - begin < LeastBeside)
            return [.. Words(group, screen.Width, isDrawn: true), .. drawn];
        ScreenLine[] words = [.. Words(group, screen.Width - begin, isDrawn: true)];
        return Enumerable.Range(0, Math.Max(words.Length, drawn.Count)).Select(i =>
            i >= words.Length ? drawn[i] : (i < drawn.Count ? drawn[i] : new("")).Beside(begin, words[i]));
    }

    private IEnumerable<ScreenLine> Words(Group group, int width, bool isDrawn)
    {
        foreach (string line in Wrapped(group.Question.Text, width))
            yield return new(line, s_bold);
        foreach (string line in Wrapped(group.Question.Truth is { } truth ? $"truth: {truth}" : "nobody knows what is right", width))
            yield return new(line, group.Question.Truth is null ? s_dim : s_better);
        double[] rewards = [.. group.Members.Select(member => member.Answer.Reward).Where(double.IsFinite)];
        string mean = rewards.Length == 0 ? "not scored" : $"mean reward {Two(rewards.Average())}";
        bool flat = rewards.Length > 1 && rewards.All(reward => reward.Equals(rewards[0]));
        string nothing = flat ? "; all earned the same: nothing is learned from them" : "";
        foreach (string line in Wrapped($"{Count(group.Members.Count, "answer")}, {mean}{nothing}", width))
            yield return new(line, s_dim);
        if (isDrawn)
            foreach (ScreenLine line in Legend(group))
                yield return line;
    }

    private IEnumerable<ScreenLine> Legend(Group group)
    {
        BoxOf[] shown = [.. Boxes(group).Select(box => box.Whose).Distinct().Order()];
        if (shown.Length == 0)
            yield break;
        yield return new("");
        foreach (BoxOf whose in shown)
            yield return _style == PictureStyle.Blocks
                ? new(("▀▀ ", new Style(CharacterPicture.ColourOf(whose), CharacterPicture.ColourOf(whose))), (" " + Name(whose), Style.Plain))
                : new($"{CharacterPicture.LetterOf(whose)}  {Name(whose)}");

        static string Name(BoxOf whose) => whose switch { BoxOf.Truth => "the true box", BoxOf.Best => "the best answer's", _ => "other answers'" };
    }

    private static IEnumerable<(Box Box, BoxOf Whose)> Boxes(Group group)
    {
        Box[] answered = [.. group.Members.Select(member => member.Answer.Box).OfType<Box>()];
        foreach (Box box in answered.Skip(1).Reverse())
            yield return (box, BoxOf.Other);
        if (answered.Length > 0)
            yield return (answered[0], BoxOf.Best);
        if (group.Question.TruthBox is { } truth)
            yield return (truth, BoxOf.Truth);
    }

    private IEnumerable<ScreenLine> Answer(Alike one, double most)
    {
        (Member member, Style style) = (one.Member, one.Member.Advantage > 0 ? s_better : one.Member.Advantage < 0 ? s_worse : s_dim);
        string times = (one.Count > 1 ? $"{one.Count}x " : "").PadLeft(Times);
        var front = new ScreenLine(
            ($"{(double.IsNaN(member.Answer.Reward) ? "-" : Two(member.Answer.Reward)),7}", s_bold), ($"{Signed(member.Advantage),8} ", style),
            (screen.Width >= LeastForBars ? Bar(member.Advantage / most) : "", style), (times, s_dim));
        foreach ((int number, string line) in Text(member).Index())
            yield return (number == 0 ? front : new("")).Beside(_column, new(line));
        foreach (string line in Wrapped(string.Join("; ", member.Answer.Parts.Select(Reason)), screen.Width - _column).Where(line => line.Length > 0))
            yield return new ScreenLine("").Beside(_column, new(line, s_dim));
    }

    private IEnumerable<string> Text(Member member)
    {
        // Most tokenizers put a blank before the first word.
        (string text, int room) = (member.Answer.Text.TrimStart(' '), screen.Width - _column);
        string[] lines = [.. (text.Length == 0 ? ["(nothing)"] : Lines(text)).SelectMany(line => ScreenLine.Wrap(line, room))];
        foreach (string line in lines.Take(mostLines))
            yield return line;
        if (lines.Length > mostLines)
            foreach (string line in Wrapped(
                string.Create(CultureInfo.InvariantCulture, $"[{lines.Length - mostLines:N0} more lines: --lines {lines.Length}]"), room))
                yield return line;
        if (member.Answer.Truncated)
            foreach (string line in Wrapped("[cut at the limit of new tokens]", room))
                yield return line;
        if (member.Answer.Codes is { } codes)
            foreach (string line in Wrapped($"codes {string.Join(' ', codes.Select(coded => coded.Code))}", room).Take(2))
                yield return line;
    }

    private static string Reason(Part part)
    {
        string weight = part.Weight is 1 or double.NaN ? "" : string.Create(CultureInfo.InvariantCulture, $" x {part.Weight:0.##}");
        string why = part.Reason.Length > 0 && part.Reason != part.Name ? $" ({part.Reason})" : "";
        return $"{part.Name} {(double.IsNaN(part.Value) ? "not scored" : Two(part.Value))}{weight}{why}";
    }

    // To the right of the middle where it is positive, and to its left where it is not.
    private string Bar(double share)
    {
        int length = double.IsFinite(share) ? (int)Math.Round(Math.Abs(share) * BarSide) : 0;
        string full = new(screen.Unicode ? '█' : '#', length), rest = new(' ', BarSide - length), none = new(' ', BarSide);
        return (share < 0 ? rest + full : none) + (screen.Unicode ? "│" : "|") + (share > 0 ? full + rest : none);
    }

    private static IEnumerable<string> Wrapped(string text, int width) => Lines(text).SelectMany(line => ScreenLine.Wrap(line, width));

    // Lines stay lines, and whatever else would move a terminal's cursor or colour it is written out.
    private static IEnumerable<string> Lines(string text) => text.ReplaceLineEndings("\n").Split('\n').Select(TerminalText.Escape);

    private static string Fit(string text, int width)
    {
        string escaped = TerminalText.Escape(text);
        return ScreenLine.Columns(escaped) <= width ? escaped : ScreenLine.Wrap(escaped, width - 3).First() + "...";
    }

    internal static string Count(int count, string what) => $"{count} {what}{(count == 1 ? "" : "s")}";

    private static string Two(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Signed(double value) => double.IsNaN(value) ? "-" : value.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture);
}
