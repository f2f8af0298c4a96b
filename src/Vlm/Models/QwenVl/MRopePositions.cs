using Vlm.Engine;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.Models.QwenVl;

/// <summary>Positions on three axes, time, height and width: words move along all three, image patches over their grid.</summary>
/// <remarks>M-RoPE: Wang et al. 2024, https://arxiv.org/abs/2409.12191, section 2.1.</remarks>
/// <param name="Values">3 x P x L; padding has 0.</param>
/// <param name="Next">P positions, alike on all axes, of the token that follows each prompt.</param>
internal sealed record MRopePositions(long[] Values, int[] Next)
{
    /// <summary>The positions of left-padded prompts.</summary>
    /// <param name="batch">P prompts of L tokens, whose pixels carry their grids.</param>
    /// <param name="imageToken">The placeholder.</param>
    /// <param name="merge">Patches along a side that become one token.</param>
    internal static MRopePositions Of(PromptBatch batch, int imageToken, int merge)
    {
        var values = new long[3 * batch.Tokens.Length];
        int[] next = [.. batch.Prompts.Select((prompt, p) =>
            Fill(values, (p + 1) * batch.Length - batch.Lengths[p], batch.Tokens.Length, prompt, imageToken, merge))];
        return new MRopePositions(values, next);
    }

    /// <summary>[3, P, L]</summary>
    internal Tensor Tensor(int prompts, Device device) => tensor(Values).view(3, prompts, -1).On(device);

    /// <summary>[P, 1]: how far the next position is from the number of real tokens.</summary>
    internal Tensor Deltas(IReadOnlyList<int> lengths) =>
        tensor(Next.Select((next, p) => (long)next - lengths[p]).ToArray()).unsqueeze(1);

    /// <summary>The rotation: each frequency turned by the axis it belongs to.</summary>
    internal Rope Rope(int prompts, MRopeSections sections, DecoderConfig sizes, Device device)
    {
        int headWidth = sizes.Attention.HeadDim;
        Tensor axes = tensor(sections.AxisOf(headWidth / 2)).On(device);
        Tensor positions = Tensor(prompts, device).to(ScalarType.Float32).index_select(0, axes);   // [d/2, P, L]
        Tensor inverse = Layers.Rope.InverseFrequencies(headWidth, sizes.RopeTheta, device, sizes.RopeScaling);
        return Layers.Rope.FromAngles(positions.permute(1, 2, 0) * inverse, sizes.RopeScaling);    // [P, L, d/2]
    }

    // Writes one prompt's positions from column "at" of its axes' rows, and gives the next position.
    private static int Fill(long[] values, int at, int axis, Prompt prompt, int imageToken, int merge)
    {
        (int current, int image) = (0, 0);
        for (int i = 0; i < prompt.Tokens.Length;)
        {
            if (prompt.Tokens[i] != imageToken || prompt.Pixels is not { } pixels || 3 * image >= pixels.Grid.Length)
            {
                (values[at + i], values[at + axis + i], values[at + 2 * axis + i]) = (current, current, current);
                (i, current) = (i + 1, current + 1);
                continue;
            }

            (long h, long w) = (pixels.Grid[3 * image + 1] / merge, pixels.Grid[3 * image + 2] / merge);
            long count = Math.Min(pixels.Grid[3 * image] * h * w, prompt.Tokens.Length - i);
            for (int k = 0; k < count; k++, i++)
            {
                values[at + i] = current + k / (h * w);
                values[at + axis + i] = current + k / w % h;
                values[at + 2 * axis + i] = current + k % w;
            }
            (current, image) = (current + (int)Math.Max(h, w), image + 1);
        }
        return current;
    }
}
