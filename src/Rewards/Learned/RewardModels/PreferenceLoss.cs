using static TorchSharp.torch;

namespace Vlm.Rewards.Learned;

/// <summary>Losses of pairs of scores. Each gives [N], a loss for each pair; callers take the mean.</summary>
/// <remarks>
/// <code>
/// d = r(chosen) - r(rejected)
/// Bradley-Terry    -log sigmoid(d - margin)                               Ouyang et al. 2022, arXiv:2203.02155, equation 1;
///                                                                         margin: Touvron et al. 2023, arXiv:2307.09288, equation 2
/// label smoothing  -(1 - alpha) log sigmoid(d) - alpha log sigmoid(-d)    Wang et al. 2024, arXiv:2401.06080, section 2.3
/// centering        weight (r(chosen) + r(rejected))^2                     Eisenstein et al. 2023, arXiv:2312.09244, section 2
/// </code>
/// Wang et al. release a loss with 1e-5 inside of the logarithm; here it is the exact log-sigmoid, which does not overflow.
/// </remarks>
public static class PreferenceLoss
{
    /// <summary>Bradley-Terry with a margin and label smoothing.</summary>
    /// <param name="chosen">[N] scores of the better answers.</param>
    /// <param name="rejected">[N] scores of the others.</param>
    /// <param name="margin">[N] by how much the scores are to differ at least; null for 0.</param>
    /// <param name="smoothing">[N] probability that the label is wrong, 0 to 1; null for 0.</param>
    /// <returns>[N]</returns>
    public static Tensor BradleyTerry(Tensor chosen, Tensor rejected, Tensor? margin = null, Tensor? smoothing = null)
    {
        Tensor difference = margin is null ? chosen - rejected : chosen - rejected - margin;
        Tensor right = -nn.functional.logsigmoid(difference);
        return smoothing is null ? right : ((1 - smoothing) * right) - (smoothing * nn.functional.logsigmoid(-difference));
    }

    /// <summary>Keeps the scores of a pair around 0: the preference says nothing of their sum.</summary>
    /// <param name="chosen">[N]</param>
    /// <param name="rejected">[N]</param>
    /// <returns>[N]</returns>
    public static Tensor Centering(Tensor chosen, Tensor rejected) => (chosen + rejected).square();
}
