using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>The losses of the latent-action stages. Pure: no state, no model, no randomness.</summary>
/// <remarks>
/// "Controlling Multimodal Conversational Agents with Coverage-Enhanced Latent Actions", https://arxiv.org/abs/2601.07516, as
/// its released code computes them. Computed in float32 for any input but float64, which stays. Masked positions are left out
/// rather than multiplied by 0, so that values of the padding, NaN included, reach neither loss nor gradient.
/// </remarks>
public static class LatentLosses
{
    /// <summary>The label of a position that is not a target, as in transformers.</summary>
    public const long Ignored = -100;

    /// <summary>The positions that a loss counts.</summary>
    /// <param name="labels">[P, L] int64</param>
    /// <param name="lengths">P real lengths; padding on the left never counts.</param>
    /// <param name="which">By the next token's label, or by the position's own.</param>
    /// <returns>[P, L] bool</returns>
    public static Tensor Valid(Tensor labels, IReadOnlyList<int> lengths, ValidPositions which)
    {
        Tensor own = labels.ne(Ignored);
        Tensor counts = which == ValidPositions.Unshifted ? own
            : cat([own.narrow(1, 1, own.shape[1] - 1), zeros_like(own).narrow(1, 0, 1)], 1);
        long padded = labels.shape[1];
        Tensor first = tensor(lengths.Select(length => padded - length).ToArray()).On(labels.device).unsqueeze(1);
        return counts.logical_and(arange(padded, device: labels.device).unsqueeze(0).ge(first));
    }

    /// <summary>Labels with only the last ones of each row kept: those of the answers, so that prompts are not trained on.</summary>
    /// <param name="labels">[P, L], padding on the left.</param>
    /// <param name="last">P numbers of labels to keep at the end of each row.</param>
    /// <returns>[P, L]</returns>
    public static Tensor Last(Tensor labels, IReadOnlyList<int> last)
    {
        Tensor from = tensor(last.Select(count => labels.shape[1] - count).ToArray()).On(labels.device).unsqueeze(1);
        return labels.where(arange(labels.shape[1], device: labels.device).unsqueeze(0).ge(from),
            full_like(labels, Ignored));
    }

    /// <summary>Flat indices, row by row, of the positions that count.</summary>
    /// <param name="valid">[P, L] bool</param>
    /// <returns>[M] int64</returns>
    /// <exception cref="ArgumentException">There is none, and the mean over none is undefined.</exception>
    public static Tensor Places(Tensor valid)
    {
        Tensor places = valid.flatten().nonzero().squeeze(-1);
        return places.shape[0] > 0 ? places
            : throw new ArgumentException("no position of the batch has a label to learn from", nameof(valid));
    }

    /// <summary>The rows of [P, L, X] at flat indices: [M, X].</summary>
    public static Tensor At(Tensor x, Tensor places) => x.flatten(0, 1).index_select(0, places);

    /// <summary>The next token's label at each index. [M]</summary>
    /// <param name="labels">[P, L]</param>
    /// <param name="places">[M] none in the last column; see <see cref="ValidPositions.Shifted"/>.</param>
    public static Tensor Following(Tensor labels, Tensor places) => labels.flatten().index_select(0, places + 1);

    /// <summary>Cross-entropy of tokens or of codes: the mean of -log softmax(logits)[target].</summary>
    /// <param name="logits">[M, classes]</param>
    /// <param name="targets">[M] int64</param>
    /// <returns>A scalar in nats.</returns>
    public static Tensor CrossEntropy(Tensor logits, Tensor targets) =>
        nn.functional.cross_entropy(Wide(logits), targets);

    /// <summary>
    /// Minus the mean entropy of the codes at each position: with a positive weight it keeps the distribution at each position
    /// broad. It does not balance how often codes are used overall.
    /// </summary>
    /// <remarks>mean of sum_k q_k log(q_k + 1e-8), q = softmax(logits) without noise.</remarks>
    /// <param name="logits">[M, K]</param>
    /// <returns>A scalar from -log K to 0.</returns>
    public static Tensor NegativeEntropy(Tensor logits)
    {
        Tensor q = Wide(logits).softmax(-1);
        return (q * (q + 1e-8).log()).sum(-1).mean();
    }

