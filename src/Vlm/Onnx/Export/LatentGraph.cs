using Vlm.LatentActions;
using Vlm.Onnx.Graph;
using Vlm.Onnx.Runtime;

namespace Vlm.Onnx.Export;

/// <summary>The policy over codes and the world model, behind a decoder's last norm.</summary>
/// <remarks>
/// The policy's layers count on after the decoder's, so that a client that is told of both keeps the second cache without
/// knowing of it. Of each token whose logits are asked for, the graph also gives those of its codes, and the code.
/// <code>
/// B rows    T tokens of this pass    n tokens that logits are of    D width    K codes
/// </code>
/// </remarks>
internal static class LatentGraph
{
    /// <summary>What the output layer reads, once a code is chosen in each state.</summary>
    /// <param name="graph">The decoder's.</param>
    /// <param name="latent">Has the weights.</param>
    /// <param name="norm">The decoder's last norm.</param>
    /// <param name="pass">What layers share.</param>
    /// <param name="read">What the policy and the world model read.</param>
    /// <param name="kept">Leaves n of T tokens.</param>
    /// <returns>[B, n, D]</returns>
    public static OnnxValue Act(
        OnnxGraph graph, LatentModules latent, Func<OnnxValue, OnnxValue> norm, DecoderGraph.Pass pass, States read,
        Func<OnnxValue, OnnxValue> kept)
    {
        ExportModule root = ExportModule.Of(graph, latent);
        OnnxValue logits;
        using (ExportModule policy = root.Enter("policy"))
        {
            OnnxValue features = DecoderGraph.Layers(policy, latent.Policy.Depth, pass, read.Policy, pass.Sizes.Layers);
            logits = graph.Cast(policy.Linear("head", kept(features)), OnnxType.Float);        // [B, n, K]
        }
        OnnxValue codes = CodeSamplingGraph.Of(graph, logits);                                          // [B, n]
        OnnxDim places = logits.Shape[1];
        graph.Output(OnnxCodeTensors.Logits, logits, DecoderGraph.Batch, places, latent.Config.Codes);
        graph.Output(OnnxCodeTensors.Codes, codes, DecoderGraph.Batch, places);

        OnnxWeight vectors = root.Weight("codebook.weight");
        OnnxValue vector = graph.Embedding("codebook", codes,
            vectors.To([vectors.Shape[1], vectors.Shape[0]], value => value.t()));             // [B, n, D]
        using ExportModule world = root.Enter("world");
        return World(world, latent.Config, norm, kept(read.World), vector);
    }

    /// <summary>What is read of the base.</summary>
    /// <param name="Policy">[B, T, D] by the policy: as <paramref name="World"/>, or what a branch's layers read.</param>
    /// <param name="World">[B, T, D] after the last norm.</param>
    internal sealed record States(OnnxValue Policy, OnnxValue World);

    /// <summary>Throws where these codes have no graph.</summary>
    /// <exception cref="UsageException">They are those of a control.</exception>
    internal static void Refuse(LatentConfig config)
    {
        if (config.HasFixedCodes || config.Policy == PolicyForm.Prior)
            throw new UsageException("fixed codes, and a policy that starts from the base's choice, are controls that are not exported",
                LatentCheckpoint.ConfigFile, "codes that were learned, or the base alone: --tokens");
    }

    // x += block([x; c]), then read.
    private static OnnxValue World(
        ExportModule world, LatentConfig config, Func<OnnxValue, OnnxValue> norm, OnnxValue h, OnnxValue code)
    {
        (OnnxValue x, OnnxValue last) = (h, h);
        for (int i = 0; i < config.MergeBlocks; i++)
        {
            last = world.SwiGlu($"blocks.{i}", world.Graph.Concat(-1, x, code));
            x = x + last;
        }
        return config.ReadOut switch
        {
            ReadOut.Delta => norm(x) - h,
            ReadOut.LastBlock => norm(last),
            _ => norm(x),
        };
    }
}
