using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>Draws tokens from graphs.</summary>
internal sealed class OnnxActor(OnnxModel model, Sampling sampling, IReadOnlyList<int> endTokens, Tensor bans)
    : IActor, IDisposable
{
    private HistoryRules? _rules;
    private OnnxCaches? _caches;
    private long[] _padding = [];   // tokens of padding before each row
    private int _length;            // tokens in the caches, padding among them

    /// <inheritdoc/>
    public Device Device => CPU;

    /// <inheritdoc/>
    public (Outlook Outlook, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group)
    {
        _rules = HistoryRules.Of(sampling, prompts, endTokens, model.Vocabulary);
        PromptBatch batch = PromptBatch.LeftPadded(prompts, model.Facts.Context);
        (Tensor positions, int[] next) = model.Positions(batch);
        _padding = [.. batch.Lengths.Select(length => (long)batch.Length - length)];
        _caches?.Dispose();
        _caches = new OnnxCaches(model.Decoder, prompts.Count, stays: prompts.Count * group == 1);
        _length = 0;
        Tensor logits = Read(model.Embed(batch), positions);
        if (group > 1)
            Keep([.. Enumerable.Range(0, prompts.Count * group).Select(row => (long)(row / group))]);
        return (new Outlook(Outlook.Fan(logits, group)), next);
    }

    /// <inheritdoc/>
    public Outlook Continue(Tensor tokens, Tensor positions) => new(Read(
        model.Embed(tokens), model.Facts.Merge is null ? positions : positions.unsqueeze(0).expand(3, -1, -1)).squeeze(1));

    /// <inheritdoc/>
    public void Keep(Tensor prompts, Tensor rows, int group) => Keep(rows.data<long>().ToArray());

    /// <inheritdoc/>
    public Drawn Draw(Outlook outlook, SampledRows rows) =>
        TokenActor.Draw(outlook.Logits, rows, sampling, bans, _rules?.Masks(rows.Pasts(), Device));

    public void Dispose() => _caches?.Dispose();

    private Tensor Read(Tensor embedded, Tensor positions)
    {
        _length += (int)embedded.shape[1];
        Tensor places = arange(_length, ScalarType.Int64).unsqueeze(0);
        Tensor mask = places.ge(tensor(_padding).unsqueeze(1)).to(ScalarType.Int64);        // [N, tokens]
        return _caches!.Read(embedded, mask, positions);
    }

    private void Keep(long[] rows)
    {
        _caches!.Keep(tensor(rows));
        _padding = Array.ConvertAll(rows, row => _padding[row]);
    }
}
