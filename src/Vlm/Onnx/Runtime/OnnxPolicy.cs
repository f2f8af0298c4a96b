using TorchSharp.Modules;
using Vlm.Generation;
using Vlm.LatentActions;
using static TorchSharp.torch;

namespace Vlm.Onnx.Runtime;

/// <summary>
/// An exported model. It samples as <see cref="TokenPolicy"/> does, or where its graphs act through codes as
/// <see cref="LatentPolicy"/>, and learns nothing.
/// </summary>
public sealed class OnnxPolicy : IPolicy
{
    private readonly OnnxModel _model;
    private readonly Func<int[], string> _decode;
    private readonly IReadOnlyList<int> _endTokens;
    private readonly Tensor _bans;

    /// <param name="model">The graphs.</param>
    /// <param name="decode">Turns a completion's tokens into text.</param>
    /// <param name="endTokens">Tokens that end a completion.</param>
    /// <param name="vocabulary">Ids from here on are never drawn, nor is the placeholder; null draws whatever is likely.</param>
    internal OnnxPolicy(OnnxModel model, Func<int[], string> decode, IReadOnlyList<int> endTokens, int? vocabulary)
    {
        (_model, _decode, _endTokens) = (model, decode, endTokens);
        _bans = TokenRules.Bans(model.VocabSize, CPU,
            vocabulary is null ? [] : [model.Facts.ImageToken], vocabulary ?? model.VocabSize);
    }

    /// <inheritdoc/>
    public IReadOnlyList<(string Name, Parameter Value)> Trainable => [];

    /// <inheritdoc/>
    public Rollout[] Sample(IReadOnlyList<Prompt> prompts, int group, Sampling sampling, SampleKey key)
    {
        TokenRules.CheckRoom(_model.Facts.MaxPositions, prompts, sampling);
        using var rows = new OnnxDecodingBatch(_model);
        IActor actor = Actor(rows, sampling);
        return GroupSampler.Run(actor, prompts, group, sampling, key, _endTokens, _decode);
    }

    /// <inheritdoc cref="TokenPolicy.Stream"/>
    public IEnumerable<int> Stream(Prompt prompt, Sampling sampling, SampleKey key)
    {
        TokenRules.CheckRoom(_model.Facts.MaxPositions, [prompt], sampling);
        return Draw(prompt, sampling, key);
    }

    /// <summary>Graphs carry no gradient.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public ActionLogProbs LogProbs(IReadOnlyList<Rollout> rollouts, Sampling sampling) =>
        throw new NotSupportedException("an ONNX folder answers and is not trained; train the checkpoint it was made of");

    private IEnumerable<int> Draw(Prompt prompt, Sampling sampling, SampleKey key)
    {
        using var rows = new OnnxDecodingBatch(_model);
        IActor actor = Actor(rows, sampling);
        foreach (int token in GroupSampler.Stream(() => actor, prompt, sampling, key, _endTokens, actor.Device))
            yield return token;
    }

    private IActor Actor(OnnxDecodingBatch rows, Sampling sampling) => _model.Codes is null
        ? new OnnxTokenDecoder(_model, rows, sampling, _endTokens, _bans)
        : new OnnxCodeDecoder(_model, rows, sampling, _endTokens, _bans);
}
