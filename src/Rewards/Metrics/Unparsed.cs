namespace Vlm.Rewards;

/// <summary>An answer in which a metric's rule found nothing to compare: worth nothing, and counted apart from wrong answers.</summary>
/// <remarks>Where a scorer guesses an option at random, or asks a language model, the answer is unparsed here.</remarks>
public static class Unparsed
{
    private const string Mark = "unparsed: ";

    /// <summary>The score of an answer that could not be parsed: 0.</summary>
    /// <param name="reason">What was looked for and not found.</param>
    public static Score Because(string reason) => Score.Zero(Mark + reason);

    /// <summary>Whether a score is one of <see cref="Because"/>.</summary>
    public static bool IsUnparsed(this Score score) => score.Reason.StartsWith(Mark, StringComparison.Ordinal);
}
