using System.Text;
using Spectre.Console;

namespace Recipes.Cli;

/// <summary>How pictures are drawn in a terminal.</summary>
public enum PictureStyle
{
    /// <summary>What the terminal can.</summary>
    Auto,

    /// <summary>Half blocks in colours: two pixels a letter.</summary>
    Blocks,

    /// <summary>Letters by their darkness.</summary>
    Ascii,

    /// <summary>Not at all.</summary>
    None,
}

/// <summary>What the place can show that output goes to.</summary>
/// <param name="Width">Letters in a line.</param>
/// <param name="Colours">How many colours there are.</param>
/// <param name="Unicode">Letters beyond ASCII arrive.</param>
/// <param name="IsTerminal">Someone looks at it: it is no file and no pipe.</param>
public sealed record Screen(int Width, ColorSystem Colours, bool Unicode, bool IsTerminal)
{
    private const int LeastWidth = 40, FileWidth = 100;

    /// <summary>Where this process's output goes. NO_COLOR and TERM are heeded.</summary>
    public static Screen System()
    {
        bool unicode = IsUtf8(Environment.GetEnvironmentVariable, Console.OutputEncoding);
        if (Console.IsOutputRedirected || Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb")
            return new(FileWidth, ColorSystem.NoColors, unicode, IsTerminal: !Console.IsOutputRedirected);
        Profile profile = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) }).Profile;
        bool colours = string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && profile.Capabilities.Ansi;
        return new(Math.Max(LeastWidth, profile.Width), colours ? profile.Capabilities.ColorSystem : ColorSystem.NoColors, unicode, IsTerminal: true);
    }

    /// <summary>How pictures are drawn where <see cref="PictureStyle.Auto"/> is asked for.</summary>
    public PictureStyle Style => !IsTerminal ? PictureStyle.None
        : Unicode && Colours >= ColorSystem.EightBit ? PictureStyle.Blocks : PictureStyle.Ascii;

    // As the C library: the first of three variables that is set names the letters; where none is, what .NET took.
    internal static bool IsUtf8(Func<string, string?> variable, Encoding output)
    {
        string? locale = ((string[])["LC_ALL", "LC_CTYPE", "LANG"]).Select(variable).FirstOrDefault(value => !string.IsNullOrEmpty(value));
        return output.CodePage == Encoding.UTF8.CodePage
            && (locale is null || locale.Replace("-", "", StringComparison.Ordinal).Contains("utf8", StringComparison.OrdinalIgnoreCase));
    }
}
