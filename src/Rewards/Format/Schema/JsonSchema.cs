using System.Text.Json;

namespace Vlm.Rewards;

/// <summary>A JSON Schema, read once.</summary>
/// <remarks>
/// Draft 2020-12: <c>type, enum, const, properties, required, additionalProperties, minProperties, maxProperties, items, prefixItems,
/// minItems, maxItems, uniqueItems, minLength, maxLength, pattern, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf,
/// allOf, anyOf, oneOf, not, $ref</c> to <c>$defs</c> or <c>definitions</c> of the same schema.
/// </remarks>
public sealed class JsonSchema
{
    private const int MostChecks = 5_000_000;
    private readonly SchemaNode _root;

    private JsonSchema(SchemaNode root) => _root = root;

    /// <summary>Reads a schema.</summary>
    /// <param name="text">JSON: an object, true or false.</param>
    /// <exception cref="ArgumentException">It is none, or has a keyword that is not known here.</exception>
    public static JsonSchema Read(string text)
    {
        try
        {
            return new(new SchemaReader(JsonDocument.Parse(text).RootElement).Read());
        }
        catch (JsonException error)
        {
            throw new ArgumentException($"the schema is no JSON: {error.Message}", nameof(text), error);
        }
    }

    /// <summary>Where a value does not keep to it, and how; null where it does.</summary>
    /// <param name="value">A JSON value.</param>
    public string? Problem(JsonElement value)
    {
        var budget = new CheckBudget(MostChecks);
        string? problem = _root.Problem(value, budget);
        return budget.IsSpent ? "the schema takes too many checks for this answer" : problem;
    }
}

/// <summary>How many checks are left: alternatives that contain themselves would otherwise take for ever.</summary>
internal sealed class CheckBudget(int left)
{
    private int _left = left;

    public bool IsSpent => _left <= 0;

    /// <summary>Takes one check; false where none is left.</summary>
    public bool Take() => --_left > 0;
}