    /// <summary>Tokens through codes: the mean of -log of the sum over codes of pi(a) p_w(x | a).</summary>
    /// <remarks>Over T codes of each position, which the sum is a part of; where each code has a token of its own, cross-entropy.</remarks>
    /// <param name="policy">[M, T] log pi of the codes, normalised over all K.</param>
    /// <param name="world">[M, T] log p_w of the position's token under each; constants.</param>
    /// <returns>A scalar in nats.</returns>
    public static Tensor ThroughCodes(Tensor policy, Tensor world) => -(Wide(policy) + Wide(world.detach())).logsumexp(-1).mean();

    /// <summary>The mean of KL(softmax(q) || softmax(pi)).</summary>
    /// <param name="q">[M, K] logits.</param>
    /// <param name="pi">[M, K] logits.</param>
    /// <returns>A scalar in nats, 0 or more.</returns>
    public static Tensor Divergence(Tensor q, Tensor pi)
    {
        Tensor known = Wide(q).log_softmax(-1);
        return (known.exp() * (known - Wide(pi).log_softmax(-1))).sum(-1).mean();
    }

    /// <summary>
    /// Gaussian negative log-likelihood of targets, without its constant and its factor of 1/2.
    /// </summary>
    /// <remarks>
    /// (mean - target)^2 exp(-v) + v for each of H dimensions, v the log variance. With v above -1 it is above -1, so it may be
    /// negative.
    /// </remarks>
    /// <param name="states">[P, L, H] each.</param>
    /// <param name="targets">[P, L, H] constants.</param>
    /// <param name="valid">[P, L] bool</param>
    /// <param name="width">How dimensions are reduced; tokens are averaged.</param>
    /// <returns>A scalar.</returns>
    public static Tensor GaussianNll(ProjectedState states, Tensor targets, Tensor valid, WidthReduction width)
    {
        Tensor places = Places(valid);
        (Tensor mean, Tensor v) = (Wide(At(states.Mean, places)), Wide(At(states.LogVariance, places)));
        Tensor each = (mean - Wide(At(targets.detach(), places))).square() * (-v).exp() + v;     // [M, H]
        return width == WidthReduction.Sum ? each.sum(-1).mean() : each.mean();
    }

    /// <summary>Gaussian NLL of both projectors on pairs: text-only states to those of the paired view, and back.</summary>
    /// <param name="toPaired">P</param>
    /// <param name="toText">P'</param>
    /// <param name="text">[P, L, H] read without pixels.</param>
    /// <param name="paired">[P, L, H] read with them.</param>
    /// <param name="valid">[P, L] bool</param>
    /// <param name="width">See <see cref="GaussianNll"/>.</param>
    public static Tensor CrossModalProjectionLoss(CrossModalProjector toPaired, CrossModalProjector toText, Tensor text, Tensor paired,
        Tensor valid, WidthReduction width) =>
        GaussianNll(toPaired.Forward(text.detach()), paired, valid, width)
            + GaussianNll(toText.Forward(paired.detach()), text, valid, width);

    /// <summary>Cycle consistency of text-only states: to the paired view and back to themselves. Needs no pairs.</summary>
    /// <remarks>The first projection uses its mean alone, so its variance gets no gradient here.</remarks>
    /// <param name="toPaired">P</param>
    /// <param name="toText">P'</param>
    /// <param name="text">[P, L, H] read without pixels.</param>
    /// <param name="valid">[P, L] bool</param>
    /// <param name="width">See <see cref="GaussianNll"/>.</param>
    public static Tensor CycleConsistency(
        CrossModalProjector toPaired, CrossModalProjector toText, Tensor text, Tensor valid, WidthReduction width) =>
        GaussianNll(toText.Forward(toPaired.Mean(text.detach())), text, valid, width);

    /// <summary>
    /// The inverse dynamics model's most probable code at each position, without noise, which cloning learns to predict:
    /// [.., K] to [..].
    /// </summary>
    /// <param name="inverse">Logits after <see cref="InverseDynamics.LookAhead"/>.</param>
    public static Tensor PseudoLabels(Tensor inverse) => inverse.detach().argmax(-1);

    /// <summary>How often each code is the most probable one: [M, K] to [K] int64, on the device.</summary>
    /// <param name="inverse">See <see cref="PseudoLabels"/>.</param>
    public static Tensor CodeCounts(Tensor inverse)
    {
        using var off = no_grad();
        Tensor codes = PseudoLabels(inverse);
        return zeros(inverse.shape[^1], ScalarType.Int64, inverse.device).scatter_add_(0, codes, ones_like(codes));
    }

    private static Tensor Wide(Tensor x) => x.dtype == ScalarType.Float64 ? x : x.to(ScalarType.Float32);
}
