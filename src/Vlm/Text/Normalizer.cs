using System.Text;
using System.Text.Json;

namespace Vlm.Text;

/// <summary>What a tokenizer does to text before it is cut.</summary>
/// <param name="Apply">Does it.</param>
/// <param name="ChangesAscii">False where text of ASCII alone stays as it is, so that nobody need ask.</param>
internal sealed record Normalization(Func<string, string> Apply, bool ChangesAscii)
{
    /// <summary>This, then another.</summary>
    public Normalization Then(Normalization next) => new(text => next.Apply(Apply(text)), ChangesAscii || next.ChangesAscii);
}

/// <summary>Reads what a tokenizer does to text before it is cut: Unicode normal forms, replacements, lower case.</summary>
internal static class Normalizer
{
    // The one letter whose lower case is two characters, which .NET leaves as it is.
    private const string DottedI = "\u0130", LowerDottedI = "i\u0307";

    /// <summary>
    /// Reads the <c>normalizer</c> of a tokenizer.json; null where there is none. Hugging Face's
    /// normal forms are those of Unicode 9: 59 marks that came later stay where they are there, .NET puts them in order.
    /// </summary>
    /// <exception cref="NotSupportedException">
    /// A step this project does not know, or a normal form that this machine's .NET silently leaves undone.
    /// </exception>
    /// <exception cref="FormatException">A field is missing or of another kind.</exception>
    public static Normalization? Parse(JsonElement? json)
    {
        if (json is not { } step)
            return null;

        string type = TokenizerJson.Text(step, "type");
        if (type == "Sequence")
            return TokenizerJson.List(step, "normalizers").Select(inner => Parse(inner)).OfType<Normalization>()
                .Aggregate(seed: (Normalization?)null, (first, second) => first is null ? second : first.Then(second));

        return type switch
        {
            "NFC" => ToForm(NormalizationForm.FormC),
            "NFD" => ToForm(NormalizationForm.FormD),
            "NFKC" => ToForm(NormalizationForm.FormKC),
            "NFKD" => ToForm(NormalizationForm.FormKD),
            "Lowercase" => new(Lower, ChangesAscii: true),
            "Replace" => new(Replacing(step), ChangesAscii: true),
            _ => throw new NotSupportedException($"its normalizer step '{type}' is not known here"),
        };
    }

    /// <summary>Composed characters, NFC.</summary>
    /// <exception cref="NotSupportedException">This machine's .NET silently leaves it undone.</exception>
    public static Normalization Nfc() => ToForm(NormalizationForm.FormC);

    private static Normalization ToForm(NormalizationForm form)
    {
        if ("e\u0301".Normalize(NormalizationForm.FormC) != "\u00E9")
            throw new NotSupportedException(
                "it needs Unicode normalisation, which .NET leaves undone here: install libicu and leave "
                + "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT unset");
        // string.Normalize refuses U+FFFE, which no normal form changes and nothing composes with.
        return new(
            text => text.Contains('\uFFFE')
                ? string.Join('\uFFFE', text.Split('\uFFFE').Select(part => WellFormed(part).Normalize(form)))
                : WellFormed(text).Normalize(form),
            ChangesAscii: false);
    }

    // Letter by letter, without regard to the letters around: a sigma at the end of a word becomes that of its middle. Letters of
    // Unicode 16, in Garay and a few of Latin, have a lower case here that Hugging Face's tokenizers do not know yet.
    private static string Lower(string text) =>
        text.ToLowerInvariant().Replace(DottedI, LowerDottedI, StringComparison.Ordinal);

    private static Func<string, string> Replacing(JsonElement step)
    {
        SplitPattern pattern = SplitPattern.Parse(TokenizerJson.Field(step, "pattern"));
        string content = TokenizerJson.Text(step, "content");
        return text =>
        {
            var stretches = new List<Stretch>();
            pattern.Find(text, stretches);
            return string.Concat(stretches.Select(stretch => stretch.Match ? content : text[stretch.Start..stretch.End]));
        };
    }

    // string.Normalize throws on a lone surrogate; a byte-level vocabulary reads it as U+FFFD.
    private static string WellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return text;

        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
            result.Append(rune);
        return result.ToString();
    }
}
