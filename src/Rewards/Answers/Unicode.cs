using System.Text;

namespace Vlm.Rewards;

/// <summary>One spelling of a text where Unicode has several.</summary>
internal static class Unicode
{
    /// <summary>
    /// Letters with their accents in one code point (normalisation form C), whatever way they were written; halves of surrogate pairs
    /// and U+FFFE, which have no such form, replaced by U+FFFD.
    /// </summary>
    public static string Composed(string text)
    {
        if (Ascii.IsValid(text))
            return text;
        // U+FFFE is what .NET refuses beside them.
        string whole = HasLoneSurrogate(text) ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) : text;
        return whole.Replace('\ufffe', '\ufffd').Normalize(NormalizationForm.FormC);
    }

    private static bool HasLoneSurrogate(string text)
    {
        for (int at = 0; at < text.Length; at++)
            if (char.IsSurrogate(text[at]))
            {
                if (!(char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])))
                    return true;
                at++;
            }

        return false;
    }
}
