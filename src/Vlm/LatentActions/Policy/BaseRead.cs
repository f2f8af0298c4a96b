using Vlm.Layers;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>What policy and world model read of the base, in one sampling call or one scoring pass.</summary>
/// <remarks>
/// The world model reads the states after the final norm; the policy the same or, as a branch, what the base's last layers read. A
/// base that learns moves the policy's input alone: the world model then reads the base as it was, so that codes keep their tokens.
/// </remarks>
/// <param name="model">The base that the policy reads.</param>
/// <param name="still">The base that the world model reads; the same where the base does not learn.</param>
/// <param name="tap">See <see cref="LatentModules.Tap"/>.</param>
internal sealed class BaseRead(IVisionLanguageModel model, IVisionLanguageModel still, int? tap)
{
    private readonly KvCache _cache = new(model.Layers, tap);
    private readonly KvCache? _still = model == still ? null : new KvCache(still.Layers);

    /// <summary>Reads prompts.</summary>
    /// <param name="prompts">P prompts.</param>
    /// <returns>What the policy reads, with its rotation, [P, L, H]; and what the world model reads, [P, L, H].</returns>
    internal (Prefilled Policy, Tensor World) Prefill(IReadOnlyList<Prompt> prompts)
    {
        Prefilled read = model.Prefill(prompts, _cache);
        Tensor world = _still is null ? read.Hidden : Without(() => still.Prefill(prompts, _still).Hidden);
        return (read with { Hidden = _cache.Tapped ?? read.Hidden }, world);
    }

    /// <summary>Reads tokens after them.</summary>
    /// <param name="tokens">[N, T]</param>
    /// <param name="positions">[N, T]</param>
    /// <returns>What the policy reads and what the world model reads, [N, T, H].</returns>
    internal (Tensor Policy, Tensor World) Continue(Tensor tokens, Tensor positions)
    {
        Tensor states = model.Continue(tokens, positions, _cache);
        Tensor world = _still is null ? states : Without(() => still.Continue(tokens, positions, _still));
        return (_cache.Tapped ?? states, world);
    }

    /// <summary>Lets a policy that is a branch read generated tokens together with the base's last layers, where that is faster.</summary>
    /// <param name="policy">It has read the prompts.</param>
    /// <param name="prefix">Its cache.</param>
    internal void Join(CodeNetwork policy, KvCache prefix)
    {
        if (tap is not null && _still is null)
            _cache.Branch = policy.Beside(prefix);
    }

    /// <summary>[N, 1, H] the policy's features of the tokens read last; null where it has not read along.</summary>
    internal Tensor? Features => _cache.Branched;

    /// <inheritdoc cref="KvCache.Reserve"/>
    internal void Reserve(int group, int capacity)
    {
        _cache.Reserve(group, capacity);
        _still?.Reserve(group, capacity);
    }

    /// <inheritdoc cref="KvCache.Keep"/>
    internal void Keep(Tensor prompts, Tensor rows, int group)
    {
        _cache.Keep(prompts, rows, group);
        _still?.Keep(prompts, rows, group);
    }

    private static Tensor Without(Func<Tensor> read)
    {
        using var off = no_grad();
        return read();
    }
}
