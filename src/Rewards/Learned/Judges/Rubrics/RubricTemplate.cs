using System.Text;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>
/// A text with placeholders: names of small letters in braces, such as {answer}. All other braces are text.
/// </summary>
/// <remarks>It is cut into parts once, so what is put in place of one placeholder is never looked
/// through for another.</remarks>
internal sealed class RubricTemplate
{
    // Text, or the name of a placeholder.
    private readonly List<(string Text, bool IsPlaceholder)> _parts = [];

    public RubricTemplate(string text)
    {
        int from = 0;
        for (int at = 0; text.IndexOf('{', at) is >= 0 and var open;)
        {
            int end = open + 1;
            while (end < text.Length && (char.IsAsciiLetterLower(text[end]) || text[end] == '_'))
                end++;
            at = open + 1;
            if (end == open + 1 || end == text.Length || text[end] != '}')
                continue;
            _parts.Add((text[from..open], false));
            _parts.Add((text[(open + 1)..end], true));
            at = from = end + 1;
        }

        _parts.Add((text[from..], false));
    }

    /// <summary>The names of its placeholders.</summary>
    public IEnumerable<string> Placeholders =>
        _parts.Where(part => part.IsPlaceholder).Select(part => part.Text).Distinct();

    /// <summary>The text with values in place of placeholders.</summary>
    /// <param name="value">Of the placeholder of a name.</param>
    public string Fill(Func<string, string> value)
    {
        var text = new StringBuilder();
        foreach ((string part, bool isPlaceholder) in _parts)
            text.Append(isPlaceholder ? value(part) : part);
        return text.ToString();
    }
}
