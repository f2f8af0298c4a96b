using Vlm.Onnx.Export;
using Vlm.Onnx.Graph;

namespace Vlm.Models.QwenVl.Export;

/// <summary>Qwen3-VL's tower, whose features join the decoder at several depths.</summary>
/// <remarks>
/// Bai et al. 2025, https://arxiv.org/abs/2511.21631, section 2. How the features of all depths reach the decoder:
/// <see cref="DecoderGraph"/>.
/// <code>
/// N patches of all images    D width    n image tokens    W width of the language model    k depths
/// </code>
/// </remarks>
internal static class Qwen3TowerGraph
{
    private const double Epsilon = 1e-6;

    /// <summary>The last block's features, then those of each DeepStack block: [n, (1 + k) W].</summary>
    public static OnnxValue Features(ExportModule tower, QwenVisionConfig config, OnnxValue x, PatchCoordinates places)
    {
        (OnnxRope rope, OnnxValue bias) = (places.Rope(config.HeadDim), places.InFrames());
        x = x + Table(tower, config.PositionTableSide, places);
        var deep = new OnnxValue[config.DeepStackBlocks.Count];
        for (int i = 0; i < config.Layers; i++)
        {
            using (ExportModule block = tower.Enter($"blocks.{i}"))
                x = Block(block, config, x, rope, bias);
            for (int k = 0; k < deep.Length; k++)
                if (config.DeepStackBlocks[k] == i)
                    deep[k] = Merge(tower, $"deepstack_merger_list.{k}", config, x, deep: true);
        }
        return tower.Graph.Concat(-1, [Merge(tower, "merger", config, x, deep: false), .. deep]);
    }

    // x += attention(norm(x)); x += feed-forward(norm(x))
    private static OnnxValue Block(ExportModule block, QwenVisionConfig config, OnnxValue x, OnnxRope rope, OnnxValue bias)
    {
        OnnxValue attended = x + QwenVlGraphs.Attention(block, config, block.LayerNorm("norm1", x, Epsilon), rope, bias);
        OnnxValue normed = block.LayerNorm("norm2", attended, Epsilon);
        using ExportModule mlp = block.Enter("mlp");
        return attended + mlp.Linear("linear_fc2", block.Graph.GeluTanh(mlp.Linear("linear_fc1", normed)));
    }

    // The vectors of a block of patches side by side through two layers; deep ones are normalised side by side. [n, W]
    private static OnnxValue Merge(ExportModule tower, string name, QwenVisionConfig config, OnnxValue x, bool deep)
    {
        using ExportModule merger = tower.Enter(name);
        OnnxValue merged = deep ? merger.LayerNorm("norm", Beside(x), Epsilon) : Beside(merger.LayerNorm("norm", x, Epsilon));
        return merger.Linear("linear_fc2", tower.Graph.Gelu(merger.Linear("linear_fc1", merged)));

        OnnxValue Beside(OnnxValue patches) => tower.Graph.Reshape(patches, OnnxDim.Unknown, config.MergedSize);
    }

    // The learned square table of places, stretched over each image: the mixture of the four entries around a patch. [1, N, D]
    private static OnnxValue Table(ExportModule tower, long side, PatchCoordinates places)
    {
        OnnxGraph graph = tower.Graph;
        using ExportModule module = tower.Enter("pos_embed");
        OnnxValue table = graph.Weight("weight", module.Weight("weight"));                     // [side^2, D]
        (OnnxValue Place, OnnxValue Share)[] rows = Around(graph, places.Row, places.Rows(), side),
            columns = Around(graph, places.Column, places.Columns(), side);
        OnnxValue mixed = (from row in rows from column in columns select Corner(row, column))
            .Aggregate((sum, corner) => sum + corner);
        return graph.Unsqueeze(graph.Cast(mixed, graph.Activations), 0);

        OnnxValue Corner((OnnxValue Place, OnnxValue Share) row, (OnnxValue Place, OnnxValue Share) column) =>
            graph.Cast(graph.Gather(table, row.Place * side + column.Place), OnnxType.Float)
            * graph.Unsqueeze(row.Share * column.Share, 1);
    }

    // The entries before and after a patch and their shares, where patches spread over the table, the ends on its ends. [N] each
    private static (OnnxValue Place, OnnxValue Share)[] Around(OnnxGraph graph, OnnxValue patch, OnnxValue count, long side)
    {
        OnnxValue steps = graph.Max(count - 1, graph.Scalar(1L)), spread = patch * (side - 1);
        OnnxValue before = spread / steps;
        OnnxValue share = graph.Cast(spread - before * steps, OnnxType.Float) / graph.Cast(steps, OnnxType.Float);
        return [(before, graph.Scalar(1.0, OnnxType.Float) - share), (graph.Min(before + 1, graph.Scalar(side - 1)), share)];
    }
}
