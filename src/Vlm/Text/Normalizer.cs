using System.Text;
using System.Text.Json;

namespace Vlm.Text;

/// <summary>What a tokenizer does to text before it is cut: nothing, or a Unicode normal form.</summary>
internal static class Normalizer
{
    /// <summary>
    /// Reads the <c>normalizer</c> of a tokenizer.json; null where there is none. ASCII is never changed. Hugging Face's
    /// normal forms are those of Unicode 9: 59 marks that came later stay where they are there, .NET puts them in order.
    /// </summary>
    /// <exception cref="NotSupportedException">
    /// A step this project does not know, or a normal form that this machine's .NET silently leaves undone.
    /// </exception>
    /// <exception cref="FormatException">A field is missing or of another kind.</exception>
    public static Func<string, string>? Parse(JsonElement? json)
    {
        if (json is not { } step)
            return null;

        string type = TokenizerJson.Text(step, "type");
        if (type == "Sequence")
            return TokenizerJson.List(step, "normalizers").Select(inner => Parse(inner)).OfType<Func<string, string>>()
                .Aggregate(seed: (Func<string, string>?)null,
                    (first, second) => first is null ? second : text => second(first(text)));

        return ToForm(type switch
        {
            "NFC" => NormalizationForm.FormC,
            "NFD" => NormalizationForm.FormD,
            "NFKC" => NormalizationForm.FormKC,
            "NFKD" => NormalizationForm.FormKD,
            _ => throw new NotSupportedException($"its normalizer step '{type}' is not known here"),
        });
    }

    /// <summary>Composed characters, NFC.</summary>
    /// <exception cref="NotSupportedException">This machine's .NET silently leaves it undone.</exception>
    public static Func<string, string> Nfc() => ToForm(NormalizationForm.FormC);

    private static Func<string, string> ToForm(NormalizationForm form)
    {
        if ("e\u0301".Normalize(NormalizationForm.FormC) != "\u00E9")
            throw new NotSupportedException(
                "it needs Unicode normalisation, which .NET leaves undone here: install libicu and leave "
                + "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT unset");
        // string.Normalize refuses U+FFFE, which no normal form changes and nothing composes with.
        return text => text.Contains('\uFFFE')
            ? string.Join('\uFFFE', text.Split('\uFFFE').Select(part => WellFormed(part).Normalize(form)))
            : WellFormed(text).Normalize(form);
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
