namespace Vlm.Datasets;

/// <summary>The layout that <see cref="PreferenceData.Write"/> writes: an example's columns, and its pair beside them.</summary>
internal static class OwnPairs
{
    /// <summary>What a row has beside the columns of an example.</summary>
    internal static readonly string[] Added = ["chosen", "rejected", "strength"];

    /// <summary>It has an id, a question and both sides, and nothing that this layout does not have.</summary>
    public static bool Is(Row row) => row.Columns.Contains("id") && row.Columns.Contains("chosen") && row.Columns.Contains("rejected")
        && (row.Columns.Contains("question") || row.Columns.Contains("messages"))
        && row.Columns.All(column => OwnLayout.Columns.Contains(column) || Added.Contains(column));

    /// <summary>What stands where.</summary>
    public static PairParts Read(Row row)
    {
        PairSides sides = new(Side(row, "chosen"), Side(row, "rejected"));
        if (row.Has("answer"))
            return new(null, [sides]) { Known = row.Without(Added) };
        return new(row.Has("messages") ? ChatLayouts.Chat(row, "messages") : PairTurns.Prompt(row)
            ?? throw row.Wrong("the row has no question", "a question, or messages, in every row"), [sides]);
    }

    private static string Side(Row row, string column) => PairTurns.Read(row[column], column, row).Answer;
}
