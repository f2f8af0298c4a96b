using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>Draws tokens from graphs.</summary>
internal sealed class OnnxActor(
    OnnxModel model, OnnxRows reader, Sampling sampling, IReadOnlyList<int> endTokens, Tensor bans) : IActor
{
    private HistoryRules? _rules;

    /// <inheritdoc/>
    public Device Device => CPU;

    /// <inheritdoc/>
    public (Outlook Outlook, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group)
    {
        _rules = HistoryRules.Of(sampling, prompts, endTokens, model.Vocabulary);
        PromptBatch batch = PromptBatch.LeftPadded(prompts, model.Facts.Context);
        (Tensor positions, int[] next) = model.Positions(batch);
        reader.Begin(batch, stays: prompts.Count * group == 1);
        Tensor logits = reader.Read(model.Embed(batch), positions, OnnxCodes.Likeliest).Logits;
        if (group > 1)
            reader.Keep([.. Enumerable.Range(0, prompts.Count * group).Select(row => (long)(row / group))]);
        return (new Outlook(Outlook.Fan(logits, group)), next);
    }

    /// <inheritdoc/>
    public Outlook Continue(Tensor tokens, Tensor positions) => new(
        reader.Read(model.Embed(tokens), model.OnAxes(positions), OnnxCodes.Likeliest).Logits.squeeze(1));

    /// <inheritdoc/>
    public void Keep(Tensor prompts, Tensor rows, int group) => reader.Keep(rows.data<long>().ToArray());

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();

    /// <inheritdoc/>
    public Drawn Draw(Outlook outlook, SampledRows rows) =>
        TokenActor.Draw(outlook.Logits, rows, sampling, bans, _rules?.Masks(rows.Pasts(), Device));
}
