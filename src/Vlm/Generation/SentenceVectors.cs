using Vlm.Engine;
using Vlm.Layers;
using Vlm.Text;
using static TorchSharp.torch;

namespace Vlm.Generation;

/// <summary>Vectors of texts, to measure how far answers are apart.</summary>
public static class SentenceVectors
{
    /// <summary>
    /// The mean of a model's states after the final norm over each text's tokens. The text is read alone: no template, no
    /// image, no special token, and no white space around it.
    /// </summary>
    /// <remarks>
    /// To compare methods, give the answers of all of them to one frozen model, such as the base they started from: a model
    /// in training would move the yardstick with what it measures. Texts that are the same are read once.
    /// </remarks>
    /// <param name="model">The yardstick.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="texts">N texts.</param>
    /// <param name="batch">Most texts read together, at least 1.</param>
    /// <returns>[N, H] float32 on the CPU, without gradients; zeros for a text that has no token.</returns>
    /// <exception cref="UsageException">A text is longer than the model's context.</exception>
    public static Tensor Of(
        IVisionLanguageModel model, Tokenizer tokenizer, IReadOnlyList<string> texts, int batch = 64)
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        string[] bare = [.. texts.Select(text => text.Trim())];
        // Of one length, or nearly: less padding.
        Prompt[] sentences = [.. bare.Distinct(StringComparer.Ordinal)
            .Select(text => new Prompt($"\"{text}\"", text, tokenizer.Encode(text), null, []))
            .Where(sentence => sentence.Tokens.Length > 0).OrderBy(sentence => sentence.Tokens.Length)];

        Tensor nothing = zeros([1, model.Sizes.Attention.HiddenSize], dtype: ScalarType.Float32);
        Tensor vectors = cat([nothing, .. sentences.Chunk(batch).Select(part => Read(model, part))], 0);
        Dictionary<string, long> rows = sentences.Index()
            .ToDictionary(item => item.Item.Text, item => item.Index + 1L, StringComparer.Ordinal);
        return vectors.index_select(0, tensor([.. bare.Select(text => rows.GetValueOrDefault(text))]))
            .MoveToOuterDisposeScope();
    }

    private static Tensor Read(IVisionLanguageModel model, Prompt[] sentences) => DisposeScopes.Return(() =>
    {
        // The cache is only filled, but a model reads into one.
        Prefilled read = model.Prefill(sentences, new KvCache(model.Layers), textOnly: true);
        Tensor hidden = read.Hidden.to(ScalarType.Float32);                                   // [P, L, H]
        Tensor lengths = tensor(read.Lengths).On(hidden.device).unsqueeze(-1);                // [P, 1]
        Tensor columns = arange(hidden.shape[1], device: hidden.device);
        Tensor padding = columns.lt(hidden.shape[1] - lengths).unsqueeze(-1);                 // [P, L, 1]
        return (hidden.masked_fill(padding, 0).sum(1) / lengths).to(CPU);
    });
}
