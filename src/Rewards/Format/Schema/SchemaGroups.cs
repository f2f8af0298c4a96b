namespace Vlm.Rewards;

/// <summary>Keywords that combine schemas.</summary>
internal static class SchemaGroups
{
    public static SchemaCheck All(SchemaNode[] nodes) => (value, budget) =>
        nodes.Select(node => node.Problem(value, budget)).FirstOrDefault(problem => problem is not null);

    public static SchemaCheck Any(SchemaNode[] nodes) => (value, budget) =>
        Array.Exists(nodes, node => node.Takes(value, budget)) ? null : "none of the alternatives";

    public static SchemaCheck One(SchemaNode[] nodes) => (value, budget) => nodes.Count(node => node.Takes(value, budget)) switch
    {
        1 => null,
        0 => "none of the alternatives",
        _ => "more than one of the alternatives",
    };

    public static SchemaCheck Not(SchemaNode node) => (value, budget) => node.Takes(value, budget) ? "what is excluded" : null;
}
