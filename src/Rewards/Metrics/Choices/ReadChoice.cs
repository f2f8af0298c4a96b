namespace Vlm.Rewards;

/// <summary>The option that a rule finds in an answer.</summary>
/// <param name="Letter">'A', 'B' ...; 'Z' where the answer declines to choose; null where the rule finds none.</param>
/// <param name="Reason">What it went by, or what it looked for.</param>
public readonly record struct ReadChoice(char? Letter, string Reason)
{
    /// <summary>No option was found; scorers that guess one at random here are not followed.</summary>
    public static ReadChoice None(string reason) => new(null, reason);

    /// <summary>1 where it is the true option; unparsed where none was found.</summary>
    /// <param name="truth">The true option's letter.</param>
    public Score Against(char truth) => Letter is not { } letter ? Unparsed.Because(Reason)
        : letter == truth ? Score.One($"chose {letter} by {Reason}") : Score.Zero($"chose {letter} by {Reason}");

    internal static char LetterOf(int index) => (char)('A' + index);
}
