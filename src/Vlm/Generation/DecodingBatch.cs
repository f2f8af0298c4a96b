using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>
/// The rows of a sampling call: what each has sampled, and its slot in the batch. A finished row leaves its slot; slots stay in
/// equal groups, so a group smaller than the largest keeps idle slots, whose values are never used.
/// </summary>
internal sealed class DecodingBatch
{
    private const int Idle = -1;

    private readonly List<int>[] _tokens;
    private readonly List<int>[] _actions;
    private readonly List<float>[] _logProbs;
    private readonly StopReason?[] _stops;
    private readonly RandomStream[] _streams;
    private readonly int[] _next;
    private readonly int _group;
    private readonly int _most;
    private readonly HashSet<int> _endTokens;
    private int[] _slots;       // the row in each slot, or Idle
    private int _slotGroup;     // slots per prompt

    /// <param name="prompts">P</param>
    /// <param name="group">Rows per prompt.</param>
    /// <param name="key">Of the random streams.</param>
    /// <param name="next">[P] position of the first new token.</param>
    /// <param name="endTokens">Tokens that end a row.</param>
    /// <param name="sampling">Limits.</param>
    internal DecodingBatch(
        int prompts, int group, SampleKey key, int[] next, IReadOnlyList<int> endTokens, Sampling sampling)
    {
        int rows = prompts * group;
        (_next, _group, _slotGroup, _most) = (next, group, group, sampling.MaxNewTokens);
        _endTokens = [.. endTokens];
        _tokens = [.. Enumerable.Range(0, rows).Select(_ => new List<int>(_most))];
        _actions = [.. Enumerable.Range(0, rows).Select(_ => new List<int>(_most))];
        _logProbs = [.. Enumerable.Range(0, rows).Select(_ => new List<float>(_most))];
        _stops = new StopReason?[rows];
        _slots = [.. Enumerable.Range(0, rows)];
        _streams = [.. _slots.Select(row => new RandomStream(
            key.Seed, "sample", key.Step, key.FirstPrompt + row / group, row % group))];
    }

    /// <summary>True when no slot holds a row that goes on.</summary>
    internal bool Finished => _slots.All(row => row == Idle);

    /// <summary>The share of slots that a packing would free.</summary>
    internal double IdleShare
    {
        get
        {
            (int prompts, int group) = Packed();
            return 1 - (double)(prompts * group) / _slots.Length;
        }
    }

    /// <summary>Samples for each slot by one number of its row's own random stream.</summary>
    /// <param name="logProbs">[N, A]</param>
    /// <returns>[N]</returns>
    internal Tensor Sample(Tensor logProbs) => TokenDistribution.Sample(logProbs, Uniforms().to(logProbs.device));

    /// <summary>The next number of the stream of each slot's row.</summary>
    /// <returns>[N] in [0, 1).</returns>
    internal Tensor Uniforms()
    {
        float[] uniforms = [.. _slots.Select(row => row == Idle ? 0f : Uniform(_streams[row]))];
        return tensor(uniforms);
    }

    /// <summary>The last token of each slot; 0 on idle slots.</summary>
    internal long[] LastTokens() => [.. _slots.Select(row => row == Idle ? 0L : _tokens[row][^1])];

    /// <summary>The position of that token.</summary>
    internal long[] Positions() =>
        [.. _slots.Select(row => row == Idle ? 0L : _next[row / _group] + _tokens[row].Count - 1)];

    /// <summary>The history of the row in each slot; null on idle slots.</summary>
    internal ActionHistory?[] Histories() =>
        [.. _slots.Select(row => row == Idle ? null : new ActionHistory(row / _group, _tokens[row], _tokens[row].Count))];

    /// <summary>The last token of a row.</summary>
    internal int LastToken(int row) => _tokens[row][^1];

    /// <summary>Adds a step to each slot; rows that end leave their slots.</summary>
    /// <returns>Null; or, where nothing could be sampled for a row, its prompt, and nothing is added.</returns>
    internal int? Add(SampledStep step)
    {
        long[] tokens = step.Tokens.cpu().data<long>().ToArray();
        long[] actions = ReferenceEquals(step.Actions, step.Tokens)
            ? tokens : step.Actions.cpu().data<long>().ToArray();
        float[] logProbs = step.LogProbs.cpu().data<float>().ToArray();
        for (int slot = 0; slot < _slots.Length; slot++)
            if (_slots[slot] is not Idle and int row && float.IsNaN(logProbs[slot]))
                return row / _group;
        for (int slot = 0; slot < _slots.Length; slot++)
            if (_slots[slot] is not Idle and int row)
                Add(slot, row, (int)tokens[slot], (int)actions[slot], logProbs[slot]);
        return null;
    }

    /// <summary>Gives up idle slots as far as groups stay equal.</summary>
    /// <returns>The old numbers of the prompts and slots that stay, and the new slots per prompt.</returns>
    internal (long[] Prompts, long[] Slots, int Group) Pack()
    {
        (_, int group) = Packed();
        var prompts = new List<long>();
        var kept = new List<int>();
        for (int p = 0; p < _slots.Length / _slotGroup; p++)
        {
            int[] slots = [.. Enumerable.Range(p * _slotGroup, _slotGroup)];
            if (slots.All(slot => _slots[slot] == Idle))
                continue;

            prompts.Add(p);
            kept.AddRange(slots.OrderBy(slot => _slots[slot] == Idle).Take(group));
        }
        _slots = [.. kept.Select(slot => _slots[slot])];
        _slotGroup = group;
        return ([.. prompts], [.. kept.Select(slot => (long)slot)], group);
    }

    /// <summary>What every row sampled, in the rows' order.</summary>
    /// <param name="prompts">P</param>
    /// <param name="decode">Turns a completion's tokens into text.</param>
    /// <param name="version">Of the policy.</param>
    internal Rollout[] Rollouts(IReadOnlyList<Prompt> prompts, Func<int[], string> decode, long version)
    {
        var pieces = new Dictionary<int, string>();
        return [.. _tokens.Select((tokens, row) => new Rollout(
            prompts[row / _group], row % _group, [.. tokens], [.. _actions[row]], [.. _logProbs[row]], decode([.. tokens]),
            _stops[row]!.Value, version) { Pieces = _actions[row].SequenceEqual(tokens) ? null : [.. tokens.Select(Piece)] })];

        string Piece(int token) => pieces.TryGetValue(token, out string? known) ? known : pieces[token] = decode([token]);
    }

    private void Add(int slot, int row, int token, int action, float logProb)
    {
        _tokens[row].Add(token);
        _actions[row].Add(action);
        _logProbs[row].Add(logProb);
        _stops[row] = _endTokens.Contains(token) ? StopReason.EndOfSequence
            : _tokens[row].Count == _most ? StopReason.Length : null;
        if (_stops[row] is not null)
            _slots[slot] = Idle;
    }

    // A float just below 1 could round up to 1, where no token's cumulative probability lies above.
    private static float Uniform(RandomStream stream) => (float)stream.NextDouble() * (1 - 1e-7f);

    private (int Prompts, int Group) Packed()
    {
        (int prompts, int group) = (0, 0);
        for (int p = 0; p < _slots.Length; p += _slotGroup)
        {
            int active = 0;
            for (int i = p; i < p + _slotGroup; i++)
                active += _slots[i] == Idle ? 0 : 1;
            prompts += active > 0 ? 1 : 0;
            group = Math.Max(group, active);
        }
        return (prompts, group);
    }
}
