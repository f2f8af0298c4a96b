using Vlm.Generation;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>Samples tokens from graphs.</summary>
internal sealed class OnnxTokenDecoder(
    OnnxModel model, OnnxDecodingBatch reader, Sampling sampling, IReadOnlyList<int> endTokens, Tensor bans) : IDecoder
{
    private HistoryRules? _rules;

    /// <inheritdoc/>
    public Device Device => CPU;

    /// <inheritdoc/>
    public (NextDistribution First, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group)
    {
        _rules = HistoryRules.Of(sampling, prompts, endTokens, model.VocabSize);
        PromptBatch batch = PromptBatch.LeftPadded(prompts, model.Facts.MaxPositions);
        (Tensor positions, int[] next) = model.Positions(batch);
        reader.Begin(batch, stays: prompts.Count * group == 1);
        Tensor logits = reader.Read(model.Embed(batch), positions, OnnxCodeTensors.MostProbable).Logits;
        if (group > 1)
            reader.Keep([.. Enumerable.Range(0, prompts.Count * group).Select(row => (long)(row / group))]);
        return (new NextDistribution(NextDistribution.Fan(logits, group)), next);
    }

    /// <inheritdoc/>
    public NextDistribution Continue(Tensor tokens, Tensor positions) => new(
        reader.Read(model.Embed(tokens), model.OnAxes(positions), OnnxCodeTensors.MostProbable).Logits.squeeze(1));

    /// <inheritdoc/>
    public void Keep(Tensor prompts, Tensor rows, int group) => reader.Keep(rows.data<long>().ToArray());

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();

    /// <inheritdoc/>
    public string? NonFiniteWeight() => null;

    /// <inheritdoc/>
    public SampledStep Sample(NextDistribution distribution, DecodingBatch rows) =>
        TokenDecoder.Sample(distribution.Logits, rows, sampling, bans, _rules?.Masks(rows.Histories(), Device));
}
