using Vlm.Checkpoints;
using Vlm.Generation;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What one latent policy decodes with.</summary>
/// <param name="Model">The base that the policy reads.</param>
/// <param name="Still">The base that the world model reads; the same where the base does not learn.</param>
/// <param name="Modules">The latent modules.</param>
/// <param name="Bans">[V] added to logits of tokens.</param>
/// <param name="CodeBans">[K] added to logits of codes, or null.</param>
internal sealed record CodeModules(
    IVisionLanguageModel Model, IVisionLanguageModel Still, LatentModules Modules, Tensor Bans, Tensor? CodeBans);

/// <summary>Samples codes, and decodes each to its token with the world model.</summary>
/// <remarks>
/// The base reads tokens into its own KV cache, the policy reads the base's states into a second one. Codes enter neither:
/// states and policy depend on tokens alone.
/// </remarks>
internal sealed class CodeDecoder(
    CodeModules latent, Sampling sampling, Sampling scored, Sampling tokens, IReadOnlyList<int> endTokens, GreedyCode greedy)
    : IDecoder
{
    private readonly BaseRead _base = new(latent.Model, latent.Still, latent.Modules.Tap);
    private readonly KvCache _policy = new(latent.Modules.Policy.Depth);
    private readonly LatentModules _modules = latent.Modules;
    private HistoryRules? _rules;
    private MergeTable? _table;

    /// <inheritdoc/>
    public Device Device => latent.Model.Device;

    /// <inheritdoc/>
    public (NextDistribution First, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group)
    {
        _rules = HistoryRules.Of(tokens, prompts, endTokens, latent.Model.VocabSize);
        _table = _modules.Table();
        (Prefilled read, Tensor world) = _base.Prefill(prompts);
        Tensor features = _modules.Policy.Prefill(read.Hidden, read.Rope, read.Lengths, _policy);
        _base.Reserve(group, sampling.MaxNewTokens);
        _policy.Reserve(group, sampling.MaxNewTokens);
        _base.Join(_modules.Policy, _policy);
        return (Next(NextDistribution.Fan(features, group), NextDistribution.Fan(world, group)), read.Next);   // [P G, ..]
    }

    /// <inheritdoc/>
    public NextDistribution Continue(Tensor tokens, Tensor positions)
    {
        (Tensor states, Tensor world) = _base.Continue(tokens, positions);                    // [N, 1, H]
        Tensor features = _base.Features ?? _modules.Policy.Continue(states, latent.Model.RopeAt(positions), _policy);
        return Next(features.squeeze(1), world.squeeze(1));
    }

    /// <inheritdoc/>
    public void Keep(Tensor prompts, Tensor rows, int group)
    {
        _base.Keep(prompts, rows, group);
        _policy.Keep(prompts, rows, group);
    }

    /// <inheritdoc/>
    public string? NonFiniteWeight() =>
        NonFiniteWeights.First([.. latent.Model.Parameters, .. ModelParameters.ParametersOf(_modules)]);

    /// <inheritdoc/>
    public SampledStep Sample(NextDistribution distribution, DecodingBatch rows)
    {
        Tensor sampledFrom = TokenDistribution.LogProbs(distribution.Logits, sampling, latent.CodeBans);  // [N, K]
        Tensor logProbs = scored == sampling ? sampledFrom
            : TokenDistribution.LogProbs(distribution.Logits, scored, latent.CodeBans);            // [N, K]
        Tensor codes = sampling.Greedy ? MostProbable(sampledFrom, distribution.States!) : rows.Sample(sampledFrom);
        Tensor logits = _modules.Tokens(latent.Still, distribution.States!, codes, table: _table);  // [N, V]
        Tensor scores = TokenDistribution.Scores(logits, tokens, latent.Bans, _rules?.Masks(rows.Histories(), Device));
        Tensor taken = tokens.Greedy ? scores.argmax(-1) : rows.Sample(scores.log_softmax(-1));
        // 0 times a number that is not finite is NaN: the codes' logits may be fine where the tokens' are not.
        return new SampledStep(codes, taken, logProbs.gather(-1, codes.unsqueeze(-1)).squeeze(-1) + 0 * scores.amax([-1]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private NextDistribution Next(Tensor features, Tensor states) =>
        new(_modules.PolicyLogits(latent.Still, features, () => states, latent.Bans), states);

    private Tensor MostProbable(Tensor logProbs, Tensor states) => greedy == GreedyCode.MostProbableCode ? logProbs.argmax(-1)
        : CodeTokenMap.Of(latent.Still, _modules, states, logProbs, latent.Bans, CodeGate.Majority).MostProbable(logProbs);
}
