using static TorchSharp.torch;

namespace Vlm.Layers;

/// <summary>
/// Keys and values of what a decoder has read: a prefix for each prompt, which its whole group shares, and a suffix for each
/// row of the group. With gradients on it carries them, so that training reads each prompt once as well.
/// </summary>
/// <remarks>
/// <code>
/// P prompts    G rows per prompt    K key/value heads    L prefix tokens    S suffix tokens    d head width
/// </code>
/// </remarks>
public sealed class KvCache
{
    private readonly LayerKv[] _layers;
    private Lazy<FusedSingleTokenDecoder?>? _steps;
    private Lazy<PairedLayers?>? _pairs;

    /// <summary>An empty cache.</summary>
    /// <param name="layers">Layers of the decoder.</param>
    /// <param name="tap">The layer whose input each reading leaves in <see cref="Tapped"/>; null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public KvCache(int layers, int? tap = null)
    {
        if (tap is { } layer && (layer < 0 || layer >= layers))
            throw new ArgumentOutOfRangeException(nameof(tap), tap, $"there are {layers} layers");

        Tap = tap;
        _layers = new LayerKv[layers];
        for (int i = 0; i < layers; i++)
            _layers[i] = new LayerKv();
    }

    /// <summary>One decoder layer's part.</summary>
    public LayerKv this[int layer] => _layers[layer];

    /// <summary>The layer whose input is kept; null for none.</summary>
    public int? Tap { get; }

    /// <summary>
    /// [N, T, D] the input of layer <see cref="Tap"/> at the last reading, image features joined; null before one, or without a
    /// tap. It belongs to the dispose scope of that reading.
    /// </summary>
    public Tensor? Tapped { get; internal set; }

    /// <summary>[P, 1, 1, 1, 1, L] added to the scores of prefix keys, 0 or very negative; null where nothing is masked.</summary>
    public Tensor? PrefixBias { get; private set; }

    /// <summary>
    /// Layers beside the decoder's from <see cref="Tap"/> on. Single tokens pass both together where nothing else is faster, and
    /// leave the branch's states in <see cref="Branched"/>.
    /// </summary>
    internal DecoderBranch? Branch { get; set; }

    /// <summary>[N, 1, D] the branch's states at the last reading; null where the branch did not read along.</summary>
    internal Tensor? Branched { get; set; }

    /// <summary>Tokens each row may generate; 0 where nothing is reserved.</summary>
    internal int Capacity { get; private set; }

    /// <summary>The last layers of one decoder and those of a branch, as one cache of twice the prompts, the branch's after them.</summary>
    /// <param name="decoder">Holds prefixes.</param>
    /// <param name="first">The layer that the branch begins beside.</param>
    /// <param name="branch">Holds those of the same prompts.</param>
    internal static KvCache Beside(KvCache decoder, int first, KvCache branch)
    {
        var both = new KvCache(branch._layers.Length);
        for (int i = 0; i < both._layers.Length; i++)
            both._layers[i] = LayerKv.After([.. decoder[first + i].Prefix.Zip(branch[i].Prefix)
                .Select(pair => cat([pair.First, pair.Second], 0).MoveToOuterDisposeScope())]);
        both.PrefixBias = decoder.PrefixBias is { } bias ? cat([bias, bias], 0).MoveToOuterDisposeScope() : null;
        return both;
    }

    /// <summary>
    /// What reads generated tokens in the decoder's place during one sampling call, and keeps their keys and values; null
    /// where the decoder itself does. It is made at the first token.
    /// </summary>
    internal FusedSingleTokenDecoder? ForSingleTokens(Func<FusedSingleTokenDecoder?> make) =>
        Capacity == 0 || _layers[0].Written > 0 ? null : (_steps ??= new Lazy<FusedSingleTokenDecoder?>(make())).Value;

    /// <summary>What reads generated tokens in the place of the last layers and the branch; null without one, or once these have read some.</summary>
    internal PairedLayers? ForBranch(Func<DecoderBranch, PairedLayers?> make) =>
        Capacity == 0 || Branch is not { } branch || _layers[^1].Written > 0 ? null : (_pairs ??= new Lazy<PairedLayers?>(make(branch))).Value;

    /// <summary>Refuses tokens for the layers, where the generated ones before them are not theirs.</summary>
    /// <exception cref="InvalidOperationException">Single tokens were read into reserved room.</exception>
    internal void RequireOwnTokens()
    {
        if (_steps?.Value is not null || _pairs?.Value is not null)
            throw new InvalidOperationException("a reserved cache that has read single tokens reads no several at once");
    }

    /// <summary>Turns what was read so far, one row per prompt, into the prefix that groups share.</summary>
    public void ShareAsPrefix(Tensor? bias)
    {
        PrefixBias = bias;
        foreach (LayerKv layer in _layers)
            layer.ShareAsPrefix();
    }

