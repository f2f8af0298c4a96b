namespace Vlm.LatentActions;

/// <summary>What choosing codes is as a choice of tokens, at one place of an answer. Costs are in nats, of the answer's token.</summary>
/// <param name="Answer">The number of the answer.</param>
/// <param name="Token">The number of the token in it, from 0.</param>
/// <param name="BaseCost">-log p(x | h) of a policy over tokens.</param>
/// <param name="BestCost">
/// The same through codes, under the best policy over them: the token policy's choice, each of its tokens with the codes that the
/// inverse dynamics model infers for it.
/// </param>
/// <param name="PolicyCost">The same through codes, under the policy: -log of the sum over codes of pi(a | h) p_w(x | h, a).</param>
/// <param name="Agrees">The policy's most probable token, summed over codes, is the token policy's.</param>
/// <param name="BestAgrees">The best policy's is.</param>
/// <param name="IsRight">The policy's is the answer's.</param>
/// <param name="BaseEntropy">Entropy of the token policy, in nats.</param>
/// <param name="Reachable">Distinct tokens that some code decodes to.</param>
/// <param name="Reaches">Some code decodes to the answer's token.</param>
public sealed record EffectPlace(
    int Answer, int Token, double BaseCost, double BestCost, double PolicyCost, bool Agrees, bool BestAgrees, bool IsRight,
    double BaseEntropy, int Reachable, bool Reaches);

/// <summary>How much of a policy over tokens is left in a policy over codes: D1 to D3 of the controls of docs/latent-actions.md.</summary>
/// <param name="Places">How many were measured.</param>
/// <param name="BaseCost">Mean cost of answers' tokens under the token policy, nats.</param>
/// <param name="RepresentationGap">What the codes add to it under the best policy over them, nats.</param>
/// <param name="CloningGap">What the policy adds to that, nats: what better cloning could win.</param>
/// <param name="Agreement">Share of places where policy and token policy take the same token.</param>
/// <param name="BestAgreement">The same of the best policy over codes.</param>
/// <param name="Accuracy">Share of places where the policy takes the answer's token.</param>
/// <param name="Coverage">
/// Share of unsure places (entropy of the token policy above 0.5 nats) where some code decodes to the answer's token; at most the rest
/// of errors is determinism's. NaN without any.
/// </param>
/// <param name="Reachable">Distinct tokens that codes decode to, a mean over unsure places. NaN without any.</param>
/// <param name="ReachableAnswers">Share of answers all of whose tokens some code decodes to.</param>
public sealed record EffectReport(
    int Places, double BaseCost, double RepresentationGap, double CloningGap, double Agreement, double BestAgreement, double Accuracy,
    double Coverage, double Reachable, double ReachableAnswers)
{
    /// <summary>Above this entropy of the token policy, in nats, a place is unsure.</summary>
    public const double Unsure = 0.5;

    /// <summary>Sums up.</summary>
    /// <param name="places">At least one: of all answers, of one kind, or first tokens alone.</param>
    public static EffectReport Of(IReadOnlyList<EffectPlace> places)
    {
        double baseCost = places.Average(place => place.BaseCost), best = places.Average(place => place.BestCost);
        EffectPlace[] unsure = [.. places.Where(place => place.BaseEntropy > Unsure)];
        return new EffectReport(places.Count, baseCost, best - baseCost, places.Average(place => place.PolicyCost) - best,
            Share(places, place => place.Agrees), Share(places, place => place.BestAgrees), Share(places, place => place.IsRight),
            Share(unsure, place => place.Reaches), unsure.Length == 0 ? double.NaN : unsure.Average(place => place.Reachable),
            Share([.. places.GroupBy(place => place.Answer)], answer => answer.All(place => place.Reaches)));
    }

    /// <summary>The values by their names in logs; those that are NaN are left out.</summary>
    public IReadOnlyList<(string Name, double Value)> Named() =>
    [
        .. new (string Name, double Value)[]
        {
            ("representation_gap", RepresentationGap), ("cloning_gap", CloningGap), ("effect_agreement", Agreement),
            ("best_effect_agreement", BestAgreement), ("effect_accuracy", Accuracy), ("coverage", Coverage),
            ("reachable_tokens", Reachable), ("reachable_answers", ReachableAnswers),
        }.Where(item => double.IsFinite(item.Value)),
    ];

    private static double Share<T>(IReadOnlyList<T> items, Func<T, bool> holds) =>
        items.Count == 0 ? double.NaN : (double)items.Count(holds) / items.Count;
}
