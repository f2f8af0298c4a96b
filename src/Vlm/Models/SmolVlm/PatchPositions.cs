using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm;

/// <summary>Places of the patches of frames that are partly padding.</summary>
internal static class PatchPositions
{
    /// <summary>
    /// A picture of h x w patches takes its places spread over the whole table: patch row k gets row floor(k / h * side),
    /// computed in float32 as the reference does. Padding patches get place 0.
    /// </summary>
    /// <param name="valid">[F, side * side]</param>
    /// <param name="side">Rows, and columns, of the table of places.</param>
    /// <returns>F * side * side places.</returns>
    internal static long[] Of(bool[,] valid, int side)
    {
        int frames = valid.GetLength(0);
        var places = new long[frames * side * side];
        for (int f = 0; f < frames; f++)
        {
            int rows = Enumerable.Range(0, side).Count(row => valid[f, row * side]);
            int columns = Enumerable.Range(0, side).Count(column => valid[f, column]);
            for (int i = 0; i < side * side; i++)
                if (valid[f, i])
                    places[f * side * side + i] = Bucket(i / side, rows, side) * side + Bucket(i % side, columns, side);
        }
        return places;
    }

    /// <summary>[F, 1, 1, n], very negative on padding keys; null where there is none.</summary>
    internal static Tensor? Bias(bool[,]? valid, Device device)
    {
        if (valid is null || valid.Cast<bool>().All(patch => patch))
            return null;

        float[] bias = [.. valid.Cast<bool>().Select(patch => patch ? 0f : -1e30f)];
        return tensor(bias).reshape(valid.GetLength(0), 1, 1, valid.GetLength(1)).to(device);
    }

    // How many of the boundaries 1/side, 2/side ... lie at or below k/count.
    private static int Bucket(int k, int count, int side)
    {
        if (count == side)
            return k;

        float fraction = Math.Min(k * (1f / count), 1f - 1e-6f);
        int bucket = 0;
        while (bucket + 1 < side && (float)(bucket + 1) / side <= fraction)
            bucket++;
        return bucket;
    }
}
