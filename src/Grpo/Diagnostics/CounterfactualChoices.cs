using TorchSharp;
using Vlm.Rewards;

namespace Vlm.Grpo;

/// <summary>How many other choices are tried in place of each choice of an answer.</summary>
public sealed record CounterfactualOptions
{
    /// <summary>Most other actions; fewer where the policy has fewer.</summary>
    /// <value>The default is 4.</value>
    public int Actions { get; init; } = 4;

    /// <summary>Continuations after each action, 2 at least.</summary>
    /// <value>The default is 4.</value>
    public int Continuations { get; init; } = 4;

    /// <summary>Draws from which other actions are taken, the first that differ.</summary>
    /// <value>The default is 32.</value>
    public int Draws { get; init; } = 32;

    /// <summary>Rollouts sampled together.</summary>
    /// <value>The default is 64.</value>
    public int Batch { get; init; } = 64;
}

/// <summary>Tries other choices in place of each choice of sampled answers.</summary>
/// <remarks>
/// <para>
/// An answer to each question is sampled. At each of its tokens the tokens before it are kept, and the policy goes on from there several
/// times after the answer's own token and after each of some others: the first that differ among draws of the policy, so likely ones
/// first. The answer's own is one of them, or a choice of two would have nothing to be compared with. Tokens are compared and not codes:
/// codes that bring about one token are one choice.
/// </para>
/// <para>
/// What was chosen is made part of the prompt, so the policy may be any that reads tokens. Rules over past tokens see them there as before.
/// </para>
/// <para>
/// V of a single choice is as uncertain as its continuations are few: where answers earn 0 or 1 by chance, 4 of each leave V a deviation
/// near 0.05, five times the threshold, and two of five choices that do not matter seem to: F:R then stays near 1.5 however much
/// is wording. Such rewards need 64 continuations, which mistake one choice in 170.
/// </para>
/// </remarks>
/// <param name="policy">The policy.</param>
/// <param name="decode">Turns an answer's tokens into text, special tokens dropped, as the policy does.</param>
/// <param name="sampling">How answers are sampled; not greedily.</param>
/// <param name="options">How much is tried; null for the defaults.</param>
public sealed class CounterfactualChoices(
    IEffectPolicy policy, Func<int[], string> decode, Sampling sampling, CounterfactualOptions? options = null)
{
    private readonly CounterfactualOptions _options = options ?? new();

    /// <summary>Tries every choice of one answer to each question.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="key">Random streams.</param>
    /// <param name="reward">What a whole answer to an example earns; null for what the example pays.</param>
    /// <param name="cancel">Looked at before each token.</param>
    /// <returns>The choices, first those at the first tokens.</returns>
    /// <exception cref="ArgumentException">There is no question, sampling is greedy, or one continuation has no variance.</exception>
    public IReadOnlyList<Choice> Of(
        IReadOnlyList<Prompt> questions, SampleKey key, Func<Example, SampledText, double>? reward = null,
        CancellationToken cancel = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.Continuations, 2);
        if (questions.Count == 0 || sampling.Greedy)
            throw new ArgumentException(
                $"{questions.Count} questions {(sampling.Greedy ? "answered greedily " : "")}leave nothing to choose", nameof(questions));
        reward ??= (example, answer) => example.Score(answer).Value;
        var streams = new Streams((long)new RandomStream(key.Seed, "counterfactual-choices", key.Step, key.FirstPrompt).NextBits());
        Rollout[] answers = [.. Groups(questions, 1, sampling, streams, cancel).Select(group => group[0])];
        double[][] entropy = Entropy(answers);
        return [.. Enumerable.Range(0, answers.Max(answer => answer.Tokens.Length)).SelectMany(t =>
        {
            int[] rows = [.. Enumerable.Range(0, answers.Length).Where(i => answers[i].Tokens.Length > t)];
            double[][][] rewards = Rewards([.. rows.Select(i => answers[i])], t, streams, reward, cancel);
            return rows.Select((i, row) => new Choice(entropy[i][t], rewards[row]));
        })];
    }

    // For each answer, for each token tried at t, the rewards of its continuations.
    private double[][][] Rewards(
        Rollout[] answers, int t, Streams streams, Func<Example, SampledText, double> reward, CancellationToken cancel)
    {
        (int Answer, int Token, bool Ends)[] tried = [.. Tokens(answers, t, streams, cancel)];
        bool Goes((int Answer, int Token, bool Ends) at) => !at.Ends && t + 1 < sampling.MaxNewTokens;
        Queue<Rollout[]> continued = new(Groups(
            [.. tried.Where(Goes).Select(at => After(answers[at.Answer], t, at.Token))], _options.Continuations, Left(t + 1), streams,
            cancel));
        ILookup<int, double[]> found = tried.ToLookup(at => at.Answer, at =>
        {
            int[] begun = [.. answers[at.Answer].Tokens[..t], at.Token];
            // Without anything to be drawn every continuation earns the same.
            return Goes(at) ? [.. continued.Dequeue().Select(rollout => Earned([.. begun, .. rollout.Tokens]))]
                : Enumerable.Repeat(Earned(begun), _options.Continuations).ToArray();

            double Earned(int[] tokens) => reward(answers[at.Answer].Prompt.Example, new(decode(tokens), tokens));
        });
        return [.. answers.Select((_, i) => found[i].ToArray())];
    }

    // The answer's own token, then others; ordered by answer.
    private IEnumerable<(int Answer, int Token, bool Ends)> Tokens(Rollout[] answers, int t, Streams streams, CancellationToken cancel)
    {
        Rollout[][] drawn = Groups(
            [.. answers.Select(answer => After(answer, t))], _options.Draws, Left(t) with { MaxNewTokens = 1 }, streams, cancel);
        foreach ((int i, Rollout answer) in answers.Index())
        {
            yield return (i, answer.Tokens[t], t == answer.Tokens.Length - 1 && answer.Stop == StopReason.EndOfSequence);
            foreach (Rollout other in drawn[i].DistinctBy(one => one.Tokens[0])
                .Where(one => one.Tokens[0] != answer.Tokens[t]).Take(_options.Actions))
                yield return (i, other.Tokens[0], other.Stop == StopReason.EndOfSequence);
        }
    }

    private static Prompt After(Rollout answer, int t, params int[] token) =>
        answer.Prompt with { Tokens = [.. answer.Prompt.Tokens, .. answer.Tokens[..t], .. token] };

    // What an answer may still have after so many tokens.
    private Sampling Left(int t) => sampling with
    {
        MaxNewTokens = Math.Max(1, sampling.MaxNewTokens - t),
        MinNewTokens = Math.Max(0, sampling.MinNewTokens - t),
    };

    private Rollout[][] Groups(IReadOnlyList<Prompt> prompts, int group, Sampling how, Streams streams, CancellationToken cancel) =>
    [
        .. prompts.Chunk(Math.Max(1, _options.Batch / group))
            .SelectMany(part => policy.Sample(part, group, how, streams.Next(), cancel).Chunk(group)),
    ];

    private double[][] Entropy(Rollout[] answers) => [.. answers.Chunk(_options.Batch).SelectMany(part =>
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        torch.Tensor found = policy.EffectEntropy(part, sampling).to(torch.ScalarType.Float64).cpu();          // [B, T]
        return found.contiguous().data<double>().ToArray().Chunk((int)found.shape[1]).ToArray();
    })];

    // Each sampling call has random numbers of its own.
    private sealed class Streams(long seed)
    {
        private long _calls;

        internal SampleKey Next() => new(seed, _calls++);
    }
}
