using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Recipes.Cli;

/// <summary>A line of a terminal: texts with their styles.</summary>
/// <param name="Parts">In their order; no line breaks.</param>
internal sealed record ScreenLine(params IReadOnlyList<(string Text, Style Style)> Parts)
{
    private const int Endless = 1 << 20;

    public ScreenLine(string text, Style? style = null) : this((text, style ?? Style.Plain))
    {
    }

    /// <summary>Columns that it takes: a letter of Chinese takes two.</summary>
    public int Width => Parts.Sum(part => Columns(part.Text));

    /// <summary>This one with another behind it, which begins at a column.</summary>
    public ScreenLine Beside(int column, ScreenLine other) =>
        new([.. Parts, (new string(' ', Math.Max(0, column - Width)), Style.Plain), .. other.Parts]);

    /// <summary>Columns of a text.</summary>
    public static int Columns(string text) => text.All(letter => letter is >= ' ' and <= '~') ? text.Length : new Segment(text).CellCount();

    /// <summary>A text in lines of a width, broken between words where it can be.</summary>
    /// <param name="text">Without line breaks.</param>
    /// <param name="width">Columns, at least 2.</param>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        var line = new StringBuilder();
        (int used, int lastBlank) = (0, -1);
        foreach (Rune rune in text.EnumerateRunes())
        {
            int takes = Columns(rune.ToString());
            if (used + takes > width)
            {
                bool between = lastBlank > 0;
                string rest = between ? line.ToString(lastBlank + 1, line.Length - lastBlank - 1) : "";
                yield return between ? line.ToString(0, lastBlank) : line.ToString();
                line.Clear().Append(rest);
                (used, lastBlank) = (Columns(rest), -1);
            }

            if (rune.Value == ' ')
                lastBlank = line.Length;
            line.Append(rune.ToString());
            used += takes;
        }

        yield return line.ToString();
    }

    /// <summary>Writes lines: with colours where there are any, and otherwise their text alone.</summary>
    public static void Write(TextWriter output, ColorSystem colours, IEnumerable<ScreenLine> lines)
    {
        if (colours == ColorSystem.NoColors)
        {
            foreach (ScreenLine line in lines)
                output.WriteLine(string.Concat(line.Parts.Select(part => part.Text)).TrimEnd());
            return;
        }

        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = (ColorSystemSupport)colours,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(output),
        });
        console.Profile.Width = Endless;     // lines are as long as they shall be
        foreach (ScreenLine line in lines)
        {
            var text = new Paragraph();
            foreach ((string part, Style style) in line.Parts)
                text.Append(part, style);
            console.Write(text);
            console.WriteLine();
        }
    }
}
