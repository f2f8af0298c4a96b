using TorchSharp.Modules;
using Vlm.Engine;
using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>Codes that are fixed classes of tokens; under a class the base takes its most probable token.</summary>
public sealed class TokenClasses : Layer
{
    private readonly Parameter _of;       // as real numbers, which every file and device holds; exact below 2^24
    private Tensor? _members;             // [K, m] the tokens of each class, in rows padded with V

    /// <summary>Builds "of" [V], the class of each token, 0 before <see cref="Set"/>.</summary>
    /// <param name="vocabulary">V</param>
    /// <param name="classes">K</param>
    public TokenClasses(int vocabulary, int classes) : base(nameof(TokenClasses))
    {
        Count = classes;
        register_parameter("of", _of = Weights.Zeros(vocabulary));
        _of.requires_grad = false;
    }

    /// <summary>K</summary>
    public int Count { get; }

    /// <summary>Classes without meaning: token x is of class hash(x) mod K.</summary>
    /// <param name="vocabulary">V</param>
    /// <param name="classes">K</param>
    /// <param name="seed">Another seed gives other classes.</param>
    public static int[] Hashed(int vocabulary, int classes, long seed) =>
        [.. Enumerable.Range(0, vocabulary).Select(token => new RandomStream(seed, "token-classes", token).Next(classes))];

    /// <summary>Says which class each token is of.</summary>
    /// <param name="classes">V numbers from 0 to K - 1.</param>
    /// <exception cref="ArgumentException">They are not as many as the tokens, or one is no class.</exception>
    public void Set(IReadOnlyList<int> classes)
    {
        if (classes.Count != _of.size(0) || classes.Any(each => each < 0 || each >= Count))
            throw new ArgumentException($"{_of.size(0)} tokens need as many classes from 0 to {Count - 1}", nameof(classes));

        using var off = no_grad();
        _of.copy_(tensor(classes.Select(each => (float)each).ToArray()));
        _members?.Dispose();
        _members = null;
    }

    /// <summary>The class of each token. [..] int64</summary>
    internal Tensor Of(Tensor tokens) => _of.index_select(0, tokens.flatten()).view(tokens.shape).to(ScalarType.Int64);

    /// <summary>Logits with the tokens of other classes impossible.</summary>
    /// <param name="logits">[.., V]</param>
    /// <param name="codes">[..] classes.</param>
    internal Tensor Within(Tensor logits, Tensor codes) =>
        logits.masked_fill(_of.ne(codes.unsqueeze(-1)), TokenDistribution.Never);

    /// <summary>The most probable token of each class. [M, K] int64</summary>
    /// <param name="logits">[M, V]</param>
    internal Tensor MostProbable(Tensor logits)
    {
        Tensor members = Members;
        Tensor padded = cat([logits, full([logits.shape[0], 1], float.NegativeInfinity, logits.dtype, logits.device)], -1);
        Tensor best = padded.index_select(-1, members.flatten()).view(logits.shape[0], Count, -1).argmax(-1, keepdim: true);
        return members.unsqueeze(0).expand(logits.shape[0], -1, -1).gather(-1, best).squeeze(-1).clamp_max(logits.shape[1] - 1);
    }

    /// <summary>What banned tokens make of classes: a class is banned where all of its tokens are, or where it has none. [K]</summary>
    /// <param name="bans">[V] 0 or <see cref="TokenDistribution.Never"/>.</param>
    internal Tensor Bans(Tensor bans)
    {
        Tensor padded = cat([bans, full([1], TokenDistribution.Never, bans.dtype, bans.device)]);
        return padded.index_select(0, Members.flatten()).view(Count, -1).amax([-1]);
    }

    private Tensor Members => _members ??= Listed().DetachFromDisposeScope();

    private Tensor Listed()
    {
        float[] classes = [.. _of.cpu().data<float>()];
        var lists = classes.Index().ToLookup(item => (int)item.Item, item => (long)item.Index);
        int longest = Math.Max(1, Enumerable.Range(0, Count).Max(each => lists[each].Count()));
        return tensor(Enumerable.Range(0, Count).SelectMany(each => lists[each]
            .Concat(Enumerable.Repeat((long)classes.Length, longest - lists[each].Count()))).ToArray()).view(Count, longest).On(_of.device);
    }
}
