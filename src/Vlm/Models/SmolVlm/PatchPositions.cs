using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Models.SmolVlm;

/// <summary>Places of the patches of frames that are partly padding.</summary>
internal static class PatchPositions
{
    /// <summary>
    /// An image of h x w patches takes its places spread over the whole table: patch row k gets row floor(k / h * side),
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

    /// <summary>[F, side * side] true on patches with a pixel of the image; null where no frame has padding.</summary>
    internal static bool[,]? ValidPatches(PromptBatch batch, SmolVlmVisionConfig config)
    {
        PixelInput[] inputs = [.. batch.Prompts.Select(prompt => prompt.Pixels).OfType<PixelInput>()];
        if (inputs.All(input => input.Valid is null || input.Valid.All(pixel => pixel)))
            return null;

        (int side, int size, int patch) = (config.Side, config.ImageSize, config.PatchSize);
        var valid = new bool[(int)inputs.Sum(input => input.Shape[0]), side * side];
        int frame = 0;
        foreach (PixelInput input in inputs)
            for (int f = 0; f < input.Shape[0]; f++, frame++)
                for (int y = 0; y < side * patch; y++)
                    for (int x = 0; x < side * patch; x++)
                        valid[frame, y / patch * side + x / patch] |=
                            input.Valid is null || input.Valid[(f * size + y) * size + x];
        return valid;
    }

    /// <summary>[F, 1, 1, n], very negative on padding keys; null where there is none.</summary>
    internal static Tensor? Bias(bool[,]? valid, Device device)
    {
        if (valid is null || valid.Cast<bool>().All(patch => patch))
            return null;

        float[] bias = [.. valid.Cast<bool>().Select(patch => patch ? 0f : -1e30f)];
        return tensor(bias).reshape(valid.GetLength(0), 1, 1, valid.GetLength(1)).On(device);
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
