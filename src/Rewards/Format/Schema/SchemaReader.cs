using System.Text.Json;

namespace Vlm.Rewards;

/// <summary>Makes checks of a schema's keywords; refuses what is not known.</summary>
internal sealed class SchemaReader(JsonElement root)
{
    private const int Deepest = 64;

    // They check nothing, by the standard.
    private static readonly string[] s_silent =
    [
        "$schema", "$id", "$comment", "$anchor", "$defs", "definitions", "title", "description", "default", "examples", "deprecated", "readOnly",
        "writeOnly", "format", "strict", "name",
    ];

    private readonly Dictionary<string, SchemaNode> _referred = new(StringComparer.Ordinal);

    /// <summary>The whole schema.</summary>
    /// <exception cref="ArgumentException">A keyword is not known, or does not say what it should.</exception>
    public SchemaNode Read() => Read(root, "#", 0);

    private SchemaNode Read(JsonElement schema, string path, int depth)
    {
        if (depth > Deepest)
            throw Wrong(path, "is too deep");
        var node = new SchemaNode();
        if (schema.ValueKind == JsonValueKind.False)
            node.Checks.Add((_, _) => "nothing is allowed here");
        else if (schema.ValueKind == JsonValueKind.Object)
            foreach (JsonProperty keyword in schema.EnumerateObject())
                if (!s_silent.Contains(keyword.Name))
                    node.Checks.Add(Check(keyword.Name, keyword.Value, schema, $"{path}/{keyword.Name}", depth));
        if (schema.ValueKind is not (JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False))
            throw Wrong(path, "is no schema");
        return node;
    }

    private SchemaCheck Check(string keyword, JsonElement value, JsonElement schema, string path, int depth) => keyword switch
    {
        "$ref" => Reference(Text(value, path), path, depth),
        "allOf" => SchemaGroups.All(Nodes(value, path, depth)),
        "anyOf" => SchemaGroups.Any(Nodes(value, path, depth)),
        "oneOf" => SchemaGroups.One(Nodes(value, path, depth)),
        "not" => SchemaGroups.Not(Read(value, path, depth + 1)),
        "properties" => SchemaObjects.Properties(NodesByName(value, path, depth)),
        "additionalProperties" => SchemaObjects.Additional(Read(value, path, depth + 1), Names(schema)),
        "required" => SchemaObjects.Required(Texts(value, path)),
        "minProperties" => SchemaObjects.Least(Count(value, path)),
        "maxProperties" => SchemaObjects.Most(Count(value, path)),
        "items" => SchemaArrays.Items(Read(value, path, depth + 1), schema.TryGetProperty("prefixItems", out JsonElement first) ? first.GetArrayLength() : 0),
        "prefixItems" => SchemaArrays.First(Nodes(value, path, depth)),
        "minItems" => SchemaArrays.Least(Count(value, path)),
        "maxItems" => SchemaArrays.Most(Count(value, path)),
        "uniqueItems" => SchemaArrays.Unique(value.ValueKind == JsonValueKind.True),
        _ => SchemaScalars.Check(keyword, value) ?? throw Wrong(path, "is a keyword that is not known here, or does not say what it should"),
    };

    // Read once, and before what it refers to is: a schema may contain itself.
    private SchemaCheck Reference(string target, string path, int depth)
    {
        if (!_referred.TryGetValue(target, out SchemaNode? node))
        {
            _referred[target] = node = new SchemaNode();
            node.Checks.AddRange(Read(Find(target, path), target, depth + 1).Checks);
        }

        return node.Problem;
    }

    private JsonElement Find(string target, string path)
    {
        JsonElement at = root;
        if (!target.StartsWith('#'))
            throw Wrong(path, $"refers to '{target}', which is not in this schema");
        foreach (string part in target[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal), out at))
                throw Wrong(path, $"refers to '{target}', which is not in this schema");
        return at;
    }

    private SchemaNode[] Nodes(JsonElement value, string path, int depth) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
        ? [.. value.EnumerateArray().Select((item, i) => Read(item, $"{path}/{i}", depth + 1))] : throw Wrong(path, "is no list of schemas");

    private Dictionary<string, SchemaNode> NodesByName(JsonElement value, string path, int depth)
    {
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(path, "is no object of schemas");
        var nodes = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        foreach (JsonProperty property in value.EnumerateObject())
            nodes[property.Name] = Read(property.Value, $"{path}/{property.Name}", depth + 1);
        return nodes;
    }

    private static HashSet<string> Names(JsonElement schema) =>
        schema.TryGetProperty("properties", out JsonElement known) && known.ValueKind == JsonValueKind.Object
            ? [.. known.EnumerateObject().Select(property => property.Name)] : [];

    private static string Text(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(path, "is no text");

    private static string[] Texts(JsonElement value, string path) => value.ValueKind == JsonValueKind.Array
        ? [.. value.EnumerateArray().Select(item => Text(item, path))] : throw Wrong(path, "is no list of texts");

    private static int Count(JsonElement value, string path) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int count) && count >= 0 ? count : throw Wrong(path, "is no count");

    private static ArgumentException Wrong(string path, string problem) => new($"the schema's {path} {problem}");
}
