using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl.Towers;

/// <summary>The learned square table of position embeddings, interpolated over an image of any size.</summary>
internal static class LearnedPositionTable
{
    /// <summary>
    /// For each patch the mixture of the four table entries around its place; corner patches take the table's corners.
    /// </summary>
    /// <param name="table">[side * side, D]</param>
    /// <param name="grids">The patches.</param>
    /// <param name="side">Rows, and columns, of the table.</param>
    /// <returns>[n, D]</returns>
    internal static Tensor Interpolate(Tensor table, PatchGrids grids, int side)
    {
        var entries = new List<long>[] { [], [], [], [] };
        var shares = new List<float>[] { [], [], [], [] };
        foreach ((int frames, int height, int width) in grids.Images)
        {
            (Spot[] rows, Spot[] columns) = (Spots(height, side), Spots(width, side));
            foreach ((int row, int column) in Enumerable.Repeat(grids.InBlocks(height, width), frames).SelectMany(all => all))
                Add(rows[row], columns[column]);
        }
        return Enumerable.Range(0, 4).Select(Corner).Aggregate((sum, corner) => sum + corner);

        void Add(Spot y, Spot x)
        {
            for (int corner = 0; corner < 4; corner++)
            {
                (bool below, bool right) = (corner >= 2, corner % 2 == 1);
                entries[corner].Add((below ? y.After : y.Before) * side + (right ? x.After : x.Before));
                shares[corner].Add((below ? y.Share : 1 - y.Share) * (right ? x.Share : 1 - x.Share));
            }
        }

        Tensor Corner(int corner) =>
            table.index_select(0, tensor(entries[corner].ToArray()).On(table.device)).to(Compute.TypeFor(table))
            * tensor(shares[corner].ToArray()).On(table.device).to(Compute.TypeFor(table)).unsqueeze(-1);
    }

    // Where "count" patches fall on a row of the table, the ends on its ends, in float32 as the reference does.
    private static Spot[] Spots(int count, int side)
    {
        float[] at = linspace(0, side - 1, count, dtype: ScalarType.Float32).data<float>().ToArray();
        return [.. at.Select(place => new Spot((int)place, Math.Min((int)place + 1, side - 1), place - (int)place))];
    }

    /// <summary>Between two entries of the table: how far it is from the first.</summary>
    private readonly record struct Spot(int Before, int After, float Share);
}
