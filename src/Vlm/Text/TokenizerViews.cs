namespace Vlm.Text;

/// <summary>How a tokenizer cuts text, for what asks a <see cref="Microsoft.ML.Tokenizers.Tokenizer"/>.</summary>
internal sealed class PreTokenizerView(TextEncoder encoder) : Microsoft.ML.Tokenizers.PreTokenizer
{
    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => PreTokenize(text.AsSpan());

    /// <inheritdoc/>
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) =>
        encoder.Cut(text).Where(piece => piece.End > piece.Start)
            .Select(piece => (piece.Start, piece.End - piece.Start));
}

/// <summary>
/// How a tokenizer normalises text, for what asks a <see cref="Microsoft.ML.Tokenizers.Tokenizer"/>; added
/// tokens that are found in the text as given stay as they are.
/// </summary>
internal sealed class NormalizerView(TextEncoder encoder) : Microsoft.ML.Tokenizers.Normalizer
{
    /// <inheritdoc/>
    public override string Normalize(string original) => encoder.Normalized(original);

    /// <inheritdoc/>
    public override string Normalize(ReadOnlySpan<char> original) => encoder.Normalized(original);
}
