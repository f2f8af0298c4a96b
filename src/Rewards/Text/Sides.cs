namespace Vlm.Rewards;

/// <summary>Tells whether a text affirms or denies.</summary>
internal static class Sides
{
    /// <summary>True where the truth is the word that affirms.</summary>
    /// <exception cref="ArgumentException">It is neither word.</exception>
    public static bool Of(string truth, string affirms, string denies)
    {
        ReadOnlySpan<char> word = truth.AsSpan().Trim();
        bool yes = word.Equals(affirms, StringComparison.OrdinalIgnoreCase);
        return yes || word.Equals(denies, StringComparison.OrdinalIgnoreCase)
            ? yes : throw new ArgumentException($"the truth '{truth}' is neither {affirms} nor {denies}", nameof(truth));
    }

    /// <summary>1 where the answer takes the side of the truth, and no other.</summary>
    public static Score Match(Answer answer, string affirms, string denies, bool truth)
    {
        if (answer.Text is null)
            return Score.Zero(answer.Problem);
        (bool yes, bool no) = Read(answer.Plain, affirms, denies);
        if (yes && no)
            (yes, no) = Read(answer.Sentence, affirms, denies);
        if (yes && no)
            (yes, no) = Read(Sentences.BeforeReason(answer.Sentence), affirms, denies);
        if (yes == no)
            return Score.Zero(yes ? "affirms and denies" : "neither affirms nor denies");
        return yes == truth ? Score.One("same side") : Score.Zero("the other side");
    }

    // "Yes, it is not hidden" is yes; "not true" is false, and "not false" is true.
    private static (bool Yes, bool No) Read(ReadOnlySpan<char> text, string affirms, string denies)
    {
        (bool yes, bool no, bool not, bool denied, int words, bool leads) = (false, false, false, false, 0, false);
        for (int at = 0; TryWord(text, ref at, out ReadOnlySpan<char> word) && !(yes && no); words++)
        {
            bool yesWord = word.Equals(affirms, StringComparison.OrdinalIgnoreCase);
            if (yesWord || word.Equals(denies, StringComparison.OrdinalIgnoreCase))
            {
                (yes, no) = yesWord != denied ? (true, no) : (yes, true);
                (leads, denied) = (leads || words == 0, false);
                continue;
            }

            not |= denied;
            denied = Denies(word, text[at..]);
        }

        if (yes || no)
            return (yes, no || ((not || denied) && !leads));
        return SideWords.Read(text, affirms) is { } side ? (side, !side) : (false, not || denied);
    }

    // The next run of letters, digits and apostrophes.
    private static bool TryWord(ReadOnlySpan<char> text, ref int at, out ReadOnlySpan<char> word)
    {
        while (at < text.Length && !IsWord(text[at]))
            at++;
        int start = at;
        while (at < text.Length && (IsWord(text[at]) || text[at] is '\'' or '\u2019'))
            at++;
        word = text[start..at];
        if (word is [.., '\'' or '\u2019'])
            word = word.TrimEnd("'\u2019");
        return start < text.Length;
    }

    private static bool IsWord(char letter) => (letter < '\u2e80' && char.IsLetterOrDigit(letter)) || letter == '_';

    private static bool Denies(ReadOnlySpan<char> word, ReadOnlySpan<char> rest)
    {
        if (word is not [.., 't' or 'T'])
            return false;
        if (word.Equals("not", StringComparison.OrdinalIgnoreCase))
            return !rest.StartsWith(" only", StringComparison.OrdinalIgnoreCase) && !SideWords.IsUnsure(rest);
        return (word is [.., 'n' or 'N', '\'' or '\u2019', _] || word.Equals("cannot", StringComparison.OrdinalIgnoreCase))
            && !SideWords.IsUnsure(rest);
    }
}
