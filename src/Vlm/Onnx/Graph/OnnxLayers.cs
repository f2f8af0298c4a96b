using static TorchSharp.torch;

namespace Vlm.Onnx.Graph;

/// <summary>
/// The layers of the models here, as nodes; each under a scope of its own, weights named as in the checkpoint.
/// </summary>
public static class OnnxLayers
{
    /// <summary>x W^T + b. The weight is stored transposed, or as bytes where the graph says so.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="name">The layer's, as in the checkpoint.</param>
    /// <param name="x">[.., in]</param>
    /// <param name="weight">[out, in]</param>
    /// <param name="bias">[out], or null.</param>
    /// <returns>[.., out]</returns>
    public static OnnxValue Linear(
        this OnnxGraph graph, string name, OnnxValue x, OnnxWeight weight, OnnxWeight? bias = null)
    {
        using IDisposable scope = graph.Scope(name);
        if (weight.Shape.Count != 2)
            throw new OnnxGraphException("MatMul", graph.Scoped("MatMul"),
                $"the weight has the shape [{string.Join(", ", weight.Shape)}], not [out, in]");

        OnnxValue product = graph.MatMul(x, graph.Int8 ? graph.Bytes(weight) : graph.Weight("weight", Turned(weight)));
        return bias is null ? product : product + graph.Weight("bias", bias);
    }

    /// <summary>Rows of a table of vectors.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="name">The layer's, as in the checkpoint.</param>
    /// <param name="ids">Integers of any shape.</param>
    /// <param name="weight">[rows, width]</param>
    public static OnnxValue Embedding(this OnnxGraph graph, string name, OnnxValue ids, OnnxWeight weight)
    {
        using IDisposable scope = graph.Scope(name);
        return graph.Gather(graph.Weight("weight", weight), ids);
    }

    /// <summary>w * x / sqrt(mean(x^2) + eps), in float32 until the product with w.</summary>
    /// <remarks>Zhang and Sennrich 2019, https://arxiv.org/abs/1910.07467, eq. 4.</remarks>
    /// <param name="graph">The graph.</param>
    /// <param name="name">The layer's, as in the checkpoint.</param>
    /// <param name="x">[.., width]</param>
    /// <param name="weight">[width]</param>
    /// <param name="epsilon">Added to the mean square.</param>
    public static OnnxValue RmsNorm(this OnnxGraph graph, string name, OnnxValue x, OnnxWeight weight, double epsilon)
    {
        using IDisposable scope = graph.Scope(name);
        OnnxValue wide = graph.Cast(x, OnnxType.Float);
        OnnxValue root = graph.Sqrt(graph.ReduceMean(wide * wide, -1) + epsilon);              // [.., 1]
        return graph.Cast(wide / root, x.Type) * graph.Weight("weight", weight, x.Type);
    }

    /// <summary>Layer norm over the last dimension, in float32.</summary>
    /// <remarks>Ba et al. 2016, https://arxiv.org/abs/1607.06450, eq. 4.</remarks>
    /// <param name="graph">The graph.</param>
    /// <param name="name">The layer's, as in the checkpoint.</param>
    /// <param name="x">[.., width]</param>
    /// <param name="weight">[width]</param>
    /// <param name="bias">[width]</param>
    /// <param name="epsilon">Added to the variance.</param>
    public static OnnxValue LayerNorm(
        this OnnxGraph graph, string name, OnnxValue x, OnnxWeight weight, OnnxWeight bias, double epsilon)
    {
        using IDisposable scope = graph.Scope(name);
        OnnxValue normed = graph.LayerNormalization(graph.Cast(x, OnnxType.Float),
            graph.Weight("weight", weight, OnnxType.Float), graph.Weight("bias", bias, OnnxType.Float), epsilon);
        return graph.Cast(normed, x.Type);
    }

    /// <summary>x * sigmoid(x).</summary>
    public static OnnxValue Silu(this OnnxGraph graph, OnnxValue x) => x * graph.Sigmoid(x);

    /// <summary>x * sigmoid(1.702 x).</summary>
    public static OnnxValue QuickGelu(this OnnxGraph graph, OnnxValue x) => x * graph.Sigmoid(x * 1.702);

    /// <summary>x * (1 + erf(x / sqrt 2)) / 2.</summary>
    /// <remarks>Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415, section 2.</remarks>
    public static OnnxValue Gelu(this OnnxGraph graph, OnnxValue x) =>
        x * 0.5 * (graph.Erf(x * Math.Sqrt(0.5)) + 1);

    /// <summary>x * (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2.</summary>
    /// <remarks>
    /// Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415, section 2. The inside in float32: x^3 leaves
    /// float16.
    /// </remarks>
    public static OnnxValue GeluTanh(this OnnxGraph graph, OnnxValue x)
    {
        OnnxValue wide = graph.Cast(x, OnnxType.Float);
        OnnxValue inside = (wide + wide * wide * wide * 0.044715) * Math.Sqrt(2 / Math.PI);
        return graph.Cast(wide * 0.5 * (graph.Tanh(inside) + 1), x.Type);
    }

    // [out, in] -> [in, out], where the matrix product wants it.
    private static OnnxWeight Turned(OnnxWeight weight) =>
        weight.To([weight.Shape[1], weight.Shape[0]], value => value.t());

    // One scale per output, so that its largest weight becomes 127: [in, out] bytes and [out] scales.
    private static OnnxValue Bytes(this OnnxGraph graph, OnnxWeight weight)
    {
        OnnxWeight scale = weight.To([weight.Shape[0]], Scale);
        OnnxWeight bytes = Turned(weight.To(weight.Shape, value =>
            (value.to(ScalarType.Float32) / Scale(value).unsqueeze(1)).round().to(ScalarType.Int8)));
        OnnxValue wide = graph.DequantizeLinear(graph.Weight("weight_int8", bytes, OnnxType.Int8),
            graph.Weight("weight_scale", scale, OnnxType.Float), axis: 1);
        return graph.Cast(wide, graph.Activations);
    }

    // Weights that are all 0 have any scale but 0: a small one, since runtimes multiply by the scale what should
    // cancel.
    private static Tensor Scale(Tensor weight) =>
        weight.to(ScalarType.Float32).abs().amax([1]).clamp_min(1e-10) / 127;                  // [out]
}
