using System.Text.RegularExpressions;

namespace Vlm.Rewards;

/// <summary>Words of a caption as the Penn Treebank parts them, in lower case and without punctuation: what CIDEr compares.</summary>
/// <remarks>
/// tylin/coco-caption, pycocoevalcap/tokenizer/ptbtokenizer.py runs Stanford's PTBTokenizer 3.4.1 with -lowerCase and drops the tokens
/// that are punctuation. Here, of the rules of that program (nlp.stanford.edu/software/tokenizer.html), those that captions meet:
/// clitics part ("it 's", "do n't", "we 'll"; "cannot" is "can not", "gonna" is "gon na"); numbers keep their signs ("1,000", "3.5",
/// "10:30"), words their hyphens, apostrophes within ("o'clock"), slashes and single initials ("u.s.", "e.g.") and short titles
/// ("mr."); dollar, per cent, ampersand and number signs are words; all other signs part words and vanish. Addresses of
/// the web and emoticons are not known.
/// </remarks>
public static partial class PtbWords
{
    private static readonly string[] s_titles = ["mr.", "mrs.", "ms.", "dr.", "st.", "jr.", "sr.", "vs.", "etc.", "no."];

    private static readonly Dictionary<string, string[]> s_parted = new()
    {
        ["cannot"] = ["can", "not"],
        ["gonna"] = ["gon", "na"],
        ["gotta"] = ["got", "ta"],
        ["wanna"] = ["wan", "na"],
        ["gimme"] = ["gim", "me"],
        ["lemme"] = ["lem", "me"],
        ["'tis"] = ["'t", "is"],
        ["'twas"] = ["'t", "was"],
    };

    /// <summary>The words of a caption.</summary>
    /// <param name="caption">One or more sentences; line breaks are spaces.</param>
    public static IReadOnlyList<string> Of(string caption) =>
        [.. Token().Matches(PythonText.Lower(caption).Replace('\u2019', '\'')).SelectMany(match => Parts(match.Value))];

    private static IEnumerable<string> Parts(string token)
    {
        if (s_parted.TryGetValue(token, out string[]? parts))
            return parts;
        if (token.EndsWith('.') && !Initials().IsMatch(token) && !s_titles.Contains(token))
            token = token.TrimEnd('.');
        Match clitic = Clitic().Match(token);
        string[] words = clitic.Success ? [token[..clitic.Index], clitic.Value] : [token];
        return words.Where(word => word.Length > 0 && word.Any(letter => letter is not ('\'' or '-')));
    }

    // A number with its signs; a word with hyphens, apostrophes and slashes inside, and full stops that may belong to it; a sign that is a
    // word.
    [GeneratedRegex(@"\d+(?:[.,:/]\d+)*(?:[\p{L}-]+)?|'?[\p{L}\p{M}\p{N}]+(?:['./-][\p{L}\p{M}\p{N}]+)*\.?|'[\p{L}]+|[$%&#£€]")]
    private static partial Regex Token();

    [GeneratedRegex(@"\A(?:\p{L}\.)+\z|\A\p{L}(?:\.\p{L})+\.?\z")]
    private static partial Regex Initials();

    [GeneratedRegex(@"(?<=\p{L})(?:n't|'(?:s|m|d|re|ve|ll))\z|(?<=s)'\z")]
    private static partial Regex Clitic();
}
