using Vlm.Engine;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>What earlier tokens change in the scores of the next one, row by row.</summary>
/// <param name="Seen">[N, V] true on tokens whose score the repetition penalty lowers; null lowers none.</param>
/// <param name="Banned">[N, V] true on tokens that must not come next; null bans none.</param>
public sealed record HistoryMasks(Tensor? Seen, Tensor? Banned);

/// <summary>The tokens before an action: a prompt, by its number, and the first tokens of its completion.</summary>
internal sealed record ActionHistory(int Prompt, IReadOnlyList<int> Tokens, int Count);

/// <summary>The rules of a <see cref="Sampling"/> that look back: repetition penalty, n-grams, no early end.</summary>
internal sealed class HistoryRules
{
    private readonly Sampling _sampling;
    private readonly IReadOnlyList<int> _endTokens;
    private readonly int _vocabulary;
    private readonly int[][] _prompts;
    private readonly int[][] _seen;     // each prompt's tokens, once each

    private HistoryRules(
        Sampling sampling, IReadOnlyList<Prompt> prompts, IReadOnlyList<int> endTokens, int vocabulary)
    {
        (_sampling, _endTokens, _vocabulary) = (sampling, endTokens, vocabulary);
        _prompts = [.. prompts.Select(prompt => prompt.Tokens)];
        _seen = [.. _prompts.Select(tokens => tokens.Distinct().ToArray())];
    }

    /// <summary>The rules, or null where none looks back: then nothing is kept and nothing is paid.</summary>
    internal static HistoryRules? Of(
        Sampling sampling, IReadOnlyList<Prompt> prompts, IReadOnlyList<int> endTokens, int vocabulary)
    {
        OptionsCheck.Validate(sampling);
        bool looksBack = sampling.RepetitionPenalty != 1 || sampling.NoRepeatNgram > 0 || sampling.MinNewTokens > 0;
        return looksBack ? new HistoryRules(sampling, prompts, endTokens, vocabulary) : null;
    }

    /// <summary>The masks of N rows; a row without a history is free.</summary>
    internal HistoryMasks Masks(IReadOnlyList<ActionHistory?> rows, Device device) => new(
        _sampling.RepetitionPenalty == 1 ? null : Mask(rows, Seen, device), Mask(rows, Banned, device));

    private IEnumerable<int> Seen(ActionHistory history) => _seen[history.Prompt].Concat(history.Tokens.Take(history.Count));

    private IEnumerable<int> Banned(ActionHistory history) =>
        history.Count < _sampling.MinNewTokens ? Repeated(history).Concat(_endTokens) : Repeated(history);

    // What followed the last n - 1 tokens where they stood before.
    private IEnumerable<int> Repeated(ActionHistory history)
    {
        int n = _sampling.NoRepeatNgram;
        if (n == 0)
            yield break;

        int[] all = [.. _prompts[history.Prompt], .. history.Tokens.Take(history.Count)];
        for (int end = n - 1; end < all.Length; end++)
            if (all.AsSpan(end - n + 1, n - 1).SequenceEqual(all.AsSpan(all.Length - n + 1)))
                yield return all[end];
    }

    private Tensor? Mask(IReadOnlyList<ActionHistory?> rows, Func<ActionHistory, IEnumerable<int>> tokens, Device device)
    {
        long[] places = [.. rows.Index().Where(row => row.Item is not null)
            .SelectMany(row => tokens(row.Item!).Select(token => (long)row.Index * _vocabulary + token))];
        return places.Length == 0 ? null
            : zeros((long)rows.Count * _vocabulary, dtype: ScalarType.Bool, device: device)
                .index_fill_(0, tensor(places).On(device), true).view(rows.Count, _vocabulary);
    }
}