    /// <summary>Makes room for the suffixes of generation, so that appending a token copies nothing but that token.</summary>
    public void Reserve(int group, int capacity)
    {
        Capacity = capacity;
        foreach (LayerKv layer in _layers)
            layer.Reserve(group, capacity);
    }

    /// <summary>Keeps only some prompts and, of each, some rows: <paramref name="rows"/> lists P' x G' old row numbers.</summary>
    /// <param name="prompts">[P'] old prompt numbers.</param>
    /// <param name="rows">[P' * G'] old row numbers, prompt by prompt.</param>
    /// <param name="group">G'.</param>
    public void Keep(Tensor prompts, Tensor rows, int group)
    {
        if (PrefixBias is { } bias)
            PrefixBias = bias.index_select(0, prompts).MoveToOuterDisposeScope();
        foreach (LayerKv layer in _layers)
            layer.Keep(prompts, rows, group);
        _steps?.Value?.Keep(prompts, rows, group);
        _pairs?.Value?.Keep(prompts, rows, group);
    }
}

/// <summary>One layer's keys and values.</summary>
public sealed class LayerKv
{
    private Tensor? _keys, _values;     // [P, K, G, S or capacity, d]
    private int _length;                // suffix tokens in a reserved buffer
    private (int Group, int Capacity)? _reserved;

    /// <summary>[P, K, L, d], or null before the prefix is shared.</summary>
    public Tensor? PrefixKeys { get; private set; }

    /// <summary>[P, K, L, d], or null before the prefix is shared.</summary>
    public Tensor? PrefixValues { get; private set; }

    /// <summary>Adds the new tokens' keys and values, and gives those of the whole suffix.</summary>
    /// <param name="keys">[P, K, G, T, d]</param>
    /// <param name="values">[P, K, G, T, d]</param>
    /// <returns>[P, K, G, S, d] each.</returns>
    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        if (_reserved is not null)
            return Write(keys, values);

        _keys = _keys is null ? keys : cat([_keys, keys], 3);
        _values = _values is null ? values : cat([_values, values], 3);
        return (_keys, _values);
    }

    /// <summary>[P, K, L, d] keys and values of the shared prefix; none before it is shared.</summary>
    internal Tensor[] Prefix => PrefixKeys is null ? [] : [PrefixKeys, PrefixValues!];

    /// <summary>[P, K, G, S, d] keys and values of what was read after it.</summary>
    internal Tensor[] Suffix => [_keys!, _values!];

    /// <summary>A layer's part with nothing after a prefix, which may be none.</summary>
    internal static LayerKv After(IReadOnlyList<Tensor> prefix) =>
        prefix is [var keys, var values] ? new LayerKv { PrefixKeys = keys, PrefixValues = values } : new LayerKv();

    internal void ShareAsPrefix()
    {
        (PrefixKeys, PrefixValues) = (_keys!.squeeze(2), _values!.squeeze(2));
        (_keys, _values) = (null, null);
    }

    /// <summary>Suffix tokens in reserved room.</summary>
    internal int Written => _length;

    internal void Reserve(int group, int capacity) => (_reserved, _length) = ((group, capacity), 0);

    internal void Keep(Tensor prompts, Tensor rows, int group)
    {
        PrefixKeys = PrefixKeys!.index_select(0, prompts).MoveToOuterDisposeScope();
        PrefixValues = PrefixValues!.index_select(0, prompts).MoveToOuterDisposeScope();
        _reserved = (group, _reserved!.Value.Capacity);
        _keys = _keys is null ? null : Pick(_keys, rows, group);
        _values = _values is null ? null : Pick(_values, rows, group);
    }

    private (Tensor, Tensor) Write(Tensor keys, Tensor values)
    {
        long count = keys.shape[3];
        _keys ??= Room();
        _values ??= Room();
        _keys.narrow(3, _length, count).copy_(keys);
        _values.narrow(3, _length, count).copy_(values);
        _length += (int)count;
        return (_keys.narrow(3, 0, _length), _values.narrow(3, 0, _length));
    }

    private Tensor Room()
    {
        (long[] shape, (int group, int capacity)) = (PrefixKeys!.shape, _reserved!.Value);
        long[] room = [shape[0], shape[1], group, capacity, shape[3]];
        return empty(room, dtype: PrefixKeys.dtype, device: PrefixKeys.device)
            .MoveToOuterDisposeScope();
    }

    private static Tensor Pick(Tensor buffer, Tensor rows, int group)
    {
        (long P, long K, long G, long S, long d) = buffer.shape switch { var s => (s[0], s[1], s[2], s[3], s[4]) };
        Tensor byRow = buffer.transpose(1, 2).reshape(P * G, K, S, d).index_select(0, rows);
        return byRow.reshape(-1, group, K, S, d).transpose(1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
