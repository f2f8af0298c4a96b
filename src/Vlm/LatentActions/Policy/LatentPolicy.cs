using TorchSharp.Modules;
using Vlm.Generation;
using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What may differ between runs of one latent policy.</summary>
public sealed record LatentPolicyOptions
{
    /// <summary>
    /// Temperature of sampling a token under its code; 0 takes the most probable token, so that the only randomness is the
    /// policy's own.
    /// </summary>
    public double TokenTemperature { get; init; }

    /// <summary>
    /// The base's final norm is trained with the policy, as in the released code. It is also part of the world model, and
    /// its effect there gets no gradient; so not by default.
    /// </summary>
    public bool TrainFinalNorm { get; init; }

    /// <summary>
    /// Log-probs are over all K codes though a filter of <see cref="Sampling"/> sampled among fewer, as in the released
    /// code: too low by the log of the probability that the filter kept, alike in sampling and scoring. Temperature applies
    /// to both.
    /// </summary>
    public bool UnfilteredLogProbs { get; init; }

    /// <summary>Which codes share an advantage.</summary>
    public CodeCredit Credit { get; init; }

    /// <summary>
    /// Codes are asked for their tokens where the policy's most probable code has less than this probability, above 0; elsewhere an
    /// advantage is credited to the sampled code alone, which is then nearly all there is. 1 asks wherever there is a choice.
    /// </summary>
    public double CreditBelow { get; init; } = 1;

    /// <summary>Asked are the most probable codes until they have this share of the probability together, above 0; 1 asks all of them.</summary>
    public double CreditMass { get; init; } = 1;

    /// <summary>Most codes of a state that are asked, from 2 on.</summary>
    public int CreditCodes { get; init; } = CodeTokenMap.TopCodes;

    /// <summary>What greedy decoding maximises.</summary>
    public GreedyCode Greedy { get; init; }

    /// <summary>Which codes are asked for their tokens.</summary>
    internal CodeGate Gate => new(CreditBelow < 1 ? CreditBelow : 2, CreditMass < 1 ? CreditMass : 2, CreditCodes);

    /// <summary>The distribution that log-probs are of.</summary>
    internal Sampling Scored(Sampling sampling) => UnfilteredLogProbs ? sampling.Unfiltered() : sampling;
}

/// <summary>A vision-language model whose actions are codes: the policy samples a code, the world model decodes its token.</summary>
/// <remarks>
/// "Controlling Multimodal Conversational Agents with Coverage-Enhanced Latent Actions", https://arxiv.org/abs/2601.07516.
/// Temperature and filters of <see cref="Sampling"/> are the codes', in sampling and in log-probs alike, unless
/// <see cref="LatentPolicyOptions.UnfilteredLogProbs"/> is set. Rules over past tokens (repetition penalty, n-grams, fewest tokens)
/// apply to the tokens.
/// </remarks>
public sealed class LatentPolicy : IModelPolicy
{
    private readonly IReadOnlyList<int> _endTokens;
    private readonly LatentPolicyOptions _options;
    private readonly CodeModules _latent;
    private readonly GroupSampler _sampler;
    private readonly (string Name, Parameter Value)? _norm;

    /// <param name="model">The base. With <see cref="LatentPolicyOptions.TrainFinalNorm"/> the rest of it is frozen at once.</param>
    /// <param name="modules">What latent actions add to it.</param>
    /// <param name="decode">Turns a completion's tokens into text, special tokens dropped.</param>
    /// <param name="endTokens">Tokens that end a completion; any of them.</param>
    /// <param name="banned">Tokens that are never sampled, besides the model's image placeholder.</param>
    /// <param name="vocabulary">Ids from here on are never sampled; null where every row of the output layer is owned.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="still">
    /// The base as it was when its codes were learned, where <paramref name="model"/> is to learn with the policy: the world model
    /// reads it, so that codes keep their tokens. Null where the base does not learn. Both must be alike now.
    /// </param>
    /// <exception cref="ArgumentException">The final norm is to learn beside a branch, which does not read it.</exception>
    /// <exception cref="UsageException">What the codes add to the world model does not fit into memory.</exception>
    public LatentPolicy(
        IVisionLanguageModel model, LatentModules modules, Func<int[], string> decode, IReadOnlyList<int> endTokens,
        IReadOnlyList<int>? banned = null, int? vocabulary = null, LatentPolicyOptions? options = null,
        IVisionLanguageModel? still = null)
    {
        (Model, Modules, _endTokens) = (model, modules, endTokens);
        _options = options ?? new LatentPolicyOptions();
        if (_options.TrainFinalNorm && modules.Tap is not null)
            throw new ArgumentException("a branch does not read the base's final norm, which can therefore not learn with it", nameof(options));

        TableMemory.Check(modules.Config, model.Sizes);
        Tensor bans = TokenRules.Bans(model, [model.ImageToken, .. banned ?? []], vocabulary ?? model.VocabSize);
        _latent = new CodeModules(model, still ?? model, modules, bans, modules.CodeBans(bans));
        _norm = _options.TrainFinalNorm ? FreezeAllButNorm(model) : null;
        _sampler = new GroupSampler(Decoder, model.MaxPositions, model.Device, endTokens, decode);
    }

