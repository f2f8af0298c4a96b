using System.Globalization;
using Vlm.Checkpoints;
using static TorchSharp.torch;

namespace Vlm.LatentActions;

/// <summary>
/// Tensor names in a <see cref="FeatureCache"/>'s file. Fixed width, so that the order of names is that of indices.
/// </summary>
internal static class FeatureNames
{
    internal static string Tokens(int index) => Of("tokens", index, "ids");

    internal static string States(bool textOnly, int index) => Of(Side(textOnly), index, "states");

    internal static string Rope(bool textOnly, int index) => Of(Side(textOnly), index, "rope");

    private static string Side(bool textOnly) => textOnly ? "text" : "paired";

    private static string Of(string side, int index, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{side}.{index:D9}.{what}");
}

/// <summary>
/// The tensors of each sequence, computed a batch of sequences at a time when the writer comes to the first of them,
/// and kept until it comes to the next batch. It writes by name, so those of one batch follow each other: one pass
/// each, and no more than one in memory. States narrower than float32 make it two, since a file holds its wide types,
/// here the rotations, first.
/// </summary>
internal sealed class FeaturePasses(
    IVisionLanguageModel model, IReadOnlyList<Prompt> sequences, int batch) : IDisposable
{
    private readonly bool[] _hasImage = new bool[sequences.Count];
    private (int Batch, bool TextOnly)? _at;
    private int[] _indices = [];
    private Prefilled? _read;

    internal IReadOnlyList<SavedTensor> Tensors()
    {
        (long H, long d) = (model.Sizes.Attention.HiddenSize, model.Sizes.Attention.HeadDim);
        ScalarType type = StateType();
        var tensors = new List<SavedTensor>();
        for (int i = 0; i < sequences.Count; i++)
        {
            (int index, int[] tokens) = (i, sequences[i].Tokens);
            _hasImage[index] = sequences[i].Pixels is not null;
            tensors.Add(new SavedTensor(FeatureNames.Tokens(index), ScalarType.Int64, [tokens.Length],
                () => tensor(tokens.Select(id => (long)id).ToArray())));
            foreach (bool textOnly in _hasImage[index] ? [true, false] : (bool[])[true])
            {
                tensors.Add(new SavedTensor(FeatureNames.States(textOnly, index), type, [tokens.Length, H],
                    () => Row(index, textOnly, read => read.Hidden)));
                tensors.Add(new SavedTensor(FeatureNames.Rope(textOnly, index), ScalarType.Float32, [tokens.Length, 2, d],
                    () => Row(index, textOnly, read => cat([read.Rope.Cos, read.Rope.Sin], 2))));
            }
        }
        return tensors;
    }

    public void Dispose()
    {
        foreach (Tensor kept in Kept())
            kept.Dispose();
        _read = null;
    }

    // A sequence's part, without its padding, of what its batch gave: [P, L, ..] to [its length, ..].
    private Tensor Row(int index, bool textOnly, Func<Prefilled, Tensor> part)
    {
        Prefilled read = Pass(index / batch, textOnly);
        int row = Array.IndexOf(_indices, index);
        Tensor padded = part(read)[row];
        return padded.narrow(0, padded.shape[0] - read.Lengths[row], read.Lengths[row]);
    }

    private Prefilled Pass(int part, bool textOnly)
    {
        if (_at == (part, textOnly))
            return _read!;

        Dispose();
        using var scope = NewDisposeScope();
        _indices = [.. Enumerable.Range(part * batch, Math.Min(batch, sequences.Count - part * batch))
            .Where(index => textOnly || _hasImage[index])];
        _read = Read([.. _indices.Select(index => sequences[index])], textOnly);
        foreach (Tensor kept in Kept())
            kept.DetachFromDisposeScope();
        _at = (part, textOnly);
        return _read;
    }

    private Prefilled Read(Prompt[] prompts, bool textOnly) =>
        model.Prefill(prompts, new Layers.KvCache(model.Layers), textOnly: textOnly);

    private Tensor[] Kept() => _read is null ? [] : [_read.Hidden, _read.Rope.Cos, _read.Rope.Sin];

    private ScalarType StateType()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        return Read([sequences[0]], textOnly: true).Hidden.dtype;
    }
}
