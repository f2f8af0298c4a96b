using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>Rows that a decoder reads: what it keeps of them, and which of their tokens are padding.</summary>
/// <param name="model">The graphs.</param>
internal sealed class OnnxDecodingBatch(OnnxModel model) : IDisposable
{
    private OnnxKvCache? _caches;
    private long[] _padding = [];   // tokens of padding before each row
    private int _length;            // tokens in the caches, padding among them

    /// <summary>Begins anew with prompts, of which nothing is read yet.</summary>
    /// <param name="batch">P prompts.</param>
    /// <param name="stays">Leaves caches on a card: they cannot be repeated or dropped there.</param>
    public void Begin(PromptBatch batch, bool stays)
    {
        _padding = [.. batch.Lengths.Select(length => (long)batch.Length - length)];
        _caches?.Dispose();
        _caches = new OnnxKvCache(model.Decoder, batch.Lengths.Length, stays);
        _length = 0;
    }

    /// <summary>Reads tokens after what was read before.</summary>
    /// <param name="embedded">[N, T, D]</param>
    /// <param name="positions">[N, T], or [3, N, T].</param>
    /// <param name="choice">How codes are chosen.</param>
    /// <returns>Of the last token of each row.</returns>
    public OnnxOutput Read(Tensor embedded, Tensor positions, IReadOnlyDictionary<string, Tensor> choice)
    {
        _length += (int)embedded.shape[1];
        Tensor places = arange(_length, ScalarType.Int64).unsqueeze(0);
        Tensor mask = places.ge(tensor(_padding).unsqueeze(1)).to(ScalarType.Int64);        // [N, tokens]
        return _caches!.Read(embedded, mask, positions, choice);
    }

    /// <summary>Keeps only some rows, in this order; a row may be named several times.</summary>
    public void Keep(long[] rows)
    {
        _caches!.Keep(tensor(rows));
        _padding = Array.ConvertAll(rows, row => _padding[row]);
    }

    public void Dispose() => _caches?.Dispose();
}
