namespace Vlm;

/// <summary>A mistake the person at the keyboard can fix: printed as three lines, exit code 2, no stack trace.</summary>
/// <param name="problem">What is wrong, with the value that is wrong and the rule it breaks.</param>
/// <param name="where">The option, or the file and line, to look at.</param>
/// <param name="fix">Something that can be typed or pasted.</param>
public class UsageException(string problem, string where, string fix) : Exception(problem)
{
    /// <summary>The option, or the file and line, to look at.</summary>
    public string Where { get; } = where;

    /// <summary>Something that can be typed or pasted.</summary>
    public string Fix { get; } = fix;

    /// <summary>Other mistakes that were found with this one, as options that exclude each other are; none where it is alone.</summary>
    public IReadOnlyList<UsageException> Others { get; private set; } = [];

    /// <summary>Several mistakes as one: the first, which tells the others after itself.</summary>
    /// <param name="mistakes">One or more, in the order in which they are told.</param>
    public static UsageException Of(IEnumerable<UsageException> mistakes)
    {
        UsageException[] all = [.. mistakes.SelectMany(one => one.Others.Prepend(one))];
        all[0].Others = all[1..];
        return all[0];
    }

    /// <summary>What the command line prints to standard error.</summary>
    /// <remarks>
    /// Three lines for each mistake, whatever the values in them hold: line breaks, escape sequences and marks that turn the direction of text
    /// come from files of strangers, and are written as \n and \u001B.
    /// </remarks>
    public string Render() => string.Join('\n', Others.Prepend(this).Select(one =>
        $"error: {TerminalText.Escape(one.Message)}\n   at: {TerminalText.Escape(one.Where)}\n  try: {TerminalText.Escape(one.Fix)}"));

    /// <summary>The three lines, and where it was thrown: what .NET prints of an exception that nobody catches.</summary>
    public override string ToString() => $"{Render()}\n{StackTrace}";
}