    /// <summary>The base.</summary>
    public IVisionLanguageModel Model { get; }

    /// <summary>The policy over codes, the codebook and the world model, among others.</summary>
    public LatentModules Modules { get; }

    /// <summary>The policy's parameters under "latent.policy."; what of the base is trained under its own names.</summary>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable =>
    [
        .. Modules.Policy.named_parameters().Select(item => ($"latent.policy.{item.name}", item.parameter)),
        .. _norm is { } norm ? [norm] : Array.Empty<(string, Parameter)>(),
        .. BaseLearns ? Model.Parameters.Where(item => item.Value.requires_grad) : [],
    ];

    /// <summary>What it decodes with.</summary>
    internal CodeModules Latent => _latent;

    // With a base of its own for the world model.
    private bool BaseLearns => _latent.Still != Model;

    /// <inheritdoc/>
    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        _sampler.Sample(prompts, group, sampling, key, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<int> StreamAsync(
        Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        _sampler.StreamAsync(prompt, sampling, key, cancel);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A rollout's actions are not codes of this policy, one for each token.</exception>
    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
        Read(rollouts, sampling).Actions;

    /// <inheritdoc/>
    public int FeatureWidth => Model.Sizes.Attention.HiddenSize;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A rollout's actions are not codes of this policy, one for each token.</exception>
    public (ActionLogProbs Actions, Tensor Features) LogProbsAndFeatures(
        IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        (ActionLogProbs actions, Func<Tensor> features) = Read(rollouts, sampling);
        return (actions, features());
    }

    private (ActionLogProbs Actions, Func<Tensor> Features) Read(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        Check(rollouts);
        return LatentScorer.Score(_latent, rollouts, _options.Scored(sampling), _options, BaseLearns || _options.TrainFinalNorm);
    }

    /// <inheritdoc/>
    public Tensor EffectEntropy(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        using var off = no_grad();
        return DisposeScopes.Return(() =>
        {
            TokenEffects effects = Effects(rollouts, sampling);
            Tensor entropy = -(effects.Probabilities * effects.Probabilities.clamp_min(1e-30).log()).sum(-1);
            (long rows, long longest) = (rollouts.Count, rollouts.Max(rollout => rollout.Tokens.Length));
            return zeros(rows * longest, ScalarType.Float32, entropy.device).index_copy(0, effects.Places, entropy).view(rows, longest);
        });
    }

    /// <summary>What the choice of each action is as a choice of tokens, without gradients.</summary>
    /// <remarks>Over the 16 most probable codes of a state, normalised. With fixed codes over all of them.</remarks>
    /// <param name="rollouts">B rollouts.</param>
    /// <param name="sampling">The distribution of the actions.</param>
    public TokenEffects Effects(IReadOnlyList<Rollout> rollouts, Sampling sampling)
    {
        Check(rollouts);
        using var off = no_grad();
        return LatentScorer.Effects(_latent, rollouts, sampling);
    }

    private CodeDecoder Decoder(Sampling sampling)
    {
        bool greedy = sampling.Greedy || _options.TokenTemperature == 0;
        Sampling tokens = sampling.Unfiltered() with
        {
            Greedy = greedy,
            Temperature = greedy ? 1 : _options.TokenTemperature,
        };
        return new CodeDecoder(_latent, sampling, _options.Scored(sampling), tokens, _endTokens, _options.Greedy);
    }

    private void Check(IReadOnlyList<Rollout> rollouts)
    {
        int codes = Modules.Config.Codes;
        foreach (Rollout rollout in rollouts)
            if (rollout.Actions.Length != rollout.Tokens.Length || rollout.Actions.Any(code => code < 0 || code >= codes))
                throw new ArgumentException(
                    $"a rollout of prompt {rollout.Prompt.Id} has {rollout.Actions.Length} actions for "
                    + $"{rollout.Tokens.Length} tokens, which must be as many codes below {codes}", nameof(rollouts));
    }

    private static (string, Parameter) FreezeAllButNorm(IVisionLanguageModel model)
    {
        (string Name, Parameter Value) norm = model.Parameters.Single(item =>
            model.PartOf(item.Name) == ModelPart.Text && item.Name.EndsWith(".norm.weight", StringComparison.Ordinal));
        foreach ((string name, Parameter value) in model.Parameters)
            value.requires_grad = name == norm.Name;
        return norm;
    }
}

/// <summary>Rotary embeddings for layers over a base's states.</summary>
internal static class BaseRotation
{
    /// <summary>The rotation of text at positions, which is the same on all axes that a family may have.</summary>
    /// <param name="model">The base.</param>
    /// <param name="positions">[N, T]</param>
    internal static Rope RopeAt(this IVisionLanguageModel model, Tensor positions) =>
        model.Sizes.RopeAt(positions);
}
