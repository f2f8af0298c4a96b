namespace Vlm.Rewards.Learned;

/// <summary>Rows of ids of different lengths as one array.</summary>
internal static class PaddedRows
{
    /// <summary>[B * length] the rows one after the other, each filled up at its end.</summary>
    /// <param name="rows">B rows, none of them longer than <paramref name="length"/>.</param>
    /// <param name="length">T.</param>
    /// <param name="pad">What stands after the end of a row.</param>
    public static long[] Of(IReadOnlyList<int[]> rows, int length, long pad)
    {
        var ids = new long[rows.Count * length];
        Array.Fill(ids, pad);
        foreach ((int at, int[] row) in rows.Index())
            for (int i = 0; i < row.Length; i++)
                ids[(at * length) + i] = row[i];
        return ids;
    }
}
