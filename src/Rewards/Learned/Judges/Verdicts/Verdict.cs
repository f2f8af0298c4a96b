namespace Vlm.Rewards.Learned.Judges;

/// <summary>What a judge's reply says, or why it says nothing that counts.</summary>
/// <param name="Value">What it says; no meaning where there is a problem.</param>
/// <param name="Problem">Why it is no verdict; empty where it is one.</param>
public readonly record struct Verdict<T>(T Value, string Problem)
{
    /// <summary>It says something that counts.</summary>
    public bool IsGiven => Problem is null or "";
}

/// <summary>Verdicts, and what all their readers do alike.</summary>
internal static class Verdict
{
    private const int Shown = 60;

    /// <summary>A verdict.</summary>
    public static Verdict<T> Of<T>(T value) => new(value, "");

    /// <summary>None, and why.</summary>
    public static Verdict<T> None<T>(string problem) => new(default!, problem);

    /// <summary>No verdict in this text, of which the end is shown.</summary>
    public static Verdict<T> NotIn<T>(string text)
    {
        string line = string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return None<T>(line.Length == 0 ? "the reply is empty"
            : $"no verdict in '{(line.Length <= Shown ? line : "... " + line[^Shown..])}'");
    }

    /// <summary>Reads what follows the thinking.</summary>
    /// <param name="reply">What the judge wrote.</param>
    /// <param name="read">Of the text behind the thinking, without white space around it.</param>
    public static Verdict<T> AfterThinking<T>(string reply, Func<string, Verdict<T>> read)
    {
        AnswerPart rest = Thinking.After(reply);
        return rest.Text is null ? None<T>(rest.Problem) : read(rest.Text.Trim());
    }
}
