using System.Text.Json;
using System.Text.Json.Nodes;

namespace Vlm.Models;

/// <summary>A part of config.json, read with the checks every family needs.</summary>
/// <param name="Json">The object.</param>
/// <param name="Where">The file, for messages.</param>
internal sealed record ConfigJson(JsonObject Json, string Where)
{
    // Far above any published model, far below what makes a skeleton slow or its bytes uncountable.
    private const int MostLayers = 1000, MostOfAnything = 1 << 26;

    private const string Fix = "use the config.json the weights came with";

    /// <summary>The object under a name; this one itself where there is none.</summary>
    internal ConfigJson Nested(string name) => Json[name] is JsonObject inner ? this with { Json = inner } : this;

    /// <summary>The object under a name; empty where there is none.</summary>
    internal ConfigJson Part(string name) => this with { Json = Json[name] as JsonObject ?? [] };

    /// <summary>True where the name has a value that is not null.</summary>
    internal bool Has(string name) => Json[name] is not null;

    /// <summary>A whole number that must be there.</summary>
    internal int Need(string name) => Whole(name) ?? throw Wrong($"the configuration has no number \"{name}\"");

    /// <summary>A whole number, or what the reference takes where it is absent.</summary>
    internal int Integer(string name, int otherwise) => Whole(name) ?? otherwise;

    /// <summary>A number, or what the reference takes where it is absent.</summary>
    internal double Number(string name, double otherwise) =>
        Json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.GetValue<double>() : otherwise;

    /// <summary>A truth value, or what the reference takes where it is absent.</summary>
    internal bool Flag(string name, bool otherwise) => Json[name]?.GetValueKind() switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => otherwise,
    };

    /// <summary>A word, or null.</summary>
    internal string? Word(string name) =>
        Json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    /// <summary>Whole numbers in a row, or what the reference takes where they are absent.</summary>
    internal int[] Integers(string name, params int[] otherwise) => Json[name] is not JsonArray list ? otherwise
        : [.. list.Select(item => item is JsonValue value && value.TryGetValue(out int number)
            ? number : throw Wrong($"\"{name}\" is {list.ToJsonString()}, not a list of whole numbers"))];

    /// <summary>Refuses a part that does not divide its whole, or where either is below 1.</summary>
    internal void Divides(string name, int part, string wholeName, int whole, bool exact = true)
    {
        if (part < 1 || whole < part || (exact && whole % part != 0))
            throw Wrong($"{name} ({part}) must divide {wholeName} ({whole})");
    }

    /// <summary>Refuses a size below 1.</summary>
    internal void Positive(string name, int size)
    {
        if (size < 1)
            throw Wrong($"{name} is {size}; it must be 1 or more");
    }

    /// <summary>Refuses an activation other than the one this family's code computes.</summary>
    internal void Activation(string name, params string[] known)
    {
        if (Word(name) is { } word && !known.Contains(word))
            throw Wrong($"{name} is \"{word}\"; this family is computed with {string.Join(" or ", known)}");
    }

    /// <summary>Refuses rotary positions that are stretched in a way not computed here.</summary>
    internal void PlainRope()
    {
        foreach (string name in (string[])["rope_scaling", "rope_parameters"])
            if (Part(name) is var rope && (rope.Word("rope_type") ?? rope.Word("type")) is { } type
                && type is not ("default" or "mrope"))
                throw Wrong($"{name} asks for rope type \"{type}\"; known are default and mrope");
    }

    /// <summary>The base of the rotary wavelengths, in its old place or its new one.</summary>
    internal double RopeTheta(double otherwise) =>
        Part("rope_parameters").Number("rope_theta", Number("rope_theta", otherwise));

    /// <summary>A three-line error about this file.</summary>
    internal UsageException Wrong(string problem) => new(problem, Where, Fix);

    private int? Whole(string name)
    {
        if (Json[name] is not JsonValue value || value.GetValueKind() != JsonValueKind.Number)
            return null;
        if (!value.TryGetValue(out int whole))
            throw Wrong($"\"{name}\" is {value.ToJsonString()}, not a whole number below two billion");
        int most = name is "num_hidden_layers" or "depth" ? MostLayers : MostOfAnything;
        return whole <= most ? whole : throw Wrong($"\"{name}\" is {whole}; no model has more than {most}");
    }
}
