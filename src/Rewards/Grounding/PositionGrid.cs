namespace Vlm.Rewards;

/// <summary>The blocks of an image by which places are named: rows from the top, each from the left, from 0 on.</summary>
/// <remarks>
/// <c>N min(floor(N y / H), N - 1) + min(floor(N x / W), N - 1)</c>, N = 3: Wang et al. 2022 (Position-guided Text Prompt),
/// arXiv:2212.09737, section 3.1; github.com/sail-sg/ptp at 298b60a, pretrain_dataset_concated_pred_tsv.py.
/// </remarks>
public static class PositionGrid
{
    /// <summary>Blocks in a row, and rows.</summary>
    public const int Side = 3;

    /// <summary>The block of a point, 0 to <paramref name="side"/> squared less one.</summary>
    /// <param name="x">0 to the width.</param>
    /// <param name="y">0 to the height.</param>
    /// <param name="extent">Of the frame.</param>
    /// <param name="side">N, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The point lies outside of the frame, or N is below 1.</exception>
    public static int BlockOf(double x, double y, Extent extent, int side = Side)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        return (side * Part(y, extent.Height, side)) + Part(x, extent.Width, side);
    }

    /// <summary>The block in which the middle of a box lies.</summary>
    /// <inheritdoc cref="BlockOf(double, double, Extent, int)"/>
    /// <param name="box">Its edges.</param>
    /// <param name="extent">Of the frame.</param>
    /// <param name="side">N, at least 1.</param>
    public static int BlockOf(Box box, Extent extent, int side = Side) =>
        BlockOf((box.X1 + box.X2) / 2, (box.Y1 + box.Y2) / 2, extent, side);

    private static int Part(double at, double length, int side) => at >= 0 && at <= length && length > 0
        ? Math.Min((int)Math.Floor(side * at / length), side - 1)
        : throw new ArgumentOutOfRangeException(nameof(at), at, $"lies outside of 0 to {length}");
}
