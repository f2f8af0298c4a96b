using System.Text;
using System.Text.Json;

namespace Vlm.Text;

/// <summary>What a tokenizer does to raw text between added tokens: nothing, or a Unicode normal form.</summary>
internal static class Normalizer
{
    /// <summary>Reads the <c>normalizer</c> of a tokenizer.json.</summary>
    /// <exception cref="NotSupportedException">
    /// A step this project does not know, or a normal form that this machine's .NET silently leaves undone.
    /// </exception>
    public static Func<string, string> Parse(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            return text => text;

        string type = json.GetProperty("type").GetString() ?? "";
        if (type == "Sequence")
            return json.GetProperty("normalizers").EnumerateArray().Select(Parse)
                .Aggregate((first, second) => text => second(first(text)));

        return ToForm(type switch
        {
            "NFC" => NormalizationForm.FormC,
            "NFD" => NormalizationForm.FormD,
            "NFKC" => NormalizationForm.FormKC,
            "NFKD" => NormalizationForm.FormKD,
            _ => throw new NotSupportedException($"its normalizer step '{type}' is not known here"),
        });
    }

    private static Func<string, string> ToForm(NormalizationForm form)
    {
        if ("e\u0301".Normalize(NormalizationForm.FormC) != "\u00E9")
            throw new NotSupportedException(
                "it needs Unicode normalisation, which .NET leaves undone here: install libicu and leave "
                + "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT unset");
        return text => WellFormed(text).Normalize(form);
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
