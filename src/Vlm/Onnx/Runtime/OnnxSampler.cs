using Vlm.Generation;
using Vlm.LatentActions;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>
/// An exported model. It samples as <see cref="TokenPolicy"/> does, or where its graphs act through codes as
/// <see cref="LatentPolicy"/>; graphs carry no gradient, so it is no <see cref="IPolicy"/>.
/// </summary>
public sealed class OnnxSampler : ISampler
{
    private readonly GroupSampler _sampler;

    /// <param name="model">The graphs.</param>
    /// <param name="decode">Turns a completion's tokens into text.</param>
    /// <param name="endTokens">Tokens that end a completion.</param>
    /// <param name="vocabulary">Ids from here on are never sampled, nor is the placeholder; null samples whatever is likely.</param>
    internal OnnxSampler(OnnxModel model, Func<int[], string> decode, IReadOnlyList<int> endTokens, int? vocabulary)
    {
        Tensor bans = TokenRules.Bans(model.VocabSize, CPU,
            vocabulary is null ? [] : [model.Facts.ImageToken], vocabulary ?? model.VocabSize);
        _sampler = new GroupSampler(Decoder, model.Facts.MaxPositions, CPU, endTokens, decode);

        IDecoder Decoder(Sampling sampling) => model.Codes is null
            ? new OnnxTokenDecoder(model, new OnnxDecodingBatch(model), sampling, endTokens, bans)
            : new OnnxCodeDecoder(model, new OnnxDecodingBatch(model), sampling, endTokens, bans);
    }

    /// <inheritdoc/>
    public Rollout[] Sample(
        IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        _sampler.Sample(prompts, group, sampling, key, cancel);

    /// <inheritdoc/>
    public IAsyncEnumerable<int> StreamAsync(
        Prompt prompt, Sampling sampling, SampleKey key, CancellationToken cancel = default) =>
        _sampler.StreamAsync(prompt, sampling, key, cancel);
}
