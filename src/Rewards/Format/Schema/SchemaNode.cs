using System.Text.Json;

namespace Vlm.Rewards;

/// <summary>A part of a value that does not keep to a keyword: what is wrong, or null.</summary>
internal delegate string? SchemaCheck(JsonElement value, CheckBudget budget);

/// <summary>A schema or a part of one: what is to be checked of a value.</summary>
internal sealed class SchemaNode
{
    /// <summary>One for each keyword.</summary>
    public List<SchemaCheck> Checks { get; } = [];

    /// <summary>What is wrong with a value; null where nothing is.</summary>
    public string? Problem(JsonElement value, CheckBudget budget)
    {
        if (!budget.Take())
            return "too many checks";
        foreach (SchemaCheck check in Checks)
            if (check(value, budget) is { } problem)
                return problem;
        return null;
    }

    public bool Takes(JsonElement value, CheckBudget budget) => Problem(value, budget) is null;
}
