using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl;

/// <summary>
/// The patches of several images, in the order of their rows: image after image, frame after frame, and within a frame
/// block by block of merge x merge patches, which become one token.
/// </summary>
internal sealed class PatchGrids
{
    private readonly (int Frames, int Height, int Width)[] _grids;      // in patches
    private readonly int _merge;

    /// <param name="grid">(t, h, w) in patches for each image, flat.</param>
    /// <param name="merge">Patches along a side of a block.</param>
    internal PatchGrids(IReadOnlyList<long> grid, int merge)
    {
        _merge = merge;
        _grids = [.. Enumerable.Range(0, grid.Count / 3)
            .Select(i => ((int)grid[3 * i], (int)grid[3 * i + 1], (int)grid[3 * i + 2]))];
    }

    /// <summary>Of all prompts of a batch, in order.</summary>
    internal static PatchGrids Of(PromptBatch batch, int merge) =>
        new([.. batch.Prompts.SelectMany(prompt => prompt.Pixels?.Grid ?? [])], merge);

    /// <summary>Images: frames, height and width in patches.</summary>
    internal IReadOnlyList<(int Frames, int Height, int Width)> Images => _grids;

    /// <summary>Row and column, in its own image, of each patch.</summary>
    internal (long[] Rows, long[] Columns) Places()
    {
        (int Row, int Column)[] places = [.. _grids.SelectMany(grid =>
            Enumerable.Repeat(InBlocks(grid.Height, grid.Width), grid.Frames).SelectMany(frame => frame))];
        return ([.. places.Select(place => (long)place.Row)], [.. places.Select(place => (long)place.Column)]);
    }

    /// <summary>Row and column of a frame's patches, block by block.</summary>
    internal IEnumerable<(int Row, int Column)> InBlocks(int height, int width) =>
        from top in Enumerable.Range(0, height / _merge)
        from left in Enumerable.Range(0, width / _merge)
        from y in Enumerable.Range(0, _merge)
        from x in Enumerable.Range(0, _merge)
        select (top * _merge + y, left * _merge + x);

    /// <summary>The rotation of each patch by row and column, an axis each half of the frequencies. [1, n, 1, d]</summary>
    /// <remarks>Wang et al. 2024, https://arxiv.org/abs/2409.12191, section 2.1 ("2D-RoPE"), base 10000.</remarks>
    internal Rope Rope(int headWidth, Device device)
    {
        (long[] rows, long[] columns) = Places();
        Tensor inverse = Layers.Rope.InverseFrequencies(headWidth / 2, 10000, device);             // [d/4]
        Tensor Angles(long[] places) => tensor(places).On(device).to(ScalarType.Float32).unsqueeze(-1) * inverse;
        return Layers.Rope.FromAngles(cat([Angles(rows), Angles(columns)], -1).unsqueeze(0));      // [1, n, d/2]
    }

    /// <summary>Every patch of a frame sees every other of it.</summary>
    internal BlockDiagonalAttention Frames(Device device)
    {
        var segments = new List<long[]>();
        long at = 0;
        foreach ((int frames, int height, int width) in _grids)
            for (int t = 0; t < frames; t++, at += height * width)
                segments.Add(Run(at, height * width));
        return new BlockDiagonalAttention(segments, device);
    }

    /// <summary>The tokens of each window: squares of so many tokens a side, cut at the right and at the bottom.</summary>
    /// <param name="side">Tokens along a window's side.</param>
    internal long[][] Windows(int side)
    {
        var windows = new List<long[]>();
        long first = 0;
        foreach ((int frames, int height, int width) in _grids)
            for (int t = 0; t < frames; t++, first += height / _merge * (width / _merge))
                for (int top = 0; top < height / _merge; top += side)
                    for (int left = 0; left < width / _merge; left += side)
                        windows.Add(Window(first, top, left, height / _merge, width / _merge, side));
        return [.. windows];
    }

    /// <summary>Patches of tokens: each token is merge x merge rows.</summary>
    internal long[] PatchesOf(IEnumerable<long> tokens) =>
        [.. tokens.SelectMany(token => Run(token * _merge * _merge, _merge * _merge))];

    private static long[] Window(long first, int top, int left, int height, int width, int side) =>
        [.. from y in Enumerable.Range(top, Math.Min(side, height - top))
            from x in Enumerable.Range(left, Math.Min(side, width - left))
            select first + y * width + x];

    private static long[] Run(long first, int count) => [.. Enumerable.Range(0, count).Select(i => first + i)];
}
