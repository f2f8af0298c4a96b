namespace Vlm.LatentActions;

/// <summary>Which actions share an advantage.</summary>
public enum CodeCredit
{
    /// <summary>The sampled code alone, as in the released code.</summary>
    Sampled,

    /// <summary>
    /// All codes that decode to the same token, each in proportion to its probability. States depend on tokens and never on
    /// codes, so which of these codes was sampled cannot change any reward: the expected gradient is the same, with less
    /// variance. It costs a pass of the world model over the most probable codes of every state; see
    /// <see cref="CodeTokenMap.TopCodes"/>.
    /// </summary>
    MarginalisedOverEquivalentCodes,
}

/// <summary>What greedy decoding maximises.</summary>
public enum GreedyCode
{
    /// <summary>The probability of a single code, as in the released code.</summary>
    MostProbableCode,

    /// <summary>
    /// The probability of a token, summed over the codes that decode to it; taken is the most probable of these codes. A token
    /// whose probability is spread over many codes is not missed. It costs a pass of the world model over the most probable
    /// codes.
    /// </summary>
    MostProbableToken,
}
