using System.Text;

namespace Vlm.Text;

/// <summary>
/// Decodes token ids one by one. A character whose bytes are split over tokens appears when its last byte has come, so
/// the parts put together are what <see cref="Tokenizer.Decode(ReadOnlySpan{int}, bool)"/> gives for all ids.
/// </summary>
public sealed class TokenStream
{
    private readonly Tokenizer _tokenizer;
    private readonly bool _skipSpecial;
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

    internal TokenStream(Tokenizer tokenizer, bool skipSpecial)
    {
        _tokenizer = tokenizer;
        _skipSpecial = skipSpecial;
    }

    /// <summary>The text that this id completes; empty while a character is incomplete.</summary>
    public string Append(int id) => Next(_tokenizer.BytesOf(id, _skipSpecial), flush: false);

    /// <summary>What is left at the end: U+FFFD for a character that stayed incomplete, else nothing.</summary>
    public string Finish() => Next([], flush: true);

    private string Next(ReadOnlySpan<byte> bytes, bool flush)
    {
        var letters = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length)];
        return new string(letters, 0, _decoder.GetChars(bytes, letters, flush));
    }
}
