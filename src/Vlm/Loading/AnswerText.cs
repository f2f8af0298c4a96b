using System.Text;

namespace Vlm.Loading;

/// <summary>
/// The text of an answer while it grows: without white space around it, and up to the first stop sequence. What it gives, put
/// together, is the same however the text is cut into pieces.
/// </summary>
/// <param name="stops">Texts that end the answer, and are no part of it; none of them empty.</param>
internal sealed class AnswerText(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _held = new();
    private bool _begun;

    /// <summary>A stop sequence has come.</summary>
    internal bool Stopped { get; private set; }

    /// <summary>What is certain now: white space, and what may become a stop sequence, waits for what follows.</summary>
    internal string Append(string piece)
    {
        string text = _held.Append(piece).ToString();
        if (stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).ToArray() is [_, ..] ends)
        {
            Stopped = true;
            return Give(text[..ends.Min()].TrimEnd(), "");
        }
        string certain = text[..^stops.Select(stop => Begun(text, stop)).Append(0).Max()].TrimEnd();
        return Give(certain, text[certain.Length..]);
    }

    /// <summary>What was still waiting, where the text has ended.</summary>
    internal string Finish() => Give(_held.ToString().TrimEnd(), "");

    private string Give(string text, string rest)
    {
        _held.Clear().Append(rest);
        string given = _begun ? text : text.TrimStart();
        _begun |= given.Length > 0;
        return given;
    }

    // How many of the stop sequence's first letters the text ends in.
    private static int Begun(string text, string stop) => Enumerable.Range(1, stop.Length - 1)
        .Where(count => text.EndsWith(stop[..count], StringComparison.Ordinal)).DefaultIfEmpty(0).Max();
}

/// <summary>A part of an answer.</summary>
/// <param name="Text">The next part of the text; may be empty.</param>
/// <param name="Tokens">Tokens generated so far.</param>
/// <param name="Stop">Why the answer ended; null while it goes on.</param>
internal readonly record struct AnswerPiece(string Text, int Tokens, StopReason? Stop);
