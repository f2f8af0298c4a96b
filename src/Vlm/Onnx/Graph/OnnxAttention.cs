namespace Vlm.Onnx.Graph;

/// <summary>The rotation of queries and keys, in float32.</summary>
/// <param name="Cos">[.., 1, T, d]</param>
/// <param name="Sin">
/// [.., 1, T, d], negative in the first half, so that a turn is x * cos + (x with its halves swapped) * sin.
/// </param>
public sealed record OnnxRope(OnnxValue Cos, OnnxValue Sin);

/// <summary>
/// Attention and what it needs, as nodes. Heads come before tokens, as in the caches that clients keep.
/// </summary>
public static class OnnxAttention
{
    /// <summary>The rotation by angles, each used by a pair of channels.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="angles">[.., T, d/2] of Float, in radians.</param>
    /// <param name="factor">What sines and cosines are multiplied by.</param>
    public static OnnxRope Rope(this OnnxGraph graph, OnnxValue angles, double factor = 1)
    {
        (OnnxValue cos, OnnxValue sin) = (graph.Cos(angles), graph.Sin(angles));
        if (factor != 1)
            (cos, sin) = (cos * graph.Scalar(factor, OnnxType.Float), sin * graph.Scalar(factor, OnnxType.Float));
        return new OnnxRope(
            graph.Unsqueeze(graph.Concat(-1, cos, cos), -3), graph.Unsqueeze(graph.Concat(-1, -sin, sin), -3));
    }

    /// <summary>Turns each head's vector by its position.</summary>
    /// <remarks>
    /// Su et al. 2021, https://arxiv.org/abs/2104.09864, section 3.4.2, in the split-half form of Llama checkpoints.
    /// </remarks>
    /// <param name="graph">The graph.</param>
    /// <param name="x">[B, heads, T, d]</param>
    /// <param name="rope">The rotation.</param>
    public static OnnxValue Rotate(this OnnxGraph graph, OnnxValue x, OnnxRope rope)
    {
        OnnxValue wide = graph.Cast(x, OnnxType.Float);
        long half = x.Shape[^1].Size is { } width && width % 2 == 0 ? width / 2
            : throw new OnnxGraphException("Split", graph.Scoped("Split"), $"{x} has no two halves");
        OnnxValue[] halves = graph.Split(wide, -1, half, half);
        OnnxValue swapped = graph.Concat(-1, halves[1], halves[0]);
        return graph.Cast(wide * rope.Cos + swapped * rope.Sin, x.Type);
    }

    /// <summary>[B, T, heads * d] -> [B, heads, T, d].</summary>
    public static OnnxValue SplitHeads(this OnnxGraph graph, OnnxValue x, long heads)
    {
        long d = x.Shape[^1].Size is { } width && width % heads == 0 ? width / heads
            : throw new OnnxGraphException("Reshape", graph.Scoped("Reshape"),
                $"{x} does not divide into {heads} heads");
        return graph.Transpose(graph.Reshape(x, x.Shape[0], x.Shape[1], heads, d), 0, 2, 1, 3);
    }

    /// <summary>[B, heads, T, d] -> [B, T, heads * d].</summary>
    public static OnnxValue JoinHeads(this OnnxGraph graph, OnnxValue x) => graph.Reshape(
        graph.Transpose(x, 0, 2, 1, 3), x.Shape[0], x.Shape[2],
        checked(x.Shape[1].Size!.Value * x.Shape[3].Size!.Value));

    /// <summary>Keys or values of this pass behind those of the past.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="past">[B, K, past, d]</param>
    /// <param name="now">[B, K, T, d]</param>
    /// <param name="total">What the sum of the lengths is called, as in the attention mask.</param>
    public static OnnxValue Extend(this OnnxGraph graph, OnnxValue past, OnnxValue now, string total)
    {
        OnnxValue all = graph.Concat(2, past, now);
        return graph.Assume(all, all.Shape[0], all.Shape[1], total, all.Shape[3]);
    }

