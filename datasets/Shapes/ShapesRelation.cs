namespace Vlm.Datasets;

/// <summary>Where one object is, seen from another.</summary>
internal enum Relation
{
    LeftOf,
    RightOf,
    Above,
    Below,
}

/// <summary>Relations between the centres of objects.</summary>
internal static class Relations
{
    public static readonly Relation[] All = Enum.GetValues<Relation>();

    public static string Words(this Relation relation) => relation switch
    {
        Relation.LeftOf => "left of",
        Relation.RightOf => "right of",
        Relation.Above => "above",
        _ => "below",
    };

    /// <summary>
    /// True or false where the centres are at least a sixteenth of the canvas apart along the relation's axis, and null
    /// where people could disagree.
    /// </summary>
    public static bool? Holds(this Relation relation, Item a, Item b, int size)
    {
        int apart = relation switch
        {
            Relation.LeftOf => b.CentreX2 - a.CentreX2,
            Relation.RightOf => a.CentreX2 - b.CentreX2,
            Relation.Above => b.CentreY2 - a.CentreY2,
            _ => a.CentreY2 - b.CentreY2,
        };
        return 8 * Math.Abs(apart) < size ? null : apart > 0;
    }
}
