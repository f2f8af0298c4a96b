using System.Text.RegularExpressions;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Shows a judge what is judged so that it is text and nothing else.</summary>
/// <remarks>
/// Signs that mean something in a rubric are written apart: a tag of the rubric does not end its section, [[10]] that
/// the judge quotes is no verdict, and what looks like a chat's special token, &lt;|...|&gt;, is none.
/// </remarks>
internal sealed partial class JudgedText
{
    private readonly Regex _tags;

    /// <param name="rubric">Its text, whose tags are looked for.</param>
    public JudgedText(string rubric)
    {
        IEnumerable<string> names = EndTag().Matches(rubric).Select(tag => tag.Groups[1].Value)
            .Concat(["think", "answer"]);
        _tags = new($@"<(\s*/?\s*(?:{string.Join('|', names.Distinct().Select(Regex.Escape))})\s*)>",
            RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }

    /// <summary>"\u2039/answer\u203a [ [10]]" for "&lt;/answer&gt; [[10]]".</summary>
    public string Shown(string text) =>
        _tags.Replace(text, "\u2039$1\u203a").Replace("<|", "\u2039|", StringComparison.Ordinal)
        .Replace("[[", "[ [", StringComparison.Ordinal).Replace("[[", "[ [", StringComparison.Ordinal);

    [GeneratedRegex(@"</([A-Za-z_][A-Za-z0-9_]*)>")]
    private static partial Regex EndTag();
}
