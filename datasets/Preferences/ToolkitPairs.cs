namespace Vlm.Datasets;

/// <summary>ms-swift: a conversation that ends with the chosen answer, and what stands in that answer's place.</summary>
internal static class SwiftPairs
{
    /// <summary>It has messages and what was rejected.</summary>
    public static bool Is(Row row) => PreferenceLayout.IsList(row, "messages")
        && (PairTurns.Named(row, "rejected_response") || PairTurns.Named(row, "rejected_messages"));

    /// <summary>What stands where.</summary>
    public static PairParts Read(Row row)
    {
        PairTurns chosen = PairTurns.Read(row["messages"], "chosen", row);
        PairTurns rejected = row.Has("rejected_messages") ? PairTurns.Read(row["rejected_messages"], "rejected", row)
            : chosen with { Answer = PairTurns.Read(row["rejected_response"], "rejected", row).Answer };
        if (row.Has("rejected_images") && !PairTurns.SameImages(
            [.. Values.Listed(row["rejected_images"])], [.. ImageColumns.Read(row).Select(image => image.Value)]))
            throw row.Wrong("rejected_images are other images than images", "pairs of answers to one question with one set of images");
        return new(PairTurns.Common(chosen, rejected, row), [new(chosen.Answer, rejected.Answer)]);
    }
}

/// <summary>LLaMA-Factory: what was said before, and a turn for each side; or Alpaca's instruction with both.</summary>
internal static class FactoryPairs
{
    private static readonly string[] s_talks = ["conversations", "messages"];

    /// <summary>It has sides that are single turns beside a conversation, or an instruction.</summary>
    public static bool Is(Row row) => PreferenceLayout.HasSides(row)
        && (row.Has("instruction") || (!PreferenceLayout.IsList(row, "chosen") && s_talks.Any(column => PreferenceLayout.IsList(row, column))));

    /// <summary>What stands where.</summary>
    public static PairParts Read(Row row)
    {
        if (s_talks.FirstOrDefault(column => PreferenceLayout.IsList(row, column)) is not { } talk)
            return PairTurns.OfColumns(row);
        (Message[] turns, object?[] images) = ChatTurns.Read(row[talk], row, characters: false);
        return new(
            new() { Turns = turns, Inside = images, Beside = ImageColumns.Read(row) }, [new(Side(row, "chosen"), Side(row, "rejected"))]);
    }

    private static string Side(Row row, string column) => PairTurns.Read(row[column], column, row).Answer;
}
