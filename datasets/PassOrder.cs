namespace Vlm.Datasets;

/// <summary>The order in which training meets rows: each once in every pass, shuffled anew for each. For one thread.</summary>
/// <remarks>The row at a position follows from the streams alone, whatever was asked before; one pass is kept.</remarks>
/// <param name="count">Rows, at least 1.</param>
/// <param name="stream">The random numbers of a pass, from 0.</param>
public sealed class PassOrder(int count, Func<long, RandomStream> stream)
{
    private (long Pass, int[] Order) _now = (-1, []);

    /// <summary>The row at a position, from 0.</summary>
    public int this[long position]
    {
        get
        {
            long pass = position / count;
            if (pass != _now.Pass)
                _now = (pass, Of(stream(pass)));
            return _now.Order[position % count];
        }
    }

    private int[] Of(RandomStream random)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle<int>(order);
        return order;
    }
}
