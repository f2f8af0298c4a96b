using Vlm.Generation;
using Vlm.LatentActions;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>Samples codes, and the most probable token of each, from graphs, with the random numbers of <see cref="CodeDecoder"/>.</summary>
/// <remarks>
/// Which token a code leads to is a part of the pass that reads the token before it, so a pass waits until its random
/// numbers are there. A prompt is read but for its last token, which each row of its group then reads with a number of its
/// own.
/// </remarks>
internal sealed class OnnxCodeDecoder(
    OnnxModel model, OnnxDecodingBatch reader, Sampling sampling, IReadOnlyList<int> endTokens, Tensor bans) : IDecoder
{
    private readonly Sampling _tokens = sampling.Unfiltered() with { Greedy = true, Temperature = 1 };
    private HistoryRules? _rules;
    private Tensor? _positions;     // of what waits to be read

    /// <inheritdoc/>
    public Device Device => CPU;

    /// <inheritdoc/>
    public (NextDistribution First, int[] Next) Prefill(IReadOnlyList<Prompt> prompts, int group)
    {
        _rules = HistoryRules.Of(_tokens, prompts, endTokens, model.VocabSize);
        PromptBatch batch = PromptBatch.LeftPadded(prompts, model.Facts.MaxPositions);
        (Tensor positions, int[] next) = model.Positions(batch);
        Tensor embedded = model.Embed(batch);
        reader.Begin(batch, stays: prompts.Count * group == 1);
        if (group > 1)
            (embedded, positions) = Fan(embedded, positions, group);
        return (Waiting(embedded, positions), next);
    }

    /// <inheritdoc/>
    public NextDistribution Continue(Tensor tokens, Tensor positions) => Waiting(model.Embed(tokens), model.OnAxes(positions));

    /// <inheritdoc/>
    public void Keep(Tensor prompts, Tensor rows, int group) => reader.Keep(rows.data<long>().ToArray());

    /// <inheritdoc/>
    public void Dispose() => reader.Dispose();

    /// <inheritdoc/>
    public string? NonFiniteWeight() => null;

    /// <inheritdoc/>
    public SampledStep Sample(NextDistribution distribution, DecodingBatch rows)
    {
        OnnxOutput read = reader.Read(distribution.States!, _positions!,
            sampling.Greedy ? OnnxCodeTensors.MostProbable : OnnxCodeTensors.Sampled(rows.Uniforms(), sampling));
        Tensor codes = read.Codes!.squeeze(1);                                                // [N]
        Tensor logProbs = TokenDistribution.LogProbs(read.CodeLogits!.squeeze(1), sampling, bans: null);
        Tensor scores = TokenDistribution.Scores(
            read.Logits.squeeze(1), _tokens, bans, _rules?.Masks(rows.Histories(), Device));     // [N, V]
        return new SampledStep(codes, scores.argmax(-1), logProbs.gather(-1, codes.unsqueeze(-1)).squeeze(-1));
    }

    // There is nothing to sample from yet.
    private NextDistribution Waiting(Tensor embedded, Tensor positions)
    {
        _positions = positions;
        return new NextDistribution(empty(0), embedded);
    }

    // All but the last token for each prompt, and that for each row: [P, L, D] to [P G, 1, D].
    private (Tensor Embedded, Tensor Positions) Fan(Tensor embedded, Tensor positions, int group)
    {
        long before = embedded.shape[1] - 1;
        if (before > 0)
            reader.Read(embedded.narrow(1, 0, before), positions.narrow(-1, 0, before), OnnxCodeTensors.MostProbable);
        long[] fan = [.. Enumerable.Range(0, (int)embedded.shape[0] * group).Select(row => (long)(row / group))];
        reader.Keep(fan);
        return (embedded.narrow(1, before, 1).index_select(0, tensor(fan)),
            positions.narrow(-1, before, 1).index_select(-2, tensor(fan)));
    }
}
