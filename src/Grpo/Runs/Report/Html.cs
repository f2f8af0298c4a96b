using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace Vlm.Grpo.Reports;

/// <summary>Markup that is made of text by escaping it alone: an interpolated string whose holes are escaped, but for markup.</summary>
/// <remarks>What comes out is well-formed XML and HTML at once.</remarks>
/// <param name="Text">The markup.</param>
internal readonly record struct Html(string Text)
{
    /// <summary>Nothing.</summary>
    public static Html None { get; } = new("");

    /// <summary>A template; what stands in its holes is escaped, markup and sequences of markup are not.</summary>
    public static Html Of(Template template) => new(template.Text);

    /// <summary>Pieces after one another.</summary>
    public static Html Join(IEnumerable<Html> pieces) => new(string.Concat(pieces.Select(piece => piece.Text)));

    /// <summary>A text that stands as it is, escaped; control characters, which no page may hold, are replaced.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(Clean(text));

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static string Clean(string text)
    {
        if (!text.Any(IsOdd))
            return text;
        var clean = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                clean.Append(text[i]).Append(text[++i]);
            else
                clean.Append(IsOdd(text[i]) ? '\uFFFD' : text[i]);
        return clean.ToString();
    }

    private static bool IsOdd(char one) =>
        (one < ' ' && one is not ('\n' or '\t' or '\r')) || char.IsSurrogate(one) || one is '\uFFFE' or '\uFFFF';

    /// <summary>What the compiler makes of an interpolated string.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Template(int literalLength, int formattedCount)
    {
        private readonly StringBuilder _text = new(literalLength + (formattedCount * 16));

        public string Text => _text.ToString();

        public void AppendLiteral(string text) => _text.Append(text);

        public void AppendFormatted(Html html) => _text.Append(html.Text);

        public void AppendFormatted(IEnumerable<Html> pieces)
        {
            foreach (Html piece in pieces)
                _text.Append(piece.Text);
        }

        public void AppendFormatted(string? text) => _text.Append(Escape(text ?? ""));

        public void AppendFormatted(long number, string format = "0") =>
            _text.Append(number.ToString(format, CultureInfo.InvariantCulture));

        public void AppendFormatted(double number, string format = "0.###") =>
            _text.Append(number.ToString(format, CultureInfo.InvariantCulture));
    }
}