    /// <summary>
    /// What is added to a decoder's scores: 0 where a token may see a key, float32's lowest number elsewhere.
    /// </summary>
    /// <remarks>
    /// Token i of this pass sees key j if j &lt;= past + i and the mask has a 1 at j. The number is finite, so that
    /// a row of padding, which sees nothing, still has a softmax.
    /// </remarks>
    /// <param name="graph">The graph.</param>
    /// <param name="mask">[B, S] of Int64, 0 for padding: past and present tokens.</param>
    /// <param name="tokens">T, how many of the S are of this pass.</param>
    /// <returns>[B, 1, T, S] of Float</returns>
    public static OnnxValue CausalBias(this OnnxGraph graph, OnnxValue mask, OnnxDim tokens)
    {
        OnnxDim total = mask.Shape[1];
        OnnxValue past = graph.ScalarOf(total) - graph.ScalarOf(tokens);
        OnnxValue own = graph.Unsqueeze(graph.Range(tokens) + past, 1);                        // [T, 1]
        OnnxValue before = graph.LessOrEqual(graph.Range(total), own);                         // [T, S]
        OnnxValue real = graph.Greater(graph.Unsqueeze(mask, 1, 2), graph.Scalar(0L));         // [B, 1, 1, S]
        return graph.Bias(graph.And(before, real));
    }

    /// <summary>0 where true, float32's lowest number elsewhere.</summary>
    public static OnnxValue Bias(this OnnxGraph graph, OnnxValue allowed) => graph.Where(
        allowed, graph.Scalar(0.0, OnnxType.Float), graph.Scalar(float.MinValue, OnnxType.Float));

    /// <summary>Softmax of scores with a bias, in float32.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="scores">[.., T, S]</param>
    /// <param name="bias">Broadcast to the scores, of Float; or null.</param>
    public static OnnxValue BiasedSoftmax(this OnnxGraph graph, OnnxValue scores, OnnxValue? bias)
    {
        OnnxValue wide = graph.Cast(scores, OnnxType.Float);
        return graph.Cast(graph.Softmax(bias is null ? wide : wide + bias), scores.Type);
    }

    /// <summary>
    /// Attention in which several query heads share one key/value head; scores are divided by sqrt(d).
    /// </summary>
    /// <remarks>
    /// Ainslie et al. 2023, https://arxiv.org/abs/2305.13245, section 2. Query heads that share keys are stacked
    /// as rows of one product, so keys and values are not copied per head.
    /// </remarks>
    /// <param name="graph">The graph.</param>
    /// <param name="q">[B, H, T, d]</param>
    /// <param name="k">[B, K, S, d]; K divides H.</param>
    /// <param name="v">[B, K, S, d]</param>
    /// <param name="bias">Added to the scores [B, H, T, S], broadcast, of Float; or null.</param>
    /// <returns>[B, H, T, d]</returns>
    public static OnnxValue Attention(this OnnxGraph graph, OnnxValue q, OnnxValue k, OnnxValue v, OnnxValue? bias)
    {
        if (q.Shape[1].Size is not { } H || k.Shape[1].Size is not { } K || q.Shape[^1].Size is not { } d || H % K != 0)
            throw new OnnxGraphException("MatMul", graph.Scoped("MatMul"), $"{q} cannot attend to {k}");

        OnnxDim B = q.Shape[0], T = q.Shape[2], S = k.Shape[2];
        q = q * (1 / Math.Sqrt(d));
        if (H == K)
            return graph.MatMul(graph.BiasedSoftmax(graph.MatMul(q, graph.Transpose(k, 0, 1, 3, 2)), bias), v);

        OnnxValue stacked = graph.Reshape(q, B, K, -1, d);                                     // [B, K, H/K T, d]
        OnnxValue scores = graph.MatMul(stacked, graph.Transpose(k, 0, 1, 3, 2));              // [B, K, H/K T, S]
        OnnxValue weights = graph.BiasedSoftmax(graph.Reshape(scores, B, H, T, S), bias);      // [B, H, T, S]
        OnnxValue mixed = graph.MatMul(graph.Reshape(weights, B, K, -1, S), v);                // [B, K, H/K T, d]
        return graph.Reshape(mixed, B, H, T, d);
    }
}
