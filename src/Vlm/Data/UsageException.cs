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

    /// <summary>What the command line prints to standard error.</summary>
    public string Render() => $"error: {Message}\n   at: {Where}\n  try: {Fix}";
}
