using Vlm.Generation;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Draws codes, and tells the token that each leads to.</summary>
/// <remarks>
/// The base reads tokens into its own cache, the policy reads the base's states into a second one. Codes enter neither:
/// states and policy depend on tokens alone.
/// </remarks>
internal sealed class LatentActor(
    IVisionLanguageModel model, LatentModules modules, Sampling sampling, Sampling scored, Sampling tokens,
    IReadOnlyList<int> endTokens, Tensor bans, GreedyCode greedy) : IActor
{
    private readonly KvCache _base = new(model.Layers), _policy = new(modules.Policy.Depth);
    private HistoryRules? _rules;

    /// <inheritdoc/>
    public Device Device => model.Device;

    /// <inheritdoc/>
    public (Outlook Outlook, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group)
    {
        _rules = HistoryRules.Of(tokens, prompts, endTokens, model.Vocabulary);
        Prefilled read = model.Prefill(prompts, _base);
        Tensor features = modules.Policy.Prefill(read.Hidden, read.Rope, read.Lengths, _policy);
        _base.Reserve(group, sampling.MaxNewTokens);
        _policy.Reserve(group, sampling.MaxNewTokens);
        Tensor logits = modules.Policy.Logits(Outlook.Fan(features, group));                  // [P G, K]
        return (new Outlook(logits, Outlook.Fan(read.Hidden, group)), read.Next);
    }

    /// <inheritdoc/>
    public Outlook Continue(Tensor tokens, Tensor positions)
    {
        Tensor states = model.Continue(tokens, positions, _base);                             // [N, 1, H]
        Tensor features = modules.Policy.Continue(states, model.RopeAt(positions), _policy);
        return new Outlook(modules.Policy.Logits(features).squeeze(1), states.squeeze(1));
    }

    /// <inheritdoc/>
    public void Keep(Tensor prompts, Tensor rows, int group)
    {
        _base.Keep(prompts, rows, group);
        _policy.Keep(prompts, rows, group);
    }

    /// <inheritdoc/>
    public Drawn Draw(Outlook outlook, SampledRows rows)
    {
        Tensor drawnFrom = TokenDistribution.LogProbs(outlook.Logits, sampling, bans: null);  // [N, K]
        Tensor logProbs = scored == sampling ? drawnFrom
            : TokenDistribution.LogProbs(outlook.Logits, scored, bans: null);                 // [N, K]
        Tensor codes = sampling.Greedy ? Surest(drawnFrom, outlook.States!) : rows.Draw(drawnFrom);
        Tensor logits = modules.Tokens(model, outlook.States!, modules.Codebook.Of(codes));   // [N, V]
        Tensor scores = TokenDistribution.Scores(logits, tokens, bans, _rules?.Masks(rows.Pasts(), Device));
        Tensor drawn = tokens.Greedy ? scores.argmax(-1) : rows.Draw(scores.log_softmax(-1));
        return new Drawn(codes, drawn, logProbs.gather(-1, codes.unsqueeze(-1)).squeeze(-1));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private Tensor Surest(Tensor logProbs, Tensor states) => greedy == GreedyCode.Code ? logProbs.argmax(-1)
        : CodeEffects.Of(modules, model, states, logProbs, bans).Surest(logProbs);
}
